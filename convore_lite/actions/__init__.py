"""Floor 2, the verbs: what people do. Every action takes the App first, then who is asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..hub import Hub
from ..passwords import Passwords
from ..pictures import Pictures
from ..presence import Presence
from ..rates import Rates
from ..store import Store
from ..typists import Typists
from ..words.settings import Settings


@dataclass(frozen=True)
class App:
    """The resources that actions work with. *now* is the wall clock in milliseconds since 1970.

    *sources* says where each setting that is not at its default comes from.
    """

    settings: Settings
    store: Store
    hub: Hub
    presence: Presence
    typists: Typists
    passwords: Passwords
    pictures: Pictures
    rates: Rates
    now: Callable[[], int]
    sources: Mapping[str, str] = field(default_factory=dict)
