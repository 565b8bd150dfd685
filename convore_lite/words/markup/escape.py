"""Text as HTML."""

from __future__ import annotations


def text_markup(text: str) -> str:
    """For use between elements: only &, < and > are written in another way."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(value: str) -> str:
    """For use between double quotes."""
    return text_markup(value).replace('"', "&quot;")
