"""A real Chromium before a real server. Skipped, with a reason, where there is no Chromium."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from convore_lite.routes.pages.templates import built
from convore_lite.testing import ChatServer, Member

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

# Root may not use Chromium's sandbox, and tests in a container are often root.
OPTIONS = ["--no-sandbox"]
# How long a test waits for what should happen at once: long enough for a machine that does other things.
PATIENCE = 20_000
playwright.expect.set_options(timeout=PATIENCE)

Opens = Callable[..., Any]


def chromium() -> str | None:
    """The Chromium to drive: CHROMIUM names it, else the usual names are tried."""
    given = os.environ.get("CHROMIUM")
    return given or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium; CHROMIUM may name one")
    if not built():
        pytest.skip("the front end is not built: python web/build.py")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=path, args=OPTIONS)
        yield launched
        launched.close()


@pytest.fixture
def chat_settings() -> dict[str, Any]:
    """Tests do in a second what people do in a day."""
    return {"rate_limits": False}


class Person:
    """Somebody with a browser of their own: one context, any number of tabs."""

    def __init__(self, server: ChatServer, member: Member, context: Any) -> None:
        self.server = server
        self.member = member
        self.context = context
        self.problems: list[str] = []

    def tab(self, path: str = "/", *, init: str = "") -> Any:
        """A new tab on a page. *init* is script that runs in it before the page's own."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        if init:
            page.add_init_script(init)
        page.goto(self.server.url + path)
        return page

    def sign_in(self) -> Person:
        """Get the session cookie, without the detour over the form."""
        who = {"username": self.member.username, "password": self.member.password}
        assert self.context.request.post(self.server.url + "/api/v1/session", data=who).status == 201
        return self

    def say(self, topic_id: int, text: str) -> dict[str, Any]:
        """Post through the API."""
        return self.server.call(self.member.post, topic_id, text)

    def wait_streams(self, number: int) -> None:
        """Wait until they have so many live streams open: a stream that a tab has just left ends a moment later."""

        async def settle() -> None:
            with trio.fail_after(PATIENCE / 1000):
                while self.server.chat.appliance.app.hub.streams_of(self.member.id) != number:
                    await trio.sleep(0.01)

        self.server.call(settle)


@pytest.fixture
def person(browser: Any, chat_server: ChatServer) -> Iterator[Opens]:
    """Make a member who is signed in with a browser of their own. Nothing may go wrong on their pages."""
    people: list[Person] = []

    def make(username: str, **options: Any) -> Person:
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        people.append(Person(chat_server, chat_server.member(username), context))
        return people[-1].sign_in()

    yield make
    for one in people:
        one.context.close()
    assert [problem for one in people for problem in one.problems] == []


@pytest.fixture
def lab(chat_server: ChatServer, person: Opens) -> Any:
    """Ann and Bob in one group with two topics."""

    class Lab:
        ann = person("ann")
        bob = person("bob")
        group = chat_server.call(ann.member.create_group, "Home lab")
        general = group["default_topic_id"]
        chat_server.call(bob.member.join, "home-lab")
        backups = chat_server.call(ann.member.open_topic, "home-lab", "Backups")["id"]

    return Lab


def texts(page: Any) -> list[str]:
    return [text.strip() for text in page.locator(".message__text").all_inner_texts()]


def shows(page: Any, *said: str) -> None:
    """Wait until the log shows exactly these messages, in this order."""
    playwright.expect(page.locator("#log .message__text")).to_have_text(list(said), use_inner_text=True)


def counts(page: Any, topic_id: int, label: str) -> None:
    """Wait until the rail shows this beside a topic."""
    pill = page.locator(f".rail__topic[data-topic='{topic_id}'] .pill")
    playwright.expect(pill).to_have_text(label)


def until(page: Any, condition: str, arg: object = None) -> None:
    """Wait until a condition holds in a page. Playwright's own way may evaluate a text again there, which our CSP forbids."""
    end = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(condition, arg):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(20)


def expect(locator: Any) -> Any:
    return playwright.expect(locator)


MESSAGES = re.compile(r"/api/v1/topics/\d+/messages$")
