"""The grammar: which rules of markdown-it read a message, and which are our own.

CommonMark with GitHub's tables and tasks, and without what surprises in a chat: no headings, rules, HTML, entities,
reference definitions or indented code.
"""

from __future__ import annotations

from collections.abc import Mapping

from markdown_it import MarkdownIt
from markdown_it.token import Token

from . import blocks, limits, links, marks, names, shortcodes, spoilers, tables, tasks


def normal(text: str) -> str:
    """The text with one kind of line break, and without the two characters that no HTML can carry: NUL and a BOM."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").replace("\ufeff", "")


def tokens(source: str, usernames: Mapping[str, int], *, everyone: bool) -> list[Token]:
    """Read a normal text. Raises TooMuch."""
    limits.check_lines(source)
    return _READER.parse(source, {"usernames": usernames, "everyone": everyone})


def _reader() -> MarkdownIt:
    reader = MarkdownIt("zero")
    reader.core.ruler.enableOnly(["block", "inline"])
    reader.core.ruler.after("block", "tasks", tasks.tasks)
    reader.core.ruler.after("tasks", "marks", limits.check_marks)

    block = reader.block.ruler
    block.at("table", tables.table, {"alt": ["paragraph"]})
    block.at("fence", blocks.fence, {"alt": ["paragraph", "list"]})
    block.at("blockquote", blocks.quote, {"alt": ["paragraph", "list"]})
    block.at("list", blocks.items, {"alt": ["paragraph"]})
    block.push("outdented", blocks.outdented, {"alt": ["paragraph"]})
    block.enable(["table", "fence", "blockquote", "list"])

    inline = reader.inline.ruler
    inline.at("text", marks.text)
    inline.at("newline", marks.newline)
    inline.at("escape", marks.escape)
    inline.at("emphasis", marks.emphasised)
    inline.enable(["newline", "escape", "backticks", "emphasis"])
    inline.push("address", links.address)
    inline.push("labelled", links.labelled)
    inline.push("mention", names.mention)
    inline.push("spoiler", spoilers.spoiler)
    inline.push("shortcode", shortcodes.shortcode)

    reader.inline.ruler2.enable(["strikethrough", "emphasis"])
    reader.inline.ruler2.push("unmark", marks.unmark)
    return reader


_READER = _reader()
