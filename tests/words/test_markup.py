"""What a message becomes: nodes, HTML, plain text, mentions and links."""

from __future__ import annotations

import json
from typing import Any

import pytest

from convore_lite.words.markup import (
    Draft,
    Named,
    Spot,
    covered,
    linked_spots,
    mentioned_names,
    parse,
    without_spoilers,
)
from convore_lite.words.markup.addresses import MOST_NAMED

USERS = {"ericflo": 1, "simonw": 56, "ann": 2, "bob": 3, "a.b-c_d": 4}
ORIGIN = "https://chat.example"

Node = dict[str, Any]


def read(text: str) -> Draft:
    return parse(text, USERS, origin=ORIGIN)


def nodes(text: str) -> list[Node]:
    found: list[Node] = json.loads(read(text).nodes)
    return found


def text(markup: str) -> Node:
    return {"type": "text", "markup": markup}


def url(address: str, label: str | None = None) -> Node:
    href = address.replace("&", "&amp;")
    markup = f'<a href="{href}" target="_blank">{label or href}</a>'
    return {"type": "url", "url": address, "markup": markup}


def image(address: str, alt: str) -> Node:
    markup = f'<a href="{address}" target="_blank"><img src="{address}" alt="{alt}" loading="lazy"></a>'
    return {"type": "image", "url": address, "markup": markup}


def topic(path: str, label: str | None = None) -> Node:
    return {"type": "topic", "url": ORIGIN + path, "markup": f'<a href="{path}">{label or ORIGIN + path}</a>'}


def username(name: str, markup: str | None = None) -> Node:
    markup = markup or f'<a href="/users/{name}/">@{name}</a>'
    return {"type": "username", "user_id": USERS[name], "username": name, "markup": markup}


def code(content: str, markup: str | None = None) -> Node:
    return {"type": "code", "text": content, "markup": f"<code>{markup or content}</code>"}


def code_block(content: str, language: str | None = None, markup: str | None = None) -> Node:
    data = f' data-lang="{language}"' if language else ""
    markup = f"<pre{data}><code>{markup or content}</code></pre>"
    return {"type": "code_block", "text": content, "language": language, "markup": markup}


def parent(kind: str, element: str, *children: Node, **fields: object) -> Node:
    inside = "".join(child["markup"] for child in children)
    opening = f'{element} start="{fields["start"]}"' if fields.get("start", 1) != 1 else element
    return {"type": kind, **fields, "children": list(children), "markup": f"<{opening}>{inside}</{element}>"}


def paragraph(*children: Node) -> Node:
    return parent("paragraph", "p", *children)


def item(*children: Node) -> Node:
    return parent("list_item", "li", *children)


def task(done: bool, *children: Node) -> Node:
    node = parent("list_item", "li", *children, done=done)
    ticked = ' checked=""' if done else ""
    box = f'<input type="checkbox" disabled=""{ticked} aria-label="Done"> '
    return node | {"markup": node["markup"].replace("<li>", f"<li>{box}", 1)}


def cell(*children: Node, header: bool = False, align: str | None = None) -> Node:
    node = parent("table_cell", "th" if header else "td", *children, header=header, align=align)
    opening = ('<th scope="col"' if header else "<td") + (f' align="{align}">' if align else ">")
    return node | {"markup": opening + node["markup"][4:]}


def table(*rows: list[Node]) -> Node:
    children = [parent("table_row", "tr", *cells) for cells in rows]
    inside = "".join(child["markup"] for child in children)
    return {"type": "table", "children": children, "markup": f"<table><tbody>{inside}</tbody></table>"}


def spoiler(*children: Node) -> Node:
    inside = "".join(child["markup"] for child in children)
    box = '<input type="checkbox" aria-label="Spoiler">'
    return {
        "type": "spoiler",
        "children": list(children),
        "markup": f'<label class="spoiler">{box}<span>{inside}</span></label>',
    }


def bullets(*items: Node) -> Node:
    return parent("list", "ul", *items, ordered=False)


def numbers(*items: Node, start: int = 1) -> Node:
    return parent("list", "ol", *items, ordered=True, start=start)


def quote(*children: Node) -> Node:
    return parent("quote", "blockquote", *children)


LINE_BREAK: Node = {"type": "line_break", "markup": "<br>"}
THUMB: Node = {"type": "emoji", "emoji": "👍", "name": "thumbsup", "markup": "👍"}


