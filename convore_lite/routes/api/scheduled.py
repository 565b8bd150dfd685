"""Messages sent later, in the API: what waits for its time, and what could not be sent when it came."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from ...actions import App, scheduled
from ...store import scheduled as scheduled_store
from ...words.asker import Asker
from ...words.limits import POSTS
from ...words.models import Count, Id, Message, Scheduled, Time
from .door import Answer, Page, Paging, operation, part


class NewScheduled(Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    send_at: Time
    client_id: str | None = None
    reply_to: Id | None = None
    file_ids: list[Id] = []
    draft_revision: Count | None = None


class ScheduledForm(Struct, frozen=True, forbid_unknown_fields=True):
    text: str | UnsetType = UNSET
    send_at: Time | UnsetType = UNSET


@operation("POST", "/topics/<id:topic_id>/scheduled", {201: Scheduled, 200: Scheduled}, body=NewScheduled, rate=POSTS)
async def schedule_message(app: App, asker: Asker, topic_id: int, body: NewScheduled) -> Answer:
    """Say something later. A retry with the same client_id answers 200 with the first one."""
    waits, fresh = await scheduled.schedule_message(
        app,
        asker,
        topic_id,
        text=body.text,
        send_at=body.send_at,
        client_id=body.client_id,
        reply_to=body.reply_to,
        file_ids=body.file_ids,
        draft_revision=body.draft_revision,
    )
    return Answer(waits, 201 if fresh else 200)


@operation("GET", "/me/scheduled", {200: Page[Scheduled]}, query=Paging)
async def list_scheduled(app: App, asker: Asker, query: Paging) -> Page[Scheduled]:
    """What could not be sent, and what waits for its time, the next one first."""
    return part(await app.store.read(scheduled_store.of_user, asker.id), query)


@operation("GET", "/scheduled/<id:scheduled_id>", {200: Scheduled})
async def get_scheduled(app: App, asker: Asker, scheduled_id: int) -> Scheduled:
    """One message of one's own that waits."""
    return await app.store.read(scheduled_store.find_for, asker.id, scheduled_id)


@operation("PATCH", "/scheduled/<id:scheduled_id>", {200: Scheduled}, body=ScheduledForm)
async def change_scheduled(app: App, asker: Asker, scheduled_id: int, body: ScheduledForm) -> Scheduled:
    """Change what waits, or when it is sent. What could not be sent is tried again at its new time."""
    return await scheduled.change_scheduled(app, asker, scheduled_id, text=body.text, send_at=body.send_at)


@operation("DELETE", "/scheduled/<id:scheduled_id>", {204: None})
async def delete_scheduled(app: App, asker: Asker, scheduled_id: int) -> None:
    """Do not send it."""
    await scheduled.delete_scheduled(app, asker, scheduled_id)


@operation("POST", "/scheduled/<id:scheduled_id>/send", {201: Message}, rate=POSTS)
async def send_scheduled(app: App, asker: Asker, scheduled_id: int) -> Message:
    """Send it now."""
    return await scheduled.send_now(app, asker, scheduled_id)
