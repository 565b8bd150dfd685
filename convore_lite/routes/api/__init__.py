"""The JSON API, version 1: a file for each noun. Importing one registers its operations with the door."""

from . import (
    accounts,
    admin,
    administration,
    archive,
    direct,
    groups,
    invitations,
    levels,
    messages,
    people,
    reading,
    topics,
)
from .door import BASE, OPERATIONS, blueprint

__all__ = [
    "BASE",
    "OPERATIONS",
    "accounts",
    "admin",
    "administration",
    "archive",
    "blueprint",
    "direct",
    "groups",
    "invitations",
    "levels",
    "messages",
    "people",
    "reading",
    "topics",
]
