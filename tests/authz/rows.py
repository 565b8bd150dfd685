"""A row of the table of routes (`table.py`): what a route asks of whoever comes, and so which answer everybody gets.

*needs* is what somebody must be where the request goes (see `standing`). Words in braces are filled in from the place a request
goes to: ``{topic}`` is the id of a topic there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from convore_lite.appliance import wall_clock
from convore_lite.routes import static
from convore_lite.testing.chat import PASSWORD
from convore_lite.words.models import time_text

from .oracle import Role
from .world import KINDS, ROLES, WITHOUT_BROWSER, Facts

Needs = Literal[
    "nobody at all",  # open to everybody, signed in or not
    "anyone",  # whoever is signed in, the console too
    "a person",  # whoever is signed in
    "a session",  # … with a password, in a browser
    "to read",  # may read the group
    "to be in it",  # is a member of the group
    "to keep it",  # is an admin of the group
    "to keep or manage it",  # … or of the server, where it is no conversation
    "to have opened it",  # opened the topic, or is an admin of the group
    "to have written it",  # wrote the message
    "to have written or keep it",  # … or is an admin of the group
    "to administer",  # is an admin or owner of the server, or the console
    "to own",  # is an owner, or the console
    "the console",  # comes through the data folder's own socket
]
Standing = Literal["yes", "no", "hidden", "out"]
DAY = 24 * 3600 * 1000
PLACES = ("commons", "vault", "direct")
NOWHERE = ("",)
# Somebody whom one knows, to write to: most know insider.
KNOWN = {"guest": "outsider", "insider": "author", "reader": "author"}
# Any of the built files; where they are not built there is none.
STATIC = min((path.name for path in static.FOLDER.glob("*.css")), default="none")
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Row:
    """*places* are the groups it is tried in. *but* are answers that differ, by "place who": who is a role, or a standing.
    What is *at_once* can be done only at the moment at which the world was made.
    *shows* are labels of canaries that the secret in the request allows its holder to see.
    """

    route: str
    needs: Needs
    json: Any = None
    form: dict[str, str] | None = None
    query: str = ""
    fill: Mapping[str, str] = field(default_factory=dict)
    places: tuple[str, ...] = PLACES
    console: bool = False
    but: Mapping[str, int] = field(default_factory=dict)
    shows: tuple[str, ...] = ()
    picture: bool = False
    upload: bool = False
    by: Literal["token", "session", ""] = ""
    at_once: bool = False

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.route.partition(" ")[2]

    @property
    def is_page(self) -> bool:
        return not self.path.startswith(("/api/", "/metrics", "/healthz", "/readyz"))

    @property
    def comes_by(self) -> str:
        """What somebody comes in with: their token, or the session of their browser."""
        return self.by or ("session" if self.is_page or self.needs == "a session" else "token")

    @property
    def is_safe(self) -> bool:
        return self.method == "GET"

    @property
    def parameters(self) -> list[str]:
        return PLACE.findall(self.path)

    def standing(self, role: Role, place: str) -> Standing:
        """May somebody do it there? It is "hidden" where they do not even know of it."""
        if self.needs == "nobody at all":
            return "no" if role.scope == "read" and not self.is_safe else "yes"
        if role.name == "console":
            serves = self.console or self.needs in ("anyone", "the console")
            return ("hidden" if place == "direct" else "yes") if serves else "no"
        if not role.comes_in:
            return "out"
        return self._of_somebody(role, place)

    def _of_somebody(self, role: Role, place: str) -> Standing:
        reads = place in role.inside or (KINDS.get(place) == "public" and role.rank != "guest")
        manages = role.administers and KINDS.get(place) != "direct"
        opened = role.person == "author" and place in role.inside
        keeps = place in role.keeps
        rule: dict[str, bool] = {
            "anyone": True,
            "a person": True,
            "a session": role.name not in WITHOUT_BROWSER,
            "to read": reads,
            "to be in it": place in role.inside,
            "to keep it": keeps,
            "to keep or manage it": keeps or manages,
            "to have opened it": opened or keeps,
            "to have written it": opened,
            "to have written or keep it": opened or keeps,
            "to administer": role.administers,
            "to own": role.rank == "owner",
            "the console": False,
        }
        if rule[self.needs]:
            return "no" if role.scope == "read" and not self.is_safe else "yes"
        if role.scope == "read" and not self.is_safe:
            return "no"
        return "hidden" if place and not reads and self.needs != "the console" else "no"

    def status(self, role: Role, place: str) -> int | None:
        """The answer they must get; None: any that says it was done."""
        standing = self.standing(role, place)
        for who in (role.name, standing):
            if f"{place} {who}" in self.but:
                return self.but[f"{place} {who}"]
        if standing == "out" and self.is_page:
            return 303
        return {"yes": None, "no": 403, "hidden": 404, "out": 401}[standing]


def words_of(facts: Facts, place: str, role: str = "insider") -> dict[str, Any]:
    """What the words in braces mean in a place; nowhere, they mean commons."""
    at = place or "commons"
    ids = facts.ids
    somebody = facts.users.get(ROLES[role].person if role in ROLES else "", facts.users["insider"])
    return {
        **ids,
        "which": ids[f"{at}.slug"],
        "group": ids[at],
        "name": ids.get(f"{at}.name", ""),
        "slug": ids[f"{at}.plans.slug"],
        "topic_id": ids[f"{at}.plans"],
        "topic": ids[f"{at}.plans"],
        "message_id": ids[f"{at}.message"],
        "message": ids[f"{at}.message"],
        "reply": ids[f"{at}.reply"],
        "default": ids[f"{at}.topic"],
        "who": facts.users["bot"]["username"],
        "token_id": ids["token"],
        "invitation_id": ids.get(f"{at}.invitation", 999) if place else ids["invitation"],
        "stranger": facts.users["stranger"]["username"],
        "asks": facts.users["former"]["username"],
        "everybody": ",".join(str(user["id"]) for user in facts.users.values()),
        "known": facts.users[KNOWN.get(role, "insider")]["username"],
        "username": somebody["username"],
        "password": PASSWORD,
        "avatar": ids["stranger.avatar"],
        "session_id": ids["session"],
        "file_id": ids[f"{at}.file"],
        "picture": ids[f"{at}.picture"],
        "preview_id": ids[f"{at}.preview"],
        "scheduled_id": ids["commons.scheduled"],
        "search_id": ids["commons.search"],
        "tomorrow": time_text(wall_clock() + DAY),
        "static": STATIC,
    }


def filled(value: Any, words: Mapping[str, Any]) -> Any:
    """*value* with the words in braces replaced; one that is all of a text keeps its type."""
    if isinstance(value, dict):
        return {name: filled(one, words) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, words) for one in value]
    if isinstance(value, str):
        whole = re.fullmatch(r"\{([\w.]+)\}", value)
        return words[whole[1]] if whole else re.sub(r"\{([\w.]+)\}", lambda found: str(words[found[1]]), value)
    return value


def path_of(row: Row, words: Mapping[str, Any]) -> str:
    meant = {**words, **{name: filled(value, words) for name, value in row.fill.items()}}
    path = PLACE.sub(lambda found: str(meant[found[1]]), row.path)
    return f"{path}?{filled(row.query, meant)}" if row.query else path
