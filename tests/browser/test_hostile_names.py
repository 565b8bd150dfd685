"""Whatever people call themselves, their groups, topics and files, and whatever a page calls itself that is linked to: it is text.

All of the collections at once, on long pages: most of the time goes into opening pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from convore_lite.actions.mentions import Named
from convore_lite.actions.post import insert_message
from convore_lite.actions.previews import keep
from convore_lite.routes.pages import groups as groups_page
from convore_lite.routes.pages import home, stars, topics, unread
from convore_lite.routes.pages import members as members_page
from convore_lite.store import Writer, files, groups, memberships, people, previews
from convore_lite.store import stars as star_store
from convore_lite.store import topics as topic_store
from convore_lite.store.files import Described
from convore_lite.store.messages import Said
from convore_lite.store.previews import Found
from convore_lite.words.asker import Asker
from convore_lite.words.markup import parse
from convore_lite.words.models import User

from .conftest import expect
from .test_hostile_words import OURS, SHARED, WATCH, check, markdown, purify

# Groups in the rail, where all of them are on every page.
IN_RAIL = 30
# What comes live; the rest is rendered by the server alone.
LIVE = 40
SHOWN = (".message__author", ".shot__name", ".attached__name", ".card__title", ".card__description", ".card__site")
FILE = "/files/"
# Pages that are about one thing are opened for a few.
SAMPLED = 2
# Each kind of file is shown in a way of its own.
KINDS = ("text/plain", "image/png", "video/mp4", "audio/ogg")


def payloads() -> list[str]:
    """What names can hold: one line, without NUL. No rule on their length is kept here."""
    found = OURS + (purify() + markdown() if SHARED.exists() else [])
    return sorted(
        {" ".join(text.replace("\0", "").encode("utf-8", "replace").decode().split()) for text in found} - {""}
    )


def file_of(name: str, kind: str) -> Described:
    if kind != "image/png":
        return Described(name, kind, 5, "0" * 64)
    return Described(name, kind, 5, "0" * 64, "0" * 64, 90, 60)


def fill(lab: Any, names: list[str], numbers: range) -> None:
    """Everything that has a name has each of them: straight into the database, past all that a form would say."""
    app, me = lab.bob.server.chat.appliance.app, lab.bob.member
    at = app.now()

    def write(conn: Writer) -> None:
        for number in numbers:
            name = names[number]
            author = people.insert(conn, f"x{number}", name, at=at, kind="bot")
            memberships.add(conn, lab.group["id"], author.id, role="member", at=at)
            topic = topic_store.insert(conn, lab.group["id"], f"x{number}", name, creator_id=author.id, at=at)
            group = groups.insert(
                conn, f"x{number}", name, kind="public", description=name, creator_id=author.id, at=at
            )
            if number < IN_RAIL:
                memberships.add(conn, group, me.id, role="member", at=at)
            say(conn, author, topic, name)
            say(conn, author, lab.general, name, KINDS)

    def say(conn: Writer, author: User, topic: int, name: str, kinds: Sequence[str] = ()) -> None:
        draft = parse(f"@bob {name}", {"bob": me.id})
        sent = tuple(files.insert(conn, author.id, file_of(name, kind), at=at).id for kind in kinds)
        said = Said(f"in-{topic}", draft.text, draft.nodes, draft.html, files=sent)
        asker = Asker(author, "member", "token", "write", b"")
        message, _ = insert_message(conn, asker, topic, said, Named(draft.mentions), at=at)
        if not kinds:
            return
        previews.want(conn, message.id, f"https://example.org/{message.id}", 0, at=at)
        keep(conn, f"https://example.org/{message.id}", Found(name, name, name), at=at)
        star_store.put(conn, me.id, message.id)

    lab.bob.server.call(app.store.write, write)


def shows(page: Any, selector: str, names: list[str]) -> None:
    """All names are there, as text, and nothing of them is anything else."""
    check(page)
    expect(page.locator(selector).first).to_be_attached()
    texts = page.eval_on_selector_all(selector, "(found) => found.map((one) => one.textContent)")
    plain = {" ".join(text.split()) for text in texts}
    assert [name for name in names if name not in plain] == [], selector


def test_no_name_is_more_than_text(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, limit in (
        (topics, "PAGE"),
        (groups_page, "PAGE"),
        (members_page, "PAGE"),
        (home, "MOST"),
        (stars, "MOST"),
    ):
        monkeypatch.setattr(module, limit, 1000)
    for limit in ("MOST", "EACH"):
        monkeypatch.setattr(unread, limit, 2000)
    names = payloads()
    # Neither what is elsewhere nor the bytes of files, of which there are none.
    lab.bob.context.route(
        lambda url: not url.startswith(lab.bob.server.url) or FILE in url, lambda route: route.abort()
    )
    page = lab.bob.tab("/home-lab/general/", init=WATCH)
    live = min(LIVE, len(names))
    fill(lab, names, range(live))
    expect(page.locator("#log .message")).to_have_count(live, timeout=60_000)
    for selector in SHOWN:
        shows(page, f"#log {selector}", names[:live])
    fill(lab, names, range(live, len(names)))
    page.goto(lab.bob.server.url + "/home-lab/general/")
    for selector in SHOWN:
        shows(page, f"#log {selector}", names)
    shows(page, ".rail__title > a", names[:IN_RAIL])
    for path, selector in (
        ("/home-lab/", ".item__line b"),
        ("/home-lab/members/", ".item__line b"),
        ("/discover/", ".item__line b"),
        ("/unread/", ".catch__name"),
        ("/mentions/", ".item__line b"),
        ("/starred/", ".item__line b"),
        ("/", ".item__line b"),
    ):
        page.goto(lab.bob.server.url + path)
        shows(page, selector, names)
    worst = [name for name in names if "</title" in name or "onerror" in name][:SAMPLED]
    for number in map(names.index, worst):
        for path in (
            f"/home-lab/x{number}/",
            f"/x{number}/",
            f"/users/x{number}/",
            f"/search/?q={number}",
        ):
            page.goto(lab.bob.server.url + path)
            check(page)
