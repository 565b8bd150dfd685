"""One's picture."""

from __future__ import annotations

import secrets

from ..store import Writer, avatars, people
from ..words.asker import Asker
from ..words.models import Me
from . import App


async def set_avatar(app: App, asker: Asker, data: bytes) -> Me:
    """Show a picture of oneself instead of initials. Raises WrongMediaType, TooLarge, BadInput."""
    image = await app.pictures.face(data)
    return await app.write(asker, _put, asker.id, secrets.token_urlsafe(16), image)


async def remove_avatar(app: App, asker: Asker) -> Me:
    """Show initials again."""
    return await app.write(asker, _remove, asker.id)


def _put(conn: Writer, user_id: int, name: str, image: bytes) -> Me:
    avatars.put(conn, user_id, name, image)
    return people.me(conn, user_id)


def _remove(conn: Writer, user_id: int) -> Me:
    avatars.remove(conn, user_id)
    return people.me(conn, user_id)
