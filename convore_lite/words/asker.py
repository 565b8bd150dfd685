"""Who is asking, and how they said so."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .errors import Forbidden
from .models import Scope, ServerRole, User


class Asker(Struct, frozen=True):
    """A signed-in user. *key* names the session or token, so that signing out can end just what it opened.

    *origin* is under which address they found this server, where it has no name of its own (``http://lab.local:8470``).
    """

    user: User
    role: ServerRole
    via: Literal["session", "token", "console"]
    scope: Scope
    key: bytes
    origin: str | None = None

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def administers(self) -> bool:
        """May they manage people and groups? The console is whoever owns the data folder: the owner."""
        return self.via == "console" or self.role in ("owner", "admin")


def require_admin(asker: Asker) -> None:
    """Raises Forbidden for anyone but an admin, the owner, or the console."""
    if not asker.administers:
        raise Forbidden("Only an admin of this server can do that.")


def require_session(asker: Asker) -> None:
    """Raises Forbidden for a token: whoever finds one neither takes the account over nor makes themselves more keys to it."""
    if asker.via == "token":
        raise Forbidden("Sign in for that. It cannot be done with a token.")


def require_console(asker: Asker) -> None:
    """Raises Forbidden for anyone but the console: for what even an admin of the server does not do in their own name."""
    if asker.via != "console":
        raise Forbidden("Only the command line of this server can do that.")
