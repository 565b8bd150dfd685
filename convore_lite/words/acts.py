"""How a line of the audit log is read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Each act as a sentence begins, and the word before its group: "Removed" Ann "from" Cellar.
ACTS = {
    "accept request": ("Let in", "to"),
    "add user": ("Made the account of", ""),
    "change group": ("Changed the group", ""),
    "change role": ("Changed the role of", "in"),
    "create group": ("Made for", "the group"),
    "deactivate user": ("Deactivated", ""),
    "decline request": ("Declined the request of", "to join"),
    "delete group": ("Deleted the group", ""),
    "delete message": ("Deleted a message of", "in"),
    "delete topic": ("Deleted", "in"),
    "erase user": ("Erased", ""),
    "export": ("Exported", ""),
    "import": ("Imported", ""),
    "lock topic": ("Locked", "in"),
    "make index": ("Had the search index made anew", ""),
    "make invitation": ("Made an invitation", "into"),
    "make link": ("Made a one-time link for", ""),
    "make token": ("Made a token for", ""),
    "move messages": ("Moved messages from", "in"),
    "move topic": ("Moved", "from"),
    "pin topic": ("Pinned", "in"),
    "put member": ("Added", "to"),
    "reactivate user": ("Reactivated", ""),
    "remove member": ("Removed", "from"),
    "remove preview": ("Removed a link preview below a message of", "in"),
    "rename topic": ("Renamed", "in"),
    "reopen topic": ("Reopened", "in"),
    "resolve topic": ("Resolved", "in"),
    "revoke invitation": ("Took back an invitation", "into"),
    "revoke token": ("Revoked a token of", ""),
    "set password": ("Set the password of", ""),
    "set role": ("Changed the role of", ""),
    "unlock topic": ("Unlocked", "in"),
    "unpin topic": ("Unpinned", "in"),
}
# What people call the fields of a group.
FIELDS = {"slug": "address", "default_topic_id": "the default topic"}


def said(act: str) -> tuple[str, str]:
    """An act in the past, and the word before its group. One that a newer version noted is read as it stands."""
    return ACTS.get(act, (act.capitalize(), "in"))


def detail_text(detail: Mapping[str, Any]) -> str:
    """What else is known of an act: ``role admin, before member``."""
    if "changed" in detail:
        changed = [FIELDS.get(field, field) for field in detail["changed"].split()]
        detail = {**detail, "changed": " and ".join(changed)}
    shown = {FIELDS.get(name, name).removesuffix("_id").replace("_", " "): value for name, value in detail.items()}
    return ", ".join(f"{name} {value}" for name, value in shown.items() if value not in (None, ""))
