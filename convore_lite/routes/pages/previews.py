"""Link previews without script: the button on a card that takes it away."""

from __future__ import annotations

from quart import Response

from ...actions import previews
from ...words.errors import NotFound
from ..context import the_app
from .addresses import address_of, find_message
from .door import blueprint, fields, go, is_number, require_person


@blueprint.post("/<which>/<slug>/<id:message_id>/previews/")
async def remove_preview(which: str, slug: str, message_id: int) -> Response:
    app, asker = the_app(), await require_person()
    group, topic, message = await app.store.read(find_message, asker.id, which, slug, message_id)
    number = (await fields("remove"))["remove"]
    if not is_number(number):
        raise NotFound()
    await previews.remove_preview(app, asker, message.id, int(number))
    return go(f"{address_of(group, topic)}{message.id}/#m-{message.id}")
