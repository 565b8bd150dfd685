"""What everybody may read, as a pure function of a few facts: this is the rule, and not a word of it comes from the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rank = Literal["owner", "admin", "member", "guest"]


@dataclass(frozen=True)
class Role:
    """Somebody of the world. *inside* are the groups they are in, *keeps* those they are an admin of; *scope* is their token's."""

    name: str
    rank: Rank | None = None
    inside: frozenset[str] = frozenset()
    keeps: frozenset[str] = frozenset()
    active: bool = True
    scope: Literal["read", "write"] = "write"
    person: str = ""

    @property
    def administers(self) -> bool:
        return self.active and self.rank in ("owner", "admin")

    @property
    def comes_in(self) -> bool:
        """Is there anybody behind it who is signed in?"""
        return self.active and self.rank is not None


@dataclass(frozen=True)
class Thing:
    """Something with words in it. *group* is where it is; *about* a group are its name and address, *people* who share it.

    *whose* it is alone, whatever else is said. What is *gone* is for nobody.
    """

    group: str = ""
    kind: Literal["public", "private", "direct", ""] = ""
    about: bool = False
    people: frozenset[str] | None = None
    whose: str = ""
    administered: bool = False
    gone: bool = False


def may_read(role: Role, thing: Thing) -> bool:
    """May *role* get to know what *thing* says?"""
    if not role.comes_in or thing.gone:
        return False
    if thing.whose and thing.whose == role.person:
        return True
    if thing.administered and role.administers:
        return True
    if thing.people is not None:  # who somebody is: everybody may know, but guests know whom they meet
        return role.rank != "guest" or role.person in thing.people
    if not thing.group:
        return False
    if thing.group in role.inside or (thing.kind == "public" and role.rank != "guest"):
        return True
    return thing.about and thing.kind == "private" and role.administers
