"""How pages write values: times in UTC, counts, initials. The filters of the templates."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from ...words.excerpt import excerpt
from ...words.media import is_played
from ...words.models import MAX_COUNT, File, Message
from ...words.sizes import size_text

Shape = Literal["clock", "date", "day", "due", "when"]
FileKind = Literal["picture", "film", "sound", "other"]
# The place of a picture in a message, in CSS pixels.
MOST_WIDE, MOST_HIGH = 380, 320
HUES = 24  # as many as web/styles/hues.css has
# Neighbouring ids get hues that are far apart: 7 and 24 have no common divisor.
HUE_STEP = 7


def count_label(count: int) -> str:
    """A count as a pill shows it: nothing for none, and "999+" where counting stopped."""
    return "" if count < 1 else str(count) if count < MAX_COUNT else f"{MAX_COUNT - 1}+"


def gone_label(count: int) -> str:
    """What a line says that stands for so many deleted messages. The script says the same (web/src/model/names.ts)."""
    return (
        ""
        if count < 1
        else "Message deleted or moved"
        if count == 1
        else f"{count_label(count)} messages deleted or moved"
    )


@lru_cache(maxsize=1024)
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
    said = excerpt(message.html, message.text)
    return said or ", ".join(file.name for file in message.files)


def file_kind(file: File) -> FileKind:
    """How a page shows a file. The script says the same (web/src/files.ts)."""
    if file.thumb_url:
        return "picture"
    if not is_played(file.media_type):
        return "other"
    return "film" if file.media_type.startswith("video/") else "sound"


def fitted(file: File) -> tuple[int, int]:
    """Width and height of a picture in a message: not larger than it is, nor than its place. The script says the same."""
    width, height = file.width or 1, file.height or 1
    share = min(1, MOST_WIDE / width, MOST_HIGH / height)
    return max(1, round(width * share)), max(1, round(height * share))


def in_shape(at: str, shape: Shape, now: datetime | None = None) -> str:
    """An API time, in UTC, in one of the five shapes that the pages use.

    The script does the same in the reader's own zone (web/src/model/times.ts): change both.
    """
    moment = datetime.fromisoformat(at)
    if shape == "clock":
        return f"{moment:%H:%M}"
    today = now or datetime.now(UTC)
    return {"date": date, "day": day, "due": due, "when": when}[shape](moment, today)


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


def due(moment: datetime, today: datetime) -> str:
    """A time to come: today and tomorrow by these words, another by its date."""
    days = (moment.date() - today.date()).days
    return f"{ {0: 'today', 1: 'tomorrow'}.get(days) or date(moment, today) } at {moment:%H:%M}"


def date(moment: datetime, today: datetime) -> str:
    written = f"{moment:%A}, {moment.day} {moment:%B}"
    return written if moment.year == today.year else f"{written} {moment.year}"


@lru_cache(maxsize=1024)  # the time of a message stands beside its face and its name
def full_time(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"{moment:%A}, {moment.day} {moment:%B %Y}, {moment:%H:%M} UTC"


FILTERS = {
    "count_label": count_label,
    "file_kind": file_kind,
    "fitted": fitted,
    "full_time": full_time,
    "gone_label": gone_label,
    "hue": hue,
    "in_shape": in_shape,
    "initials": initials,
    "peek": peek,
    "size_text": size_text,
}