def test_the_message_of_the_article_byte_for_byte() -> None:
    message = "@ericflo @simonw Here's how we connect/disconnect from Redis in production: http://dpaste.com/406797/"
    draft = read(message)
    assert draft.nodes.decode() == (
        '[{"type":"username","user_id":1,"username":"ericflo","markup":"<a href=\\"/users/ericflo/\\">@ericflo</a>"},'
        '{"type":"username","user_id":56,"username":"simonw","markup":" <a href=\\"/users/simonw/\\">@simonw</a>"},'
        '{"type":"text","markup":" Here\'s how we connect/disconnect from Redis in production: "},'
        '{"type":"url","url":"http://dpaste.com/406797/",'
        '"markup":"<a href=\\"http://dpaste.com/406797/\\" target=\\"_blank\\">http://dpaste.com/406797/</a>"}]'
    )
    assert draft.text == draft.plain == message
    assert draft.mentions == (1, 56)
    assert draft.links == ("http://dpaste.com/406797/",)


STAYS_AS_TYPED = [
    "Just words, and “quotes”.",
    "C++ *= 2",
    "snake_case_name, a_b_c, __init__ and __init__.py",
    "2 * 3 * 4",
    "2*3*4, a*b*c, 2**8**3",
    "f(*args, **kwargs)",
    "rm *.* and *_*",
    "**!** or **?**",
    "*** and **** and ~~~~ and ____",
    "~/path ~5 ~tilde~",
    ":) ;) :D :/ :nope: ::",
    "10:30:45 a:100:b std::a::b 1:100:2",
    "-1",
    "+1",
    "+ one",
    "-",
    "1.",
    "1) a",
    "1.5",
    "12345678901. far",
    "- - -",
    "* * *",
    "---",
    "#channel",
    "# Not a headline",
    ">_<",
    ">>> 1 + 1",
    ">quote",
    ">",
    "```",
    "```py",
    "`",
    "``",
    "[1]",
    "[label]()",
    "[label](somewhere)",
    "[label](/ann/x/)",
    "[](ftp://example.com)",
    "![alt]",
    "| a | b |",
    "a | b | c",
    "|---|",
    "[ ] not in a list, [x] neither",
    "a || b || c",
    "if (a||b||c)",
    "|| a || or ||",
    "||||",
    "||never closed",
    "@nobody @ @@ann ann@ @_ann",
    "me@ann x@ann é@ann @annie @anné @ann-marie",
    "/@ann",
    "user@host:22 git@example.com:a/b.git",
    "javascript:alert(1) data:text/html,x ftp://example.com file:///x",
    "http:// https:///x http://. www. www.x",
    "http://192.168.0.300/ http://example.com:99999/",
    r"C:\temp\new \d+\.\d \n \\",
    r"¯\_(ツ)_/¯",
    "tab\tand   spaces",
    "e\u0301 \u200d 👩\u200d👩\u200d👧 \u202e bidi",
]


@pytest.mark.parametrize("typed", STAYS_AS_TYPED)
def test_what_is_no_markup_stays_as_typed(typed: str) -> None:
    markup = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert nodes(typed) == [text(markup)]


