"""The JSON API, version 1: a file for each noun. Importing one registers its operations with the door."""

from . import admin, administration, archive, direct, groups, invitations, messages, people, reading, topics
from .door import BASE, OPERATIONS, blueprint

__all__ = [
    "BASE",
    "OPERATIONS",
    "admin",
    "administration",
    "archive",
    "blueprint",
    "direct",
    "groups",
    "invitations",
    "messages",
    "people",
    "reading",
    "topics",
]
