"""Which links of a message are looked at."""

from __future__ import annotations

import msgspec
import pytest

from convore_lite.words.links import MOST_CHARACTERS, host_of, to_preview
from convore_lite.words.markup import parse


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("no link", []),
        ("http://a.example/ and https://b.example", ["http://a.example/", "https://b.example"]),
        ("http://a.example/ http://a.example/", ["http://a.example/"]),
        (
            " ".join(f"http://{letter}.example/" for letter in "abcde"),
            [f"http://{letter}.example/" for letter in "abc"],
        ),
        ("**[words](http://a.example/)**", ["http://a.example/"]),
        ("- one\n- http://a.example/", ["http://a.example/"]),
        ("> http://quoted.example/\n\nhttp://a.example/", ["http://a.example/"]),
        ("`http://code.example/`", []),
        ("```\nhttp://code.example/\n```", []),
        ("mailto:ann@example.org <mailto:ann@example.org>", []),
        # A picture is shown as it is, and a message of ours is no other page.
        ("http://a.example/cat.png", []),
        ("https://chat.example/home-lab/general/", []),
        ("http://a.example/" + "x" * MOST_CHARACTERS, []),
    ],
)
def test_links(text: str, links: list[str]) -> None:
    assert to_preview(parse(text, {}, origin="https://chat.example").nodes) == links


@pytest.mark.parametrize("url", ["http://[::1/", "http://", "http:///path", "http://a]b/"])
def test_what_is_no_address_is_left_alone(url: str) -> None:
    """Markup makes no links of these; whoever reads them does not rely on it."""
    assert host_of(url) in ("", "a]b")
    assert to_preview(msgspec.json.encode([{"type": "url", "url": url}])) in ([], [url])
