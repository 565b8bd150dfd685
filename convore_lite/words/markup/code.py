"""Code in colour: Pygments finds the words, and what kind each is becomes a CSS class."""

from __future__ import annotations

import re
from functools import lru_cache

from .escape import text_markup
from .limits import EACH_CODE_BLOCK, MOST_CODE

# Language of Pygments: other names of it. Each was measured on the inputs of benchmarks/markup.py. Not here, because
# they take seconds for 2 KB of nothing but words or brackets: Java, C#, Scala, Groovy.
LANGUAGES = {
    "bash": "sh shell zsh",
    "c": "h",
    "cpp": "c++ cc hpp",
    "css": "",
    "dart": "",
    "diff": "patch",
    "docker": "dockerfile",
    "elixir": "ex exs",
    "go": "golang",
    "haskell": "hs",
    "html": "htm",
    "ini": "cfg",
    "javascript": "js mjs",
    "json": "",
    "kotlin": "kt",
    "lua": "",
    "make": "makefile",
    "nginx": "",
    "php": "",
    "powershell": "ps1 pwsh",
    "pycon": "",
    "python": "py python3",
    "ruby": "rb",
    "rust": "rs",
    "scss": "",
    "sql": "",
    "swift": "",
    "toml": "",
    "typescript": "ts",
    "xml": "svg",
    "yaml": "yml",
}
_LEXERS = {alias: name for name, aliases in LANGUAGES.items() for alias in (name, *aliases.split())}

# Token type of Pygments: its usual short name. Every other type has the class of its parent, or none.
_KINDS = {
    "Comment": "c",
    "Comment.Preproc": "cp",
    "Generic.Deleted": "gd",
    "Generic.Heading": "gh",
    "Generic.Inserted": "gi",
    "Generic.Output": "go",
    "Generic.Prompt": "gp",
    "Generic.Subheading": "gh",
    "Keyword": "k",
    "Keyword.Type": "kt",
    "Literal.Number": "m",
    "Literal.String": "s",
    "Name.Attribute": "na",
    "Name.Builtin": "nb",
    "Name.Class": "nc",
    "Name.Constant": "no",
    "Name.Decorator": "nd",
    "Name.Exception": "nc",
    "Name.Function": "nf",
    "Name.Tag": "nt",
    "Name.Variable": "nv",
    "Operator.Word": "k",
}
CLASSES = frozenset(f"tok-{kind}" for kind in _KINDS.values())

# What makes lexers look ahead again and again, and is in no code that a person wrote by hand.
_GAP = re.compile(r"[ \t]{41}|(?:[ \t]*+\n){5}")
_LONGEST_LINE = 200
_MOST_BACKSLASHES = 200


class Paint:
    """The colours for the code of one message. What it cannot afford, or does not know, it leaves as it is."""

    def __init__(self) -> None:
        self._left = MOST_CODE

    def markup(self, code: str, language: str | None) -> str:
        name, cost = _LEXERS.get((language or "").lower()), len(code) + EACH_CODE_BLOCK
        if name is None or cost > self._left or _is_unusual(code):
            return text_markup(code)
        self._left -= cost
        return _coloured(code, name)


def _is_unusual(code: str) -> bool:
    longest = max(map(len, code.split("\n")))
    return longest > _LONGEST_LINE or code.count("\\") > _MOST_BACKSLASHES or _GAP.search(code) is not None


def _coloured(code: str, name: str) -> str:
    # Pygments takes a moment to load; most messages have no code in them.
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]

    lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False)
    runs: list[tuple[str, list[str]]] = []
    for kind, text in lexer.get_tokens(code):
        css_class = _class(kind)
        if runs and runs[-1][0] == css_class:
            runs[-1][1].append(text)
        else:
            runs.append((css_class, [text]))
    return "".join([_span(css_class, "".join(texts)) for css_class, texts in runs])


def _span(css_class: str, text: str) -> str:
    markup = text_markup(text)
    return f'<span class="{css_class}">{markup}</span>' if css_class else markup


@lru_cache(maxsize=256)
def _class(kind: tuple[str, ...]) -> str:
    """The class of a token type; "" for what has no colour."""
    names = str(kind).split(".")[1:]
    while names and ".".join(names) not in _KINDS:
        names.pop()
    return f"tok-{_KINDS['.'.join(names)]}" if names else ""
