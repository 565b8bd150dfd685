"""Schemathesis asks what our OpenAPI document says can be asked, and much that cannot: what comes back is what the document says.

More than the suite asks: ``SCHEMATHESIS_EXAMPLES=200 pytest tests/api/test_schemathesis.py``.
"""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from accounts import images
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from convore_lite.actions.previews import keep
from convore_lite.appliance import wall_clock
from convore_lite.routes.api import BASE
from convore_lite.routes.openapi import document
from convore_lite.store import Writer, messages, previews
from convore_lite.store.previews import Found
from convore_lite.testing import ChatServer, Member, serve_chat
from convore_lite.testing.chat import PASSWORD
from convore_lite.words.models import time_text

# Of each kind of request (see `cases`), for each operation and each of three people: about a minute.
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "3"))
DOCUMENT = document()
OPERATIONS = [(path, method) for path, item in DOCUMENT["paths"].items() for method in item if method != "parameters"]
# It does not end: what it sends is tried in tests/live.
ENDLESS = {(f"{BASE}/live", "get")}
IDENTITIES = ("owner", "member", "guest")
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.negative_data_rejection,
]

# What no session of anybody may do: it is the console's.
REFUSED = {
    (f"{BASE}/users/{{user}}/tokens", "get"),
    (f"{BASE}/users/{{user}}/tokens", "post"),
    (f"{BASE}/tokens/{{token_id}}", "delete"),
    (f"{BASE}/admin/import", "post"),
    (f"{BASE}/admin/export", "get"),
}

NEW_ACCOUNTS = {f"{BASE}/users", f"{BASE}/registration", f"{BASE}/invitations/use"}
NEW = itertools.count(1)
TOMORROW = time_text(wall_clock() + 24 * 3600 * 1000)
# Their bodies are bytes, and no JSON Schema says which are a picture, or a form with a file.
BYTES = {(f"{BASE}/me/avatar", "put"), (f"{BASE}/files", "post")}


class Someone:
    """One of the identities in a browser, with things of every kind to ask for: *known*, by the names that the API has for them."""

    def __init__(self, server: ChatServer, role: str, number: int) -> None:
        self._server = server
        self._number = number
        self.member = self._somebody(role, role)
        browser = server.call(server.chat.signed_in, self.member)
        self.http = requests.Session()
        self.http.headers.update({name: browser.http.headers[name] for name in ("cookie", "origin")})
        self.http.headers["sec-fetch-site"] = "same-origin"
        self.known = {**self._things(role), **self._keys(browser)}

    def _somebody(self, name: str, role: str = "member") -> Member:
        return self._server.call(lambda: self._server.chat.member(f"{name}-{self._number}", role=role))

    def _things(self, role: str) -> dict[str, Any]:
        """A private group with an admin, a member and one who asks to come in; this one is an admin, or a guest a member."""
        host, spare, asks = (
            self._somebody(f"host-of-{role}", "admin"),
            self._somebody(f"spare-{role}"),
            self._somebody(f"asks-{role}"),
        )
        group = self._call(host, "POST", "/groups", {"name": f"Group {self._number} of {role}", "kind": "private"})
        for who, rank in ((self.member, "member" if role == "guest" else "admin"), (spare, "member")):
            self._call(host, "PUT", f"/groups/{group['id']}/members/{who.username}", {"role": rank})
        topic = self._call(self.member, "POST", f"/groups/{group['id']}/topics", {"name": "Plans", "text": "hello"})
        said = self._call(self.member, "POST", f"/topics/{topic['id']}/messages", {"text": "more"})
        later = {"text": "later", "send_at": TOMORROW}
        saved = self._call(self.member, "POST", "/me/searches", {"query": "tea"})
        waits = self._call(self.member, "POST", f"/topics/{topic['id']}/scheduled", later)
        invitation = self._call(host, "POST", f"/groups/{group['id']}/invitations", {})
        self._call(asks, "POST", f"/groups/{group['id']}/join")
        return {
            "group": group["slug"],
            "group_id": group["id"],
            "topic_id": topic["id"],
            "to": {"topic_id": group["default_topic_id"]},
            "message_id": said["id"],
            "message_ids": [said["id"]],
            "preview_id": self._server.call(self._preview, said["id"]),
            "file_id": self._server.call(self.member.send_file, images.plain(), "a.png")["id"],
            "emoji": "tada",
            "reply_to": said["id"],
            "user": spare.username,
            "asks": asks.username,
            "username": self.member.username,
            "usernames": [spare.username],
            "name": "Something",
            "scheduled_id": waits["id"],
            "search_id": saved["id"],
            "send_at": TOMORROW,
            "revision": 0,
            "invitation_id": invitation["id"],
            "code": invitation["code"],
        }

    async def _preview(self, message_id: int) -> int:
        """Something that is behind a link of a message."""

        def find(conn: Writer) -> int:
            previews.want(conn, message_id, "http://example.org/", 0, at=1)
            keep(conn, "http://example.org/", Found("Something"), at=1)
            return messages.bare(conn, message_id).previews[0].id

        return await self._server.chat.appliance.app.store.write(find)

    def _keys(self, browser: Member) -> dict[str, Any]:
        self._server.call(self._server.chat.signed_in, self.member)
        sessions = self._call(browser, "GET", "/me/sessions")["items"]
        token = self._call(browser, "POST", "/me/tokens", {"name": "script", "scope": "read"})
        keys = {"session_id": next(one["id"] for one in sessions if not one["current"]), "token_id": token["id"]}
        return {**keys, "current": PASSWORD, "password": PASSWORD, "new": "a few new words", "seq": 1}

    def _call(self, member: Member, method: str, path: str, body: Any = None) -> Any:
        return self._server.call(member.call, method, path, body)

    def ask(self, case: schemathesis.Case) -> int:
        """The status of the answer, which is as the document says."""
        answer = case.call(base_url=self._server.url, session=self.http)
        of_bytes = (case.path, case.method.lower()) in BYTES
        case.validate_response(
            answer, checks=CHECKS, excluded_checks=[openapi_checks.negative_data_rejection] * of_bytes
        )
        return int(answer.status_code)

    def with_known(self, case: schemathesis.Case) -> schemathesis.Case:
        """The same case, about things that are there."""
        known = self.known
        if "/requests/" in case.path:
            known = {**known, "user": known["asks"]}
        if case.path in NEW_ACCOUNTS:
            known = {**known, "username": f"new-{next(NEW)}"}
        case.path_parameters = {name: known.get(name, value) for name, value in (case.path_parameters or {}).items()}
        if isinstance(case.body, dict):
            case.body = {name: known.get(name, value) for name, value in case.body.items()}
        return case