CASES: list[tuple[str, list[Node]]] = [
    ("", []),
    (" \n ", []),
    ("a & b < c > d \" '", [text("a &amp; b &lt; c &gt; d \" '")]),
    ("&amp; &copy; <b>", [text("&amp;amp; &amp;copy; &lt;b&gt;")]),
    ("NUL \0, BOM \ufeff.", [text("NUL \ufffd, BOM .")]),
    # line breaks and paragraphs
    ("a\nb", [text("a"), LINE_BREAK, text("b")]),
    ("a\r\nb\rc", [text("a"), LINE_BREAK, text("b"), LINE_BREAK, text("c")]),
    ("a\n  b", [text("a"), LINE_BREAK, text("  b")]),
    ("a\\\nb", [text("a\\"), LINE_BREAK, text("b")]),
    ("    not\n    code", [text("not"), LINE_BREAK, text("    code")]),
    ("Head\n===", [text("Head"), LINE_BREAK, text("===")]),
    ("a\n\nb", [paragraph(text("a")), paragraph(text("b"))]),
    # tables
    (
        "| a | b |\n|---|--:|\n| 1 | **2** |",
        [
            table(
                [cell(text("a"), header=True), cell(text("b"), header=True, align="right")],
                [cell(text("1")), cell(parent("strong", "strong", text("2")), align="right")],
            )
        ],
    ),
    (
        "Sizes:\na | b\n:-:|:--\n1\\|2 |\nthat is all",
        [
            paragraph(text("Sizes:")),
            table(
                [cell(text("a"), header=True, align="center"), cell(text("b"), header=True, align="left")],
                [cell(text("1|2"), align="center"), cell(align="left")],
            ),
            paragraph(text("that is all")),
        ],
    ),
    ("|a|\n|-|", [table([cell(text("a"), header=True)])]),
    ("> |a|\n> |-|", [quote(table([cell(text("a"), header=True)]))]),
    # tasks
    (
        "- [ ] a\n- [x] b\n- [X]  c\n- d",
        [bullets(task(False, text("a")), task(True, text("b")), task(True, text("c")), item(text("d")))],
    ),
    ("1. [x] @ann", [numbers(task(True, username("ann", '<a href="/users/ann/">@ann</a>')))]),
    ("- [ ]\n- [x]b", [bullets(item(text("[ ]")), item(text("[x]b")))]),
    # spoilers
    ("a ||b|| c", [text("a "), spoiler(text("b")), text(" c")]),
    (
        "||a **b**\n`||` c||!",
        [spoiler(text("a "), parent("strong", "strong", text("b")), LINE_BREAK, code("||"), text(" c")), text("!")],
    ),
    ("||a||b||", [spoiler(text("a||b"))]),
    ("**a ||b** c||", [text("**a "), spoiler(text("b** c"))]),
    ("**||a||**", [parent("strong", "strong", spoiler(text("a")))]),
    ("||http://x.y/|a||", [spoiler(url("http://x.y/|a"))]),
    ("http://x.y/||a||", [url("http://x.y/"), spoiler(text("a"))]),
    (r"\||a||", [text("||a||")]),
    ("[||a||](http://x.y)", [url("http://x.y", "||a||") | {"children": [text("||a||")]}]),
    ("看||秘密||看", [text("看"), spoiler(text("秘密")), text("看")]),
    ("||a\n\nb||", [paragraph(text("||a")), paragraph(text("b||"))]),
    # mentions
    ("@ann", [username("ann")]),
    ("hi  @ann!", [text("hi"), username("ann", '  <a href="/users/ann/">@ann</a>'), text("!")]),
    ("@Ann's", [username("ann", '<a href="/users/ann/">@Ann</a>'), text("'s")]),
    ("@ann. @bob-", [username("ann"), text("."), username("bob", ' <a href="/users/bob/">@bob</a>'), text("-")]),
    ("(@a.b-c_d)", [text("("), username("a.b-c_d"), text(")")]),
    ("请@ann看", [text("请"), username("ann"), text("看")]),
    ("hi\n@ann", [text("hi"), LINE_BREAK, username("ann")]),
    ("**@bob**", [parent("strong", "strong", username("bob"))]),
    ("_@ann_", [parent("emphasis", "em", username("ann"))]),
    ("`@ann`", [code("@ann")]),
    (r"\@ann", [text("@ann")]),
    # links
    ("https://example.com/path.", [url("https://example.com/path"), text(".")]),
    ("(see https://example.com)", [text("(see "), url("https://example.com"), text(")")]),
    ("http://x.y/a_(b)", [url("http://x.y/a_(b)")]),
    ("http://x.y/?a=1&b[]=2", [url("http://x.y/?a=1&b[]=2")]),
    ('"http://x.y/*a_b*"', [text('"'), url("http://x.y/*a_b"), text('*"')]),
    ("HTTP://X.Y/", [url("HTTP://X.Y/")]),
    ("http://localhost:8000/", [url("http://localhost:8000/")]),
    ("见https://例え.jp/路径。", [text("见"), url("https://例え.jp/路径"), text("。")]),
    ("http://x.y/\u202ecod.exe", [url("http://x.y/"), text("\u202ecod.exe")]),
    ("www.x.y, ok", [url("http://www.x.y", "www.x.y"), text(", ok")]),
    ("**http://x.y**", [parent("strong", "strong", url("http://x.y"))]),
    ("mail me@x.org: now", [text("mail "), url("mailto:me@x.org", "me@x.org"), text(": now")]),
    ("mailto:me@x.org", [url("mailto:me@x.org")]),
    ("<me@x.org> <http://x.y>", [url("mailto:me@x.org", "me@x.org"), text(" "), url("http://x.y")]),
    ("[a](http://x.y)", [url("http://x.y", "a") | {"children": [text("a")]}]),
    ("[a](<http://x.y>)", [url("http://x.y", "a") | {"children": [text("a")]}]),
    (
        "[**a** @ann http://q.r](http://x.y)",
        [
            url("http://x.y", "<strong>a</strong> @ann http://q.r")
            | {"children": [parent("strong", "strong", text("a")), text(" @ann http://q.r")]}
        ],
    ),
    (
        "[http://q.r/_a_ <http://q.r>](http://x.y)",
        [
            url("http://x.y", "http://q.r/_a_ &lt;http://q.r&gt;")
            | {"children": [text("http://q.r/_a_ &lt;http://q.r&gt;")]}
        ],
    ),
    ("http://a:99999/*b*@ann", [text("http://a:99999/*b*@ann")]),
    ("[`]` [x]](http://x.y)", [url("http://x.y", "<code>]</code> [x]") | {"children": [code("]"), text(" [x]")]}]),
    ('[a](http://x.y "title")', [text("[a]("), url("http://x.y"), text(' "title")')]),
    ("(http://x.y) [", [text("("), url("http://x.y"), text(") [")]),
    ("[a](javascript:alert(1))", [text("[a](javascript:alert(1))")]),
    (r"\[a](http://x.y)", [text("[a]("), url("http://x.y"), text(")")]),
    # pictures
    ("![alt](http://x.y/z)", [image("http://x.y/z", "alt")]),
    ("![\"<'](http://x.y/z)", [image("http://x.y/z", "&quot;&lt;'")]),
    ("http://x.y/z.PNG?w=1", [image("http://x.y/z.PNG?w=1", "http://x.y/z.PNG?w=1")]),
    ("http://x.png", [url("http://x.png")]),
    ("[a](http://x.y/z.png)", [url("http://x.y/z.png", "a") | {"children": [text("a")]}]),
    # topics of this server
    (ORIGIN + "/home-lab/backups/", [topic("/home-lab/backups/")]),
    (ORIGIN + "/home-lab/backups/123/", [topic("/home-lab/backups/123/")]),
    (ORIGIN + "/größe/日本/", [topic("/größe/日本/")]),
    (f"[this]({ORIGIN}/g/t/5/)", [topic("/g/t/5/", "this") | {"children": [text("this")]}]),
    (ORIGIN + "/users/ann/", [url(ORIGIN + "/users/ann/")]),
    (ORIGIN + "/g/members/", [url(ORIGIN + "/g/members/")]),
    (ORIGIN + "/g/", [url(ORIGIN + "/g/")]),
    (ORIGIN + "//evil.example/x/", [url(ORIGIN + "//evil.example/x/")]),
    (ORIGIN + ".evil.example/g/t/", [url(ORIGIN + ".evil.example/g/t/")]),
    (ORIGIN + "@evil.example/g/t/", [url(ORIGIN + "@evil.example/g/t/")]),
    # marks
    (
        "*a* _b_ **c** ~~d~~",
        [
            parent("emphasis", "em", text("a")),
            text(" "),
            parent("emphasis", "em", text("b")),
            text(" "),
            parent("strong", "strong", text("c")),
            text(" "),
            parent("strike", "s", text("d")),
        ],
    ),
    ("**bold**text", [parent("strong", "strong", text("bold")), text("text")]),
    ("这是**粗体**文字", [text("这是"), parent("strong", "strong", text("粗体")), text("文字")]),
    ("***a***", [parent("emphasis", "em", parent("strong", "strong", text("a")))]),
    (r"\*a\* \_b\_ \`c\`", [text("*a* _b_ `c`")]),
    # code
    ("`a < b`", [code("a < b", "a &lt; b")]),
    ("``a`b``", [code("a`b")]),
    ("`**a** :+1: http://x.y`", [code("**a** :+1: http://x.y")]),
    ("```\na < b\n\n  c\n```", [code_block("a < b\n\n  c", None, "a &lt; b\n\n  c")]),
    ("```nolang\na\n```", [code_block("a", "nolang")]),
    ("```\nno end", [code_block("no end")]),
    ("```a()\nb()```", [code_block("a()\nb()")]),
    ("````\n```\n````", [code_block("```")]),
    ("a\n```\nb\n```\nc", [paragraph(text("a")), code_block("b"), paragraph(text("c"))]),
    ("```\r\na\r\n```", [code_block("a")]),
    (
        "```py\nreturn 'a' # <b>\n```",
        [
            code_block(
                "return 'a' # <b>",
                "py",
                '<span class="tok-k">return</span> <span class="tok-s">\'a\'</span> '
                '<span class="tok-c"># &lt;b&gt;</span>',
            )
        ],
    ),
    # lists
    ("- item", [bullets(item(text("item")))]),
    ("* a\n* **b**", [bullets(item(text("a")), item(parent("strong", "strong", text("b"))))]),
    ("1. one", [numbers(item(text("one")))]),
    ("3. c\n4. d", [numbers(item(text("c")), item(text("d")), start=3)]),
    ("- a\n  - b\n- c", [bullets(item(text("a"), bullets(item(text("b")))), item(text("c")))]),
    ("- a\n\n  b", [bullets(item(paragraph(text("a")), paragraph(text("b"))))]),
    ("- a\n  b\nc", [bullets(item(text("a"), LINE_BREAK, text("b"))), paragraph(text("c"))]),
    ("a\n- b", [paragraph(text("a")), bullets(item(text("b")))]),
    ("1. a\n2.\n3. b", [numbers(item(text("a")), item(), item(text("b")))]),
    (r"\- a", [text("- a")]),
    # quotes
    ("> quote\nreply", [quote(text("quote")), paragraph(text("reply"))]),
    ("> a\n> b", [quote(text("a"), LINE_BREAK, text("b"))]),
    ("> a\n>\n> b", [quote(paragraph(text("a")), paragraph(text("b")))]),
    ("> > a", [quote(quote(text("a")))]),
    ("> - a\n> - b", [quote(bullets(item(text("a")), item(text("b"))))]),
    ("> a\n>_<", [quote(text("a")), paragraph(text("&gt;_&lt;"))]),
    (r"\> a", [text("&gt; a")]),
    # emoji
    (":thumbsup:", [THUMB]),
    ("a :thumbsup::thumbsup:.", [text("a "), THUMB, THUMB, text(".")]),
    ("👍", [text("👍")]),
    (r"\:thumbsup:", [text(":thumbsup:")]),
]


