"""No text becomes HTML that could do more than show a message, and no text loses what was typed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import nh3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markup_corpora import OUR_OWN, commonmark, dompurify, fixtures, naughty

from convore_lite.words import markup
from convore_lite.words.markup import Draft, Named, linked_spots, parse
from convore_lite.words.markup.code import LANGUAGES

parse("", {})  # the first one imports what reads a text, which takes longer than hypothesis gives an example

USERS = {"ann": 1, "bob": 2, "a": 3}
ORIGIN = "https://chat.example"
ALLOWED = {
    "a": {"href", "target"},
    "blockquote": set[str](),
    "br": set[str](),
    "code": set[str](),
    "em": set[str](),
    "img": {"src", "alt", "loading"},
    "input": {"type", "disabled", "checked", "aria-label"},
    "label": {"class"},
    "li": set[str](),
    "ol": {"start"},
    "p": set[str](),
    "pre": {"data-lang"},
    "s": set[str](),
    "span": {"class"},
    "strong": set[str](),
    "table": set[str](),
    "tbody": set[str](),
    "td": {"align"},
    "th": {"align", "scope"},
    "tr": set[str](),
    "ul": set[str](),
}
EMPTY = {"br", "img", "input"}
# Pointers come to one of them, and may not come to another in it.
PRESSED = {"a", "label"}
BLOCKS = {"p", "pre", "ul", "ol", "blockquote", "table"}

FRAGMENTS = [
    *"*_~`[]()<>!:@#-.\\&\"'|=/ \n\t",
    *("**", "~~", "```", "```py\n", "\n\n", "> ", "- ", "1. ", "  ", "](http://a.b)", "![", "[a](", "<http://a.b>"),
    *("http://a.b/", "https://chat.example/g/t/", "www.a.b", "me@x.org", "@ann", "@bob", ":+1:", ":nope:", "x.png"),
    *(
        "| a | b |\n|---|:-:|\n",
        "| ",
        " |",
        "||",
        "||a||",
        "|-|\n",
        "- [ ] ",
        "[X] ",
        "https://chat.example/g/u/7/#m-7",
    ),
    *("word", "é", "日本", "👍", "\0", "\r", "\u2028", "\u202e", "\ufeff", "\xa0", "<script>", "</div>", "javascript:"),
]
messages = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join) | st.text(max_size=80)


class Page(HTMLParser):
    """A page with one message in a <div>: what is in it, as a browser's parser would see it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []
        self.problems: list[str] = []
        self.feed(f"<div id=x>{html}</div>")
        self.close()
        if self.open:
            self.problems.append(f"left open: {self.open}")

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag != "div" or self.open:
            self._check(tag, dict(attributes))
        if tag in PRESSED and tag in self.open or tag == "label" and "a" in self.open:
            self.problems.append(f"{tag} in {self.open}")
        if self.open and (tag, self.open[-1]) in {("tr", "table"), ("td", "tbody"), ("th", "tbody"), ("tr", "div")}:
            self.problems.append(f"{tag} right in {self.open[-1]}")
        if tag in BLOCKS and {"p", *PRESSED, "span"} & set(self.open):
            self.problems.append("a paragraph where none may be")
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes what it did not open")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.problems.append("a comment")

    handle_decl = handle_pi = unknown_decl = handle_comment

    def _check(self, tag: str, attributes: dict[str, str | None]) -> None:
        if extra := attributes.keys() - ALLOWED.get(tag, set()):
            self.problems.append(f"<{tag}> with {extra}")
        if tag not in ALLOWED:
            self.problems.append(f"<{tag}>")
        for name in ("href", "src"):
            address = attributes.get(name) or "/"
            ours = address.startswith("/") and address[1:2] not in ("/", "\\")
            if not ours and not address.lower().startswith(("http://", "https://", "mailto:")):
                self.problems.append(f"leads to {address}")
        if attributes.get("target", "_blank") != "_blank" or "target" in attributes and "href" not in attributes:
            self.problems.append("a target")
        if not str(attributes.get("class", "tok-" if tag == "span" else "spoiler")).startswith(("tok-", "spoiler")):
            self.problems.append(f"a class {attributes['class']}")
        if tag == "input" and attributes["type"] != "checkbox":
            self.problems.append(f"a field of the type {attributes['type']}")
        # Shown by the browser and by the style sheet.
        self.text += [str(attributes[name]) for name in ("alt", "data-lang") if name in attributes]


def test_the_page_notices_what_it_should() -> None:
    for html in [
        "<b>",
        "</div>",
        "<p onclick=x>",
        '<a href="javascript:x">',
        "<!-- -->",
        "<p>",
        '<a href="//x">',
        "<a><a>",
        '<input type="text">',
        "<label><label></label></label>",
        "<table><tr></tr></table>",
        "<p><table></table></p>",
        '<label class="other"></label>',
    ]:
        assert Page(html).problems, html
    assert Page('<p>a<br><a href="/x">b</a></p>').problems == []


