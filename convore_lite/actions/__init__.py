"""Floor 2, the verbs: what people do. Every action takes the App first, then who is asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, TypeVar

from ..bell import Bell
from ..fetcher import Fetcher
from ..files import Files
from ..hub import Hub
from ..index.handle import Index
from ..page_reader import PageReader
from ..passwords import Passwords
from ..pictures import Pictures
from ..presence import Presence
from ..rates import Rates
from ..store import Store, Writer, keys
from ..typists import Typists
from ..words.asker import Asker
from ..words.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class App:
    """The resources that actions work with. *now* is the wall clock in milliseconds since 1970.

    *sources* says where each setting that is not at its default comes from.
    """

    settings: Settings
    store: Store
    hub: Hub
    bell: Bell
    index: Index
    presence: Presence
    typists: Typists
    passwords: Passwords
    pictures: Pictures
    files: Files
    fetcher: Fetcher
    page_reader: PageReader
    rates: Rates
    now: Callable[[], int]
    sources: Mapping[str, str] = field(default_factory=dict)

    async def write(
        self, asker: Asker, function: Callable[Concatenate[Writer, P], T], *args: P.args, **options: P.kwargs
    ) -> T:
        """Write what *asker* asks for, if they still may: their key and role are looked at again in the same transaction.

        Between the first look and the writing lie a body that takes its time to arrive, a password that is hashed, the queue
        of the writer; and what is taken away ends at once. Raises NotSignedIn, Forbidden, and what `Store.write` does.
        """
        return await self.store.write(_write_still, asker, lambda conn: function(conn, *args, **options))


def _write_still(conn: Writer, asker: Asker, function: Callable[[Writer], T]) -> T:
    keys.check_still(conn, asker)
    return function(conn)
