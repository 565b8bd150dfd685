"""How long the worst messages take to read: python benchmarks/markup.py [rows]. Takes a few minutes.

Every text has at most 16 KiB, as every message. Aim: less than 60 ms on a slow machine, never 200. The limits in
convore_lite/words/markup/limits.py, and which languages have colours, were chosen with this table. Run it again when
markdown-it-py, Pygments or nh3 have a new version.
"""

from __future__ import annotations

import random
import string
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from convore_lite.words.markup import parse
from convore_lite.words.markup.code import LANGUAGES
from convore_lite.words.markup.limits import EACH_CODE_BLOCK, MOST_CODE

LONGEST = 16 * 1024
USERS = {"a": 1, "ann": 2, "bob": 3}
ORIGIN = "https://chat.example"


def fill(part: str) -> str:
    """As many whole *part*s as a message holds."""
    return part * (LONGEST // len(part.encode()))


def cut(text: str) -> str:
    return text.encode()[:LONGEST].decode("utf-8", "ignore")


# The pathological inputs of cmark and markdown-it, and what our own rules could stumble over.
REPEATED = [
    *("hello world ", "a", "é", "👍", "&", " ", "\t", "\xa0", "\n", "a\n", "a\n\n", "\\", "\\*", r"\_(ツ)_/¯"),
    *(
        "*a_ ",
        "*a **a",
        "a**b" + "c* ",
        "*_",
        "_a_ ",
        "**a** ",
        "x** ",
        "**x ",
        "~~a~~ ",
        "*a*b",
        "*.* ",
        "***a* ",
        "* a*\n",
    ),
    *(
        "[a]",
        "[a](http://a) ",
        "[a](http://a",
        "[a](<http://a",
        "[a](b",
        "[](",
        "![[]()",
        "![a](http://a.b/c.png)",
        "[`",
    ),
    *("`a`", "` `` ", "`a``", "[a`](http://x)`"),
    *("> a\n", "> > > > > > > > > > > > a\n", "> - > - a\n", ">>a\n", "- a\n", "1. a\n", "- a\n\n", "- - - a\n", "-\n"),
    *("```\n", "```\na\n```\n", "```py\na=1\n```\n", "a\n```\n", "````\n```\n"),
    *("@a ", "@a", "@a.", "@" + "a" * 40 + " ", "@" + "a." * 20, ":a:", ":a: ", ":a", ":+1::+1: "),
    *(
        "http://a",
        "http://a ",
        "http://a(",
        "http://a)",
        "http://a* ",
        "http:// ",
        "http",
        "http://é ",
        "http://a/.png ",
    ),
    *(
        "www.a.b ",
        "www.",
        "a@b.cd ",
        "a@",
        "a.",
        "a_",
        "a@b.b.b.b.b.b.b.b.b.b ",
        "mailto:",
        "<a@b.cd>",
        "<http://a",
        "<a",
    ),
    *(
        "||a|| ",
        "||",
        "||a ",
        "a|| ",
        "||`",
        "||a||b",
        "||[a||](http://a)||",
        "|",
        "| ",
        "|a|\n",
        "|-|\n",
        "|a|\n|-|\n",
        "|a|\n|-|\n|b|\n",
    ),
    *("- [ ] a\n", "- [x] **a**\n", "- [ ]\n", "[ ] ", "[x] a\n"),
    *("https://chat.example/g/t/ ", "https://chat.example/", "://", "a:b ", "1.1."),
]
OTHER = {
    "brackets in brackets": "[" * 8000 + "]" * 8000,
    "links in links": "[" * 5000 + "a" + "](http://a.b)" * 900,
    "italic in italic": "*a " * 2700 + "b*" * 2700,
    "bold in bold": "**a " * 2000 + "b**" * 2000,
    "marks around signs": "*(_(" * 600 + ")_)*" * 600,
    "growing backticks": " ".join("`" * length for length in range(1, 180)),
    "shrinking backticks": " ".join("`" * length for length in range(179, 0, -1)),
    "growing code spans": "".join("`" * length + "a" for length in range(1, 178)),
    "shrinking fences": "\n".join("`" * length for length in range(180, 2, -1)),
    "one deep quote": "> " * 8000 + "a",
    "quotes deeper and deeper": "\n".join("> " * depth + "a" for depth in range(1, 120)),
    "one deep list": "- " * 8000 + "a",
    "lists deeper and deeper": "\n".join("  " * depth + "- a" for depth in range(120)),
    "many nested lists": fill("\n".join("  " * depth + "- a" for depth in range(6)) + "\n"),
    "spaces in a list": "- " + " " * 16000,
    "spaces in a quote": "> " + " " * 16000,
    "dots behind a link": "http://a" + "." * 16000,
    "brackets behind a link": "http://a" + "(" * 16000,
    "a long host": "http://" + "a." * 8000,
    "a long e-mail address": "a@" + "b." * 8000,
    "unknown shortcodes": cut(" ".join(f":x{number}:" for number in range(3000))),
    "a table of short lines": "|a" * 20 + "\n" + "|-" * 20 + "\n" + "|\n" * 8000,
    "a table of many columns": "|a" * 4000 + "\n" + "|-" * 4000 + "\n",
    "a table at its limit": "|a" * 10 + "|\n" + "|-" * 10 + "|\n" + ("|b" * 10 + "|\n") * 197,
    "tables in quotes": fill("> > |a|b|\n> > |-|-|\n> > |c|d|\n\n"),
    "pipes behind a backslash": "|a|\n|-|\n" + "\\|" * 8000,
    "spoilers in table cells": "|a|\n|-|\n" + "|\\|\\|a\\|\\||\n" * 700,
    "many spoilers": "||a|| " * 1200,
    "spoilers opened, never closed": "||a " * 4000,
    "spoilers closed once": "||a " * 2000 + "b||",
    "nested tasks": fill("\n".join("  " * depth + "- [x] a" for depth in range(5)) + "\n"),
    "many code blocks": fill("```py\nx = 1\n```\n"),
}


def mixtures() -> Iterator[tuple[str, str]]:
    """Texts of a few kinds of marks in random order; the same in every run."""
    luck = random.Random(20110211)
    marks = [
        *"*_`[]()<>&\\#é\n",
        "**",
        "~~",
        "](http://a.b)",
        "![",
        "> ",
        "- ",
        "- [ ] ",
        "||",
        "|a|b|\n|-|-|\n",
        "|",
        "1. ",
        "\n\n",
        "@a ",
        ":a:",
        ":+1:",
        "a",
        " ",
    ]
    marks += ["http://a.b/", "www.a.b", "a@b.cd", "```\n", "    ", "b c"]
    for number in range(40):
        some = luck.sample(marks, 4) if number % 4 else marks
        yield f"mixture {number}: {'all' if some is marks else some}", cut("".join(luck.choices(some, k=LONGEST)))


def texts() -> Iterator[tuple[str, str]]:
    """Every text, with a name for it."""
    yield from ((f"{part!r} again and again", fill(part)) for part in REPEATED)
    yield from ((f"only {sign}", sign * LONGEST) for sign in string.punctuation)
    yield from ((name, cut(text)) for name, text in OTHER.items())
    yield from mixtures()


# What begins something in one language or another, and the pieces that were worst when each lexer was searched.
PIECES = [
    *string.punctuation,
    *(
        "a",
        "x ",
        "0",
        "é",
        " ",
        "\t",
        "\n",
        "a\n",
        "a b ",
        "a(",
        "a.",
        "a<",
        "a: ",
        "a=",
        "._",
        "_a_",
        "\\\n",
        '\\"',
        "\\'",
    ),
    *(
        '"""',
        "'''",
        "/*",
        "*/",
        "//",
        "<!--",
        "<a ",
        "</",
        "<?",
        "<?a ",
        "<%",
        "${",
        "#{",
        "{{",
        "$(",
        "`${",
        "%{",
        "<<E\n",
    ),
    *(
        'b"',
        'f"{',
        'R"(',
        "q{",
        "%w(",
        "[[",
        "--[[",
        "#if a\n",
        "#define a \\\n",
        "def a",
        "class a",
        "fn a",
        "function a(",
    ),
    *(
        "if ",
        "for ",
        "=> ",
        "- a: ",
        "a: |\n",
        "&a ",
        ">>> ",
        "$ ",
        "+a\n",
        "-a\n",
        "@@ ",
        "SELECT ",
        "import ",
        "FROM ",
    ),
    *(
        "<script>",
        "<style>",
        "{a",
        "[{",
        "'a",
        "1.",
        "1e",
        "0x",
        "r#",
        "=/",
        "(/",
        "::",
        "->",
        "template<",
        "then ",
        "do\n",
    ),
]


def programs(languages: Iterable[str] = LANGUAGES) -> Iterator[tuple[str, str]]:
    """For each language, the worst code that still gets colours: as much as is allowed of each piece and of pairs."""
    luck = random.Random(20110211)
    room = MOST_CODE - EACH_CODE_BLOCK
    pairs = ["".join(luck.choices(PIECES, k=luck.choice((2, 2, 3)))) for _ in range(120)]
    starts = [luck.choice(PIECES) + "\v" + luck.choice(PIECES) for _ in range(80)]
    for language in languages:
        for piece in (*PIECES, *pairs, *starts):
            once, _, again = piece.rpartition("\v")
            yield f"{language}: {once!r} {again!r}", f"````{language}\n{wrapped(once + again * room)[:room]}\n````"


def wrapped(code: str) -> str:
    """In lines and with gaps that are not too long to be coloured."""
    lines = [line[start : start + 190] for line in code.split("\n") for start in range(0, len(line) or 1, 190)]
    text = "\n".join(lines).replace(" " * 41, " " * 40 + "x").replace("\n\n\n\n\n", "\n\n\n\nx\n")
    surplus = text.count("\\") - 190
    return text.replace("\\", "/", surplus) if surplus > 0 else text


def milliseconds(text: str) -> float:
    """The best of two, or of five where that was long: other work on the machine is not our time."""
    times = [_once(text) for _ in range(2)]
    if min(times) > 20:
        times += [_once(text) for _ in range(3)]
    return min(times)


def _once(text: str) -> float:
    start = time.perf_counter()
    parse(text, USERS, origin=ORIGIN)
    return (time.perf_counter() - start) * 1000


def show(title: str, cases: Callable[[], Iterator[tuple[str, str]]], rows: int) -> None:
    measured = []
    for name, text in cases():
        draft = parse(text, USERS, origin=ORIGIN)
        measured.append((milliseconds(text), name, len(text.encode()), len(draft.html), len(draft.nodes)))
    table = Table("ms", "text", "bytes", "html", "nodes", title=f"{title}: the worst of {len(measured)}")
    for spent, name, *sizes in sorted(measured, reverse=True)[:rows]:
        table.add_row(f"{spent:.1f}", escape(name[:70]), *map(str, sizes))
    Console().print(table)


if __name__ == "__main__":
    most_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    show("Markup, 16 KiB", texts, most_rows)
    show("Code in colour", programs, most_rows)