def check(message: str) -> Draft:
    """Everything that holds for every text."""
    named = {spot: Named(7, "<b>&\"'") for spot in linked_spots(message, ORIGIN) if spot.topic == "u"}
    draft = parse(message, USERS, origin=ORIGIN, topics=named)
    assert draft == parse(message, USERS, origin=ORIGIN, topics=named)
    assert draft.text == message
    page = Page(draft.html)
    assert page.problems == []
    nodes = json.loads(draft.nodes)
    assert draft.html == "".join(node["markup"] for node in nodes)
    for node in nodes:
        check_node(node)
    assert (
        nh3.clean(draft.html, tags=set(ALLOWED), attributes=ALLOWED, link_rel=None).replace("&nbsp;", "\xa0")
        == draft.html
    )
    assert "\n" not in draft.plain
    assert draft.plain == draft.plain.strip()
    assert len(set(draft.mentions)) == len(draft.mentions)
    assert len(set(draft.links)) == len(draft.links)
    return draft


def check_node(node: dict[str, Any]) -> None:
    assert list(node)[0] == "type"
    assert list(node)[-1] == "markup"
    if children := node.get("children"):
        assert "".join(child["markup"] for child in children) in node["markup"]
        assert not any(one["type"] == two["type"] == "text" for one, two in zip(children, children[1:], strict=False))
    for child in children or ():
        check_node(child)


@given(messages)
def test_every_text_becomes_safe_html(message: str) -> None:
    check(message)


@pytest.mark.slow
def test_many_texts_become_safe_html() -> None:
    luck = random.Random(20110211)
    for _ in range(3000):
        some = luck.sample(FRAGMENTS, luck.randint(2, 12))
        check("".join(luck.choice(some) for _ in range(luck.randint(1, 200))))


def letters(text: str) -> list[str]:
    return [character for character in text if character.isalpha()]


@example(["| a | b |\n|---|:-:|\n", "*", "||a||"])
@given(
    st.lists(
        st.sampled_from(
            [f for f in FRAGMENTS if f not in {":", "(", ":+1:", "```py\n"} and "(" not in f and "X" not in f]
        )
    )
)
def test_no_letter_vanishes(parts: list[str]) -> None:
    """What may vanish are marks, and only these texts have addresses, shortcodes or languages that are not shown."""
    message = "".join(parts)
    page = Page(parse(message, USERS).html)
    assert letters("".join(page.text)) == letters(message)


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="*_~`[]<>!:@|\\.-/\ufeff"), max_size=60)
)
def test_plain_text_keeps_every_character(message: str) -> None:
    page = Page(parse(message, USERS).html)
    assert "".join(page.text).split() == message.split()
    assert parse(message, USERS).plain.split() == message.split()


@settings(deadline=None)  # the first one loads Pygments
@given(st.sampled_from(["", "nolang", *LANGUAGES]), st.text(max_size=60) | messages)
def test_everything_stays_in_code(language: str, message: str) -> None:
    code = message.replace("`", "'").replace("\r", "").replace("\0", "").replace("\ufeff", "").strip() or "x"
    draft = parse(f"````{language}\n{code}\n````", USERS)
    assert json.loads(draft.nodes)[0]["text"] == code
    assert "".join(Page(draft.html).text) == language + code


@pytest.mark.parametrize("message", OUR_OWN)
def test_our_own_bad_texts(message: str) -> None:
    check(message)
    check(f"> - {message}")
    check(f"**{message}** [{message}](http://x.y) ![{message}](http://x.y/z.png) `{message}` @ann")
    check(f"```html\n{message}\n```")


@pytest.mark.parametrize(
    "corpus",
    [
        naughty,
        dompurify,
        commonmark,
        lambda: fixtures("xss/markdown-it-xss.txt"),
        lambda: fixtures("markdown/markdown-it-linkify.txt"),
        lambda: fixtures("markdown/markdown-it-proto.txt"),
    ],
    ids=["naughty", "dompurify", "commonmark", "markdown-it-xss", "markdown-it-linkify", "markdown-it-proto"],
)
def test_bad_texts_of_others(corpus: Callable[[], list[str]]) -> None:
    found = corpus()
    assert len(found) > 1
    for message in found:
        check(message)
        check(f"**{message}** @ann")


def test_html_that_is_not_clean_is_never_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge is asked: were the grammar wrong one day, the message would be shown as typed."""
    assert "<strong>" in parse("**a** <b>", {}).html
    monkeypatch.setattr(markup, "is_clean", lambda html: "<strong>" not in html)
    draft = parse("**a** <b>\nc", {})
    assert draft.html == "**a** &lt;b&gt;<br>c"
    assert [node["type"] for node in json.loads(draft.nodes)] == ["text", "line_break", "text"]
    assert draft.plain == "**a** <b> c"


@pytest.mark.parametrize(
    "html",
    [
        "<u>x</u>",
        '<a href="javascript:x">y</a>',
        '<p class="x">y</p>',
        '<span class="other">x</span>',
        "<p>",
        "<!-- -->x",
        '<input type="text">',
        '<input type="checkbox" name="x">',
        '<label class="spoiler" for="x">y</label>',
        '<table><tbody><tr><td align="y">x</td></tr></tbody></table>',
        "<table><tr><td>x</td></tr></table>",
    ]
    + ['<a href="/x" target="_top">y</a>', '<a href="/x" onclick="y">z</a>', "<pre><script>x</script></pre>", "x<y"],
)
def test_the_judge_sees_what_is_not_clean(html: str) -> None:
    assert markup.is_clean('<p>x <a href="/y" target="_blank">z</a></p>')
    assert not markup.is_clean(html)


def test_lone_surrogates_are_no_text() -> None:
    with pytest.raises(UnicodeEncodeError):
        parse("\ud800", {})
