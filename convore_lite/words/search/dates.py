"""Days, months and years in a search, as the stretch of time they are: ``before:2026-01-31``, ``on:yesterday``."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from .query import Between

Span = tuple[int, int]
FORMS = (("%Y-%m-%d", "day"), ("%Y-%m", "month"), ("%Y", "year"))


def span(text: str, *, now: int, zone: tzinfo) -> Span | None:
    """The first millisecond of a day, month or year in *zone*, and that of the next; None for what is no date."""
    try:
        today = datetime.fromtimestamp(now / 1000, zone).date()
        found = _named(text.lower(), today) or _written(text)
        return found and (_begin(found[0], zone), _begin(found[1], zone))
    except (ValueError, OverflowError, OSError):
        return None


def clause(operator: str, found: Span) -> Between:
    """What ``before:``, ``after:`` or ``on:`` that stretch asks for. ``after:2026`` begins with 2027."""
    first, end = found
    if operator == "before":
        return Between(None, first)
    return Between(end, None) if operator == "after" else Between(first, end)


def _named(text: str, today: date) -> tuple[date, date] | None:
    back = {"today": 0, "yesterday": 1}.get(text)
    return None if back is None else (today - timedelta(back), today - timedelta(back - 1))


def _written(text: str) -> tuple[date, date] | None:
    for form, unit in FORMS:
        try:
            first = datetime.strptime(text, form).date()
        except ValueError:
            continue
        return first, _next(first, unit)
    return None


def _next(first: date, unit: str) -> date:
    if unit == "day":
        return first + timedelta(1)
    month = first.replace(day=28) + timedelta(4) if unit == "month" else first.replace(month=12) + timedelta(31)
    return month.replace(day=1)


def _begin(day: date, zone: tzinfo) -> int:
    return round(datetime.combine(day, time(), zone).astimezone(UTC).timestamp() * 1000)