@pytest.mark.parametrize(("typed", "expected"), CASES)
def test_nodes(typed: str, expected: list[Node]) -> None:
    assert nodes(typed) == expected
    assert read(typed).html == "".join(node["markup"] for node in expected)


def test_the_markup_comes_last_and_children_before_it() -> None:
    link, item_list = nodes("[a](http://x.y)")[0], nodes("2. a")[0]
    assert list(link) == ["type", "url", "children", "markup"]
    assert list(item_list) == ["type", "ordered", "start", "children", "markup"]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("**a** `b`\n\n> c\n- d\n- e", "a b c d e"),
        ("- a\n  - b", "a b"),
        ("```py\nx = 1\n```\nend", "x = 1 end"),
        ("[label](http://x.y) ![alt](http://x.y/z) :+1: @ann  http://q.r", "label alt 👍 @ann http://q.r"),
        ("2*3*4", "2*3*4"),
    ],
)
def test_plain_text(typed: str, plain: str) -> None:
    assert read(typed).plain == plain


def test_mentions_and_links_each_once_in_the_order_of_the_text() -> None:
    draft = read("@bob @ann http://x.y/b **@Bob** [a](http://x.y/a) ![c](http://x.y/c) me@x.org http://x.y/b")
    assert draft.mentions == (3, 2)
    assert draft.links == ("http://x.y/b", "http://x.y/a", "http://x.y/c", "mailto:me@x.org")


