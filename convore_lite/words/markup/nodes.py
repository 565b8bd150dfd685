"""The node list: what the tokens of a message become, and the markup of each node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from markdown_it.token import Token

from ..models import Everyone
from .addresses import Named, Spot, is_picture, spot, topic_path
from .code import Paint
from .escape import attribute, text_markup
from .limits import DEEPEST, TooMuch
from .spoilers import BEGINS, ENDS, HIDDEN

Node = dict[str, Any]
"""A JSON object: `type`, the fields of that type, `children` where it has parts, and last `markup`."""

_ELEMENTS = {
    "paragraph_open": ("paragraph", "p"),
    "blockquote_open": ("quote", "blockquote"),
    "tr_open": ("table_row", "tr"),
    "strong_open": ("strong", "strong"),
    "em_open": ("emphasis", "em"),
    "s_open": ("strike", "s"),
}


# Every row of a table is one of its children: which of them names the columns is said by its cells.
_NO_NODES = {"thead_open", "thead_close", "tbody_open", "tbody_close"}


class Tree:
    """The nodes of one message, with what was met on the way: its plain text, mentions and links."""

    def __init__(
        self, tokens: Iterable[Token], origin: str | None = None, topics: Mapping[Spot, Named] | None = None
    ) -> None:
        self.mentions: dict[int, None] = {}
        self.links: dict[str, None] = {}
        self.everyone: Everyone | None = None
        self._origin = origin
        self._topics = topics or {}
        self._paint = Paint()
        self._plain: list[str] = []
        self._plain_before: list[int] = []
        self._open: list[Token] = []
        self._levels: list[list[Node]] = [[]]
        self._read(tokens)
        self.nodes = _unwrapped(self._levels[0])
        self.html = _joined(self.nodes)
        self.plain = " ".join("".join(self._plain).split())

    def _read(self, tokens: Iterable[Token]) -> None:
        for token in tokens:
            if token.type == "inline":
                self._read(token.children or ())
                self._plain.append(" ")
            elif token.hidden or token.type in _NO_NODES:
                continue
            elif token.nesting > 0:
                self._enter(token)
            elif token.nesting < 0:
                self._leave()
            else:
                self._put_leaf(token)

    def _enter(self, token: Token) -> None:
        if len(self._open) == DEEPEST:
            raise TooMuch
        self._open.append(token)
        self._levels.append([])
        if token.type == "spoiler_open":
            self._plain_before.append(len(self._plain))
        elif "done" in token.meta:
            self._plain.append("[x] " if token.meta["done"] else "[ ] ")

    def _leave(self) -> None:
        token, children = self._open.pop(), self._levels.pop()
        if token.type == "link_open":
            self._put_link(str(token.attrs["href"]), _joined(children), children=children)
        elif token.type == "ordered_list_open":
            start = int(token.attrs.get("start", 1))
            markup = f'<ol start="{start}">' if start != 1 else "<ol>"
            self._put("list", f"{markup}{_joined(children)}</ol>", ordered=True, start=start, children=children)
        elif token.type == "bullet_list_open":
            self._put("list", f"<ul>{_joined(children)}</ul>", ordered=False, children=children)
        elif token.type == "list_item_open":
            self._put_item(_unwrapped(children), token.meta.get("done"))
        elif token.type == "table_open":
            self._put("table", f"<table><tbody>{_joined(children)}</tbody></table>", children=children)
        elif token.type in ("th_open", "td_open"):
            self._put_cell(children, token.tag, str(token.attrs.get("style", "")).removeprefix("text-align:"))
        elif token.type == "spoiler_open":
            self._put("spoiler", BEGINS + _joined(children) + ENDS, children=children)
            self._plain[self._plain_before.pop() :] = [HIDDEN]
        elif children:
            kind, element = _ELEMENTS[token.type]
            children = children if kind == "paragraph" else _unwrapped(children)
            self._put(kind, f"<{element}>{_joined(children)}</{element}>", children=children)

    def _put_item(self, children: list[Node], done: bool | None) -> None:
        task: dict[str, Any] = {} if done is None else {"done": done}
        ticked = ' checked=""' if done else ""
        box = f'<input type="checkbox" disabled=""{ticked} aria-label="Done"> ' if task else ""
        self._put("list_item", f"<li>{box}{_joined(children)}</li>", **task, children=children)

    def _put_cell(self, children: list[Node], element: str, align: str) -> None:
        scope = ' scope="col"' if element == "th" else ""
        beside = f' align="{align}"' if align else ""
        markup = f"<{element}{scope}{beside}>{_joined(children)}</{element}>"
        self._put("table_cell", markup, header=element == "th", align=align or None, children=children)

    def _put_leaf(self, token: Token) -> None:
        match token.type:
            case "text":
                self._put_text(token.content)
            case "line_break":
                self._put("line_break", "<br>", plain=" ")
            case "mention":
                self._put_mention(token.content, **token.meta)
            case "everyone":
                self._put_everyone(token.content, **token.meta)
            case "emoji":
                self._put("emoji", token.content, plain=token.content, emoji=token.content, name=token.info)
            case "code_inline":
                markup = f"<code>{text_markup(token.content)}</code>"
                self._put("code", markup, plain=token.content, text=token.content)
            case "fence":
                self._put_code_block(token.content, token.info or None)
            case "picture":
                self._put_picture(str(token.attrs["href"]), token.content)
            case "address":
                self._put_address(str(token.attrs["href"]), token.content)

    def _put(self, kind: str, markup: str, *, plain: str = "", **fields: Any) -> None:
        self._levels[-1].append({"type": kind, **fields, "markup": markup})
        self._plain.append(plain)

    def _put_text(self, text: str) -> None:
        nodes, markup = self._levels[-1], text_markup(text)
        self._plain.append(text)
        if nodes and nodes[-1]["type"] == "text":
            nodes[-1]["markup"] += markup
        elif text:
            nodes.append({"type": "text", "markup": markup})

    def _put_mention(self, written: str, *, user_id: int, username: str) -> None:
        self.mentions[user_id] = None
        markup = f'{self._take_space()}<a href="/users/{username}/">{written}</a>'
        self._put("username", markup, plain=written, user_id=user_id, username=username)

    def _put_everyone(self, written: str, *, name: Everyone) -> None:
        self.everyone = name if self.everyone is None or name == "group" else self.everyone
        self._put("everyone", f"{self._take_space()}<b>{written}</b>", plain=written, name=name)

    def _take_space(self) -> str:
        """The white space before a mention belongs to the mention: take it from the text there."""
        nodes = self._levels[-1]
        if not nodes or nodes[-1]["type"] != "text":
            return ""
        markup: str = nodes[-1]["markup"]
        nodes[-1]["markup"] = markup.rstrip()
        if not nodes[-1]["markup"]:
            nodes.pop()
        return markup[len(markup.rstrip()) :]

    def _put_code_block(self, text: str, language: str | None) -> None:
        data = f' data-lang="{attribute(language)}"' if language else ""
        markup = f"<pre{data}><code>{self._paint.markup(text, language)}</code></pre>"
        self._put("code_block", markup, plain=f" {text} ", text=text, language=language)

    def _put_address(self, url: str, written: str) -> None:
        if is_picture(url) and topic_path(url, self._origin) is None:
            self._put_picture(url, written)
        elif named := self._named(url):
            self._put_topic(url, named)
        else:
            self._plain.append(written)
            self._put_link(url, text_markup(written))

    def _named(self, url: str) -> Named | None:
        place = spot(url, self._origin)
        return self._topics.get(place) if place else None

    def _put_topic(self, url: str, named: Named) -> None:
        """A topic, or a message in it, by its name."""
        self._plain.append(named.name)
        self._put_link(url, text_markup(named.name), topic_id=named.topic_id, name=named.name)

    def _put_picture(self, url: str, alt: str) -> None:
        self.links[url] = None
        href = attribute(url)
        image = f'<img src="{href}" alt="{attribute(alt)}" loading="lazy">'
        self._put("image", f'<a href="{href}" target="_blank">{image}</a>', plain=alt, url=url)

    def _put_link(self, url: str, inside: str, **fields: Any) -> None:
        self.links[url] = None
        path = topic_path(url, self._origin)
        if path is None:
            self._put("url", f'<a href="{attribute(url)}" target="_blank">{inside}</a>', url=url, **fields)
        else:
            self._put("topic", f'<a href="{attribute(path)}">{inside}</a>', url=url, **fields)


def as_typed(source: str) -> Tree:
    """The text without any markup but its line breaks."""
    return Tree(_lines(source.strip("\n")))


def _lines(source: str) -> Iterator[Token]:
    line_break = Token("line_break", "", 0)
    for number, line in enumerate(source.split("\n")):
        if number:
            yield line_break
        if line:
            yield Token("text", "", 0, content=line)


def _unwrapped(nodes: list[Node]) -> list[Node]:
    """What is one paragraph only needs no element around it."""
    if len(nodes) == 1 and nodes[0]["type"] == "paragraph":
        children: list[Node] = nodes[0]["children"]
        return children
    return nodes


def _joined(nodes: Iterable[Node]) -> str:
    return "".join([node["markup"] for node in nodes])
