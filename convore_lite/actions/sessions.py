"""Where one is signed in, and signing out there."""

from __future__ import annotations

from ..store import Writer, keys
from ..words.asker import Asker, require_session
from ..words.models import Session
from . import App


async def list_sessions(app: App, asker: Asker) -> list[Session]:
    """Where one is signed in, the latest seen first. Raises Forbidden for a token."""
    require_session(asker)
    return await app.store.read(keys.sessions_of, asker.id, asker.key, at=app.now())


async def end_session(app: App, asker: Asker, session_id: str) -> None:
    """Sign oneself out somewhere; the streams that were opened there end. Raises NotFound, Forbidden."""
    require_session(asker)
    await app.write(asker, _end, asker.id, session_id)


async def end_other_sessions(app: App, asker: Asker) -> None:
    """Sign oneself out everywhere else. Raises Forbidden."""
    require_session(asker)
    await app.write(asker, keys.delete_other_sessions, asker.id, keep=asker.key)


def _end(conn: Writer, user_id: int, session_id: str) -> None:
    keys.delete_session(conn, keys.session_key(conn, user_id, session_id))
