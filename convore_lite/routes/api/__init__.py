"""The JSON API, version 1: a file for each noun. Importing one registers its operations with the door."""

from . import admin, archive, groups, messages, people, reading, topics
from .door import BASE, OPERATIONS, blueprint

__all__ = ["BASE", "OPERATIONS", "admin", "archive", "blueprint", "groups", "messages", "people", "reading", "topics"]
