"""Searching, as far as it is words: what was typed, what a text is found by, and how a hit is shown."""

from .parser import parse
from .query import Query, Sort

__all__ = ["Query", "Sort", "parse"]
