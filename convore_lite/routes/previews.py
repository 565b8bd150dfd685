"""The pictures of link previews, for whoever may read the message that shows them. They come from here, never from elsewhere."""

from __future__ import annotations

from quart import Blueprint, Response

from ..store import previews
from .avatars import KEPT, POLICY
from .context import the_app
from .sessions import require_asker

blueprint = Blueprint("previews", __name__)


@blueprint.get("/previews/<id:preview_id>/picture")
async def picture(preview_id: int) -> Response:
    asker = await require_asker()
    image = await the_app().store.read(previews.picture_for, asker.id, preview_id)
    headers = {"cache-control": KEPT, "content-security-policy": POLICY}
    return Response(image, content_type="image/webp", headers=headers)