def test_no_mention_in_code_or_in_a_label_and_none_of_a_name_that_is_no_user() -> None:
    assert read("@ann").mentions == (2,)
    for silent in ("`@ann`", "```\n@ann\n```", "[@ann](http://x.y)", "@anna", r"\@ann", "ann"):
        assert read(silent).mentions == ()


def test_names_to_look_up_hold_every_name_that_parse_may_ask_for() -> None:
    asked: set[str] = set()

    class Directory(dict[str, int]):
        def get(self, name: object, default: Any = None) -> Any:
            asked.add(str(name))
            return default

    typed = "@Ann, @bob.! **@a.b-c_d** @x@y `@code` me@example.com\n> @quoted\n- @listed @" + "z" * 40
    parse(typed, Directory())
    assert {"ann", "bob", "a.b-c_d", "quoted", "listed"} <= asked <= mentioned_names(typed)


def test_without_an_origin_no_link_is_a_topic() -> None:
    assert parse(ORIGIN + "/g/t/", {}).html.startswith(f'<a href="{ORIGIN}/g/t/" target="_blank">')
    assert parse(ORIGIN + "/g/t/", {}, origin=ORIGIN + "/").html.startswith('<a href="/g/t/">')


def test_an_origin_below_a_path_keeps_that_path() -> None:
    assert parse("https://x.y/chat/g/t/", {}, origin="https://x.y/chat").html.startswith('<a href="/chat/g/t/">')


