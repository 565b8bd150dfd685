"""How pages write values: times in UTC, counts, initials. The filters of the templates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from markupsafe import Markup

from ...words.models import MAX_COUNT, Message
from ...words.sizes import size_text

Shape = Literal["clock", "date", "day", "when"]
HUES = 24  # as many as web/styles/hues.css has
# Neighbouring ids get hues that are far apart: 7 and 24 have no common divisor.
HUE_STEP = 7
PEEK = 160


def count_label(count: int) -> str:
    """A count as a pill shows it: nothing for none, and "999+" where counting stopped."""
    return "" if count < 1 else str(count) if count < MAX_COUNT else f"{MAX_COUNT - 1}+"


def gone_label(count: int) -> str:
    """What a line says that stands for so many deleted messages. The script says the same (web/src/model/names.ts)."""
    return "" if count < 1 else "Message deleted" if count == 1 else f"{count_label(count)} messages deleted"


def initials(name: str) -> str:
    """Two letters for a face without a picture: of the first and last word, or the first two of a single one."""
    words = [letters for word in name.split() if (letters := [c for c in word if c.isalnum()])]
    if not words:
        return name.strip()[:1]
    pair = [words[0][0], words[-1][0]] if len(words) > 1 else words[0][:2]
    return "".join(pair).upper()


def hue(number: int) -> int:
    return number * HUE_STEP % HUES


def peek(message: Message) -> str:
    """The beginning of a message on one line, as plain text."""
    text = Markup(message.html.replace("><", "> <")).striptags() or message.text  # blocks are not joined into one word
    line = " ".join(text.split())
    return line if len(line) <= PEEK else line[:PEEK].rstrip() + "…"


def in_shape(at: str, shape: Shape, now: datetime | None = None) -> str:
    """An API time, in UTC, in one of the four shapes that the pages use.

    The script does the same in the reader's own zone (web/src/model/times.ts): change both.
    """
    moment = datetime.fromisoformat(at)
    if shape == "clock":
        return f"{moment:%H:%M}"
    today = now or datetime.now(UTC)
    return {"date": date, "day": day, "when": when}[shape](moment, today)


def when(moment: datetime, today: datetime) -> str:
    """The clock for today, then "yesterday", a weekday, and after six days the date."""
    days = (today.date() - moment.date()).days
    if days <= 1:
        return "yesterday" if days == 1 else f"{moment:%H:%M}"
    if days < 7:
        return f"{moment:%A}"
    return f"{moment.day} {moment:%b}" if moment.year == today.year else f"{moment.day} {moment:%b %Y}"


def day(moment: datetime, today: datetime) -> str:
    """The date, but "Today" and "Yesterday" for those."""
    days = (today.date() - moment.date()).days
    return {0: "Today", 1: "Yesterday"}.get(days) or date(moment, today)


def date(moment: datetime, today: datetime) -> str:
    written = f"{moment:%A}, {moment.day} {moment:%B}"
    return written if moment.year == today.year else f"{written} {moment.year}"


def full_time(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"{moment:%A}, {moment.day} {moment:%B %Y}, {moment:%H:%M} UTC"


FILTERS = {
    "count_label": count_label,
    "full_time": full_time,
    "gone_label": gone_label,
    "hue": hue,
    "in_shape": in_shape,
    "initials": initials,
    "peek": peek,
    "size_text": size_text,
}
