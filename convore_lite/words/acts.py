"""How a line of the audit log is read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def detail_text(detail: Mapping[str, Any]) -> str:
    """What else is known of an act: ``role admin, before member``."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in detail.items() if value not in (None, ""))
