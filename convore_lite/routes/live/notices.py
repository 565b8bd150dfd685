"""Events for one reader alone, which are in no log: where a stream begins, and that it has to begin anew."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from ...actions import App
from ...words import sse
from ...words.events import event_id
from ...words.models import time_text

NOTHING: Mapping[str, Any] = MappingProxyType({})


def told(app: App, kind: str, place: int, more: Mapping[str, Any] = NOTHING) -> bytes:
    """As JSON. Its id is a place in the log, so that a reader who is cut off before the first event comes back to it."""
    at_id = event_id(app.store.epoch, place)
    return msgspec.json.encode({"id": at_id, "kind": kind, "at": time_text(app.now()), "at_id": at_id, **more})


def frame(app: App, kind: str, place: int, more: Mapping[str, Any] = NOTHING) -> bytes:
    """As a server-sent event."""
    return sse.frame(kind, told(app, kind, place, more), event_id(app.store.epoch, place))
