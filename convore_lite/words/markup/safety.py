"""The only HTML that a message may become, and the judge of it: nh3, which parses it as a browser does."""

from __future__ import annotations

import nh3

from .code import CLASSES
from .escape import attribute

_TAGS = """a b blockquote br code em img input label li ol p pre s span strong table tbody td th tr ul"""
_JUDGE = nh3.Cleaner(
    tags=set(_TAGS.split()),
    attributes={"a": {"href"}, "img": {"src", "alt"}, "pre": {"data-lang"}, "ol": {"start"}},
    tag_attribute_values={
        "a": {"target": {"_blank"}},
        "img": {"loading": {"lazy"}},
        "input": {"type": {"checkbox"}, "disabled": {""}, "checked": {""}, "aria-label": {"Done", "Spoiler"}},
        "td": {"align": {"left", "center", "right"}},
        "th": {"align": {"left", "center", "right"}, "scope": {"col"}},
    },
    allowed_classes={"span": set(CLASSES), "label": {"spoiler"}},
    url_schemes={"http", "https", "mailto"},
    clean_content_tags=set(),
    link_rel=None,
)


def is_clean(html: str) -> bool:
    """Whether the sanitiser has nothing to change (it only writes U+00A0 in another way)."""
    return _JUDGE.clean(html).replace("&nbsp;", "\xa0") == html


def can_lead(url: str) -> bool:
    """Whether *url* is one that the sanitiser lets a link lead to: of an allowed scheme, and well-formed."""
    return is_clean(f'<a href="{attribute(url)}"></a>')
