"""Star a message, to find it again, and take the star away. Nobody else hears of it."""

from __future__ import annotations

from ..store import Writer, log, messages, stars
from ..words.asker import Asker
from ..words.errors import Conflict
from ..words.events import StarAdded, StarRemoved
from . import App


async def star_message(app: App, asker: Asker, message_id: int) -> None:
    """Once is enough. Raises NotFound, Conflict (deleted)."""
    await app.write(asker, _star, asker.id, message_id, at=app.now())


async def unstar_message(app: App, asker: Asker, message_id: int) -> None:
    """Raises NotFound."""
    await app.write(asker, _unstar, asker.id, message_id, at=app.now())


def _star(conn: Writer, user_id: int, message_id: int, *, at: int) -> None:
    if messages.find_for(conn, user_id, message_id).deleted:
        raise Conflict("This message was deleted.")
    if stars.put(conn, user_id, message_id):
        log.tell(conn, StarAdded(message_id), at=at, user_id=user_id)


def _unstar(conn: Writer, user_id: int, message_id: int, *, at: int) -> None:
    messages.find_for(conn, user_id, message_id)
    if stars.remove(conn, user_id, message_id):
        log.tell(conn, StarRemoved(message_id), at=at, user_id=user_id)
