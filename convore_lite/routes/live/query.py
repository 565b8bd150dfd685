"""What a reader asked for, and from where on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl

from msgspec import Meta, Struct

from ...words.errors import BadInput
from ...words.events import event_number
from ...words.models import Id
from .. import forms

# Shared by all streams that visit nothing: an empty set made from something else is one of its own.
NOWHERE: frozenset[int] = frozenset()


class LiveQuery(Struct, frozen=True):
    after: str | None = None
    groups: str = ""
    wait: Annotated[int, Meta(ge=1, le=60)] = 30
    read_topic: Id | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Where a reader asked to begin: the number of the last event they have, or None for "now"."""

    after: int | None
    servable: bool
    visiting: frozenset[int]


def read_query(scope: Mapping[str, Any]) -> LiveQuery:
    """Raises BadInput."""
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return forms.convert(dict(pairs), LiveQuery)


def start_of(query: LiveQuery, headers: Mapping[str, str], epoch: str) -> Start:
    """Raises BadInput."""
    place = headers.get("last-event-id", query.after)
    after = event_number(epoch, place) if place is not None else None
    return Start(after, servable=place is None or after is not None, visiting=_numbers(query.groups))


def _numbers(text: str) -> frozenset[int]:
    """Group ids with commas between them. Raises BadInput."""
    parts = [part for part in text.split(",") if part]
    if len(parts) > 100 or not all(part.isascii() and part.isdigit() and len(part) < 17 for part in parts):
        raise BadInput("groups", "up to 100 group ids, with commas between them")
    return frozenset([int(part) for part in parts]) if parts else NOWHERE