def test_a_topic_that_has_a_name_is_called_by_it() -> None:
    typed = f"{ORIGIN}/lab/back-ups/ and {ORIGIN}/Lab/b%C3%A4r/12/#m-12, {ORIGIN}/lab/other/."
    spots = [Spot("lab", "back-ups", None), Spot("lab", "bär", 12), Spot("lab", "other", None)]
    assert linked_spots(typed, ORIGIN) == spots
    draft = parse(typed, {}, origin=ORIGIN, topics={spots[0]: Named(7, "<Back ups>"), spots[1]: Named(8, "Bär")})
    assert json.loads(draft.nodes)[::2] == [
        topic("/lab/back-ups/", "&lt;Back ups&gt;") | {"topic_id": 7, "name": "<Back ups>"},
        topic("/Lab/b%C3%A4r/12/#m-12", "Bär") | {"topic_id": 8, "name": "Bär"},
        topic("/lab/other/"),
    ]
    assert draft.plain == f"<Back ups> and Bär, {ORIGIN}/lab/other/."
    assert draft.links[0] == f"{ORIGIN}/lab/back-ups/"


def test_words_of_ones_own_stay_where_a_topic_has_a_name() -> None:
    draft = parse(f"[here]({ORIGIN}/a/b/)", {}, origin=ORIGIN, topics={Spot("a", "b", None): Named(7, "B")})
    assert draft.html == '<a href="/a/b/">here</a>'


def test_so_many_topics_are_looked_up_and_no_more() -> None:
    typed = " ".join(f"{ORIGIN}/lab/topic-{number}/" for number in range(50))
    assert len(linked_spots(typed, ORIGIN)) == MOST_NAMED
    assert linked_spots(typed, None) == []
    assert linked_spots(f"{ORIGIN}/users/ann/ {ORIGIN}.evil/a/b/ {ORIGIN}/a/", ORIGIN) == []


def test_what_a_spoiler_hides_is_not_in_the_plain_text() -> None:
    draft = read("see ||**the** end @ann|| here")
    assert draft.plain == "see [spoiler] here"
    assert without_spoilers(draft.html) == "see [spoiler] here"
    assert draft.mentions == (2,)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("a ||b|| c ||d||", "a [spoiler] c [spoiler]"),
        ("`||a||` ||b `||` c||", "`||a||` [spoiler]"),
        ("||a ||b||", "[spoiler]"),
        (r"\||a||", r"\||a||"),
        ("[||a||](http://x.y)", "[||a||](http://x.y)"),
        ("||a\n\nb||", "||a\n\nb||"),
    ],
)
def test_what_was_typed_without_what_spoilers_hide(typed: str, told: str) -> None:
    assert covered(typed, read(typed).html) == told


def test_deep_blocks_stay_as_typed_below_some_depth() -> None:
    html = read("> " * 30 + "a").html
    assert html.count("<blockquote>") == 7
    assert html.count("&gt; ") == 23


@pytest.mark.parametrize("typed", ["*a " * 40 + "b*" * 40, "**a** " * 2700, "- a\n" * 1500, "a\n" * 4000])
def test_too_much_markup_is_shown_as_typed(typed: str) -> None:
    draft = read(typed)
    assert {node["type"] for node in json.loads(draft.nodes)} <= {"text", "line_break"}
    assert draft.html == typed.strip("\n").replace("\n", "<br>")


def test_a_long_program_in_a_code_block_is_not_too_much() -> None:
    program = "\n".join(f"    value_{number} = *a[{number}] * _b(:c)" for number in range(400))
    assert [node["text"] for node in nodes(f"```\n{program}\n```")] == [program]


@pytest.mark.parametrize(
    "content", ["x = 1\n" * 500, "x = " + "y" * 300, "x\n\n\n\n\n\ny", "x" + " " * 50 + "y", '"' + "\\" * 300 + '"']
)
def test_code_that_would_take_long_to_colour_is_not_coloured(content: str) -> None:
    assert "<span" in read("```py\nx = 1\n```").html
    assert "<span" not in read(f"```py\n{content}\n```").html


def test_a_message_has_colour_for_some_code_blocks_only() -> None:
    html = read("```py\nx = 1\n```\n" * 40).html
    assert html.count("<pre") == 40
    assert 5 < html.count("<span") < 40