class People:
    """The identities, made anew where one has perhaps lost what they had."""

    def __init__(self, server: ChatServer) -> None:
        self._server, self._numbers, self._whole = server, itertools.count(1), dict[str, Someone]()

    def get(self, role: str, *, reads: bool) -> Someone:
        found = self._whole.pop(role, None) or Someone(self._server, role, next(self._numbers))
        if reads:
            self._whole[role] = found
        return found


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    with serve_chat(tmp_path_factory.mktemp("schemathesis") / "chat", registration="open") as server:
        yield People(server)


# Everybody comes in with the session they have; keys that are none are tried in tests/defence.
CONFIG = schemathesis.Config()
CONFIG.projects.default.generation.update(with_security_parameters=False)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)


def cases(path: str, method: str) -> Iterator[tuple[bool, st.SearchStrategy[schemathesis.Case]]]:
    """What fits: about things that are there (True), and about anything. And what does not, where something may not fit."""
    operation, described = SCHEMA[path][method], DOCUMENT["paths"][path][method]
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    yield True, fitting
    yield False, fitting
    # Any text is a name of somebody or some group.
    typed = any(one["schema"].get("type") != "string" for one in described.get("parameters", []))
    if "requestBody" in described or typed:
        yield False, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


@pytest.mark.parametrize(("path", "method"), [operation for operation in OPERATIONS if operation not in ENDLESS])
def test_it_answers_as_it_says(people: People, path: str, method: str) -> None:
    came: dict[str, set[int]] = defaultdict(set)
    for role in IDENTITIES:
        someone = people.get(role, reads=method == "get")
        for about_known, strategy in cases(path, method):
            came[role] |= ask(someone, strategy, about_known=about_known)
    done = any(status < 300 for statuses in came.values() for status in statuses)
    assert done == ((path, method) not in REFUSED), came


def ask(someone: Someone, strategy: st.SearchStrategy[schemathesis.Case], *, about_known: bool) -> set[int]:
    came: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def each(case: schemathesis.Case) -> None:
        came.add(someone.ask(someone.with_known(case) if about_known else case))

    each()
    return came
