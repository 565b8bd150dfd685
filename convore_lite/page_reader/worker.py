"""Reads a web page for what can be shown of it. A program of its own, which `PageReader` starts and kills where it takes too long.

Rule: nothing but the standard library is imported here, so that it starts in some hundredths of a second. It reads an address, a
charset and the page from its input, and writes a `Page` as JSON.
"""

from __future__ import annotations

import codecs
import json
import re
import resource
import sys
import unicodedata
from contextlib import suppress
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

# Seconds of the processor: a usual page takes some hundredths, and a hostile one more than there are (`<!--` 16,000 times: four).
CPU_SECONDS = 2
MEMORY = 512 * 1024 * 1024
# Characters that are kept: more than a card shows.
MOST_TITLE = 200
MOST_DESCRIPTION = 300
MOST_SITE = 60
MOST_URL = 2000
# By its own rules a page says within so many bytes how it is written (HTML, 4.2.5.4).
DECLARED_WITHIN = 1024
DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s{0,10}=\s{0,10}["']?\s{0,10}([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE
)
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Browsers read these as windows-1252, and so does who writes them (WHATWG Encoding, 4.2).
LATIN = frozenset({"ascii", "iso8859-1", "cp1252"})
# Joins letters of Persian and Hindi, and the parts of an emoji. All other signs without a shape only hide or turn what is there.
JOINERS = "\u200c\u200d"


class Page(NamedTuple):
    """What can be shown of a page. A text that it does not say is empty; *image_url* is an http or https address, or empty."""

    title: str
    description: str
    site: str
    image_url: str


class Head(HTMLParser):
    """What the head of a page says of it: the first of each name counts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: dict[str, str] = {}
        self.base = ""
        self.over = False
        self._title: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "body" or self.over:
            self.over = True  # what is drawn there has titles as well
        elif tag == "title" and "title" not in self.said:
            self._title = []
        elif tag == "base" and not self.base:
            self.base = values.get("href", "")
        elif tag == "meta":
            # Both are found for either: property is Open Graph's, name that of Twitter cards and HTML itself.
            name = (values.get("property") or values.get("name") or "").strip().lower()
            if values.get("content", "").strip():
                self.said.setdefault(name, values["content"])

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self._title.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title" and self._title is not None:
            self.said.setdefault("title", "".join(self._title))
            self._title = None

    def first(self, *names: str) -> str:
        return next((self.said[name] for name in names if name in self.said), "")


def read_page(body: bytes, url: str, charset: str) -> Page:
    """*url* is where it was found, and *charset* what was said of it on the way, or empty."""
    head = Head()
    text = decoded(body, charset)
    # In pieces, so that nothing after the head is read.
    for start in range(0, len(text), 4096):
        head.feed(text[start : start + 4096])
        if head.over:
            break
    image = head.first("og:image:secure_url", "og:image:url", "og:image", "twitter:image", "twitter:image:src")
    return Page(
        clean(head.first("og:title", "twitter:title", "title"), MOST_TITLE),
        clean(head.first("og:description", "twitter:description", "description"), MOST_DESCRIPTION),
        clean(head.first("og:site_name"), MOST_SITE) or site_of(url),
        address(image, head.base, url) if image else "",
    )


def decoded(body: bytes, charset: str) -> str:
    """The text of a page: by its mark, by what was said of it, by what it says itself, or as UTF-8. Never fails."""
    marked = next((name for mark, name in MARKS if body.startswith(mark)), "")
    declared = DECLARED.search(body[:DECLARED_WITHIN])
    for name in (marked, charset, declared[1].decode("ascii") if declared else ""):
        with suppress(LookupError, ValueError):
            known = codecs.lookup(name).name if name else ""
            if known:
                # LookupError too for what is a codec but no encoding of text, such as zlib.
                return body.decode("cp1252" if known in LATIN else known, "replace").removeprefix("\ufeff")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        # Cut at the limit in the middle of a character, it is UTF-8 all the same.
        return body.decode("utf-8" if error.start >= len(body) - 3 else "cp1252", "replace")


def clean(text: str, most: int) -> str:
    """*text* on one line, without characters that control or turn what stands around them, and at most so long."""
    # Much more than is kept, so that what is left out does not count; and not all of a page.
    shown = "".join(character for character in text[: most * 20] if is_shown(character))
    line = " ".join(shown.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def is_shown(character: str) -> bool:
    category = unicodedata.category(character)
    return category not in ("Cc", "Cf", "Cs", "Co") or character in JOINERS or character.isspace()


def site_of(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")[:MOST_SITE]


def address(written: str, base: str, url: str) -> str:
    """Where a picture is, by what a page says of it."""
    with suppress(ValueError):
        found = urljoin(urljoin(url, base), written.strip())
        if len(found) <= MOST_URL and urlsplit(found).scheme in ("http", "https"):
            return found
    return ""


def main() -> None:
    for limit, most in ((resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, 0)):
        with suppress(
            ValueError, OSError
        ):  # not every system lets one be set; there is the clock of who started this, too
            resource.setrlimit(limit, (most, most))
    url, charset = json.loads(sys.stdin.buffer.readline())
    page = read_page(sys.stdin.buffer.read(), url, charset)
    sys.stdout.write(json.dumps(page))


if __name__ == "__main__":
    main()
