"""What can go wrong for a reason the asker can act on. Only the doors turn these into status codes."""

from __future__ import annotations

from .models import Draft


class Refusal(Exception):
    """A request that cannot be done, with one sentence for the person who asked."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (self.__doc__ or "").splitlines()[0])

    @property
    def sentence(self) -> str:
        return str(self.args[0])


class NotSignedIn(Refusal):
    """Sign in first."""


class NotFound(Refusal):
    """There is nothing here that you can see."""


class Forbidden(Refusal):
    """You can see this, but doing that to it is not yours."""


class Conflict(Refusal):
    """Something else is already there."""


class DraftBehind(Conflict):
    """Another device has changed this draft. Nothing was saved: put the two together first."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft


class TooLarge(Refusal):
    """That is larger than this server accepts."""


class TooMany(Refusal):
    """That is too many at once; try again a little later.

    *retry_after* is in seconds.
    """

    def __init__(self, sentence: str = "", retry_after: int = 5) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class TooSlow(Refusal):
    """That came too slowly, and was given up."""


class BadInput(Refusal):
    """One field of a request is not what it should be.

    *field* is a dotted path into the JSON body ("usernames.0"), the name of a query parameter, or "" for the whole body.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message


class Malformed(Refusal):
    """The request is not well-formed."""


class WrongMediaType(Refusal):
    """Send JSON (content-type: application/json)."""


class DiskFull(Refusal):
    """The disk is full. Nothing was saved; reading still works."""


class Unavailable(Refusal):
    """The server is stopping or not ready yet."""


class SetupError(Refusal):
    """The server cannot start or a command cannot run, for a reason its owner can mend."""
