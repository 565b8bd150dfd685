"""A star that one puts on a message is there in every tab of one's own, and on the page of what is starred."""

from __future__ import annotations

from typing import Any

from convore_lite.testing import ChatServer

from .conftest import Opens, expect


def test_a_star_in_every_tab(chat_server: ChatServer, person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    group = chat_server.call(ann.member.create_group, "Home lab")
    chat_server.call(bob.member.join, "home-lab")
    said = ann.say(group["default_topic_id"], "the key is in the drawer")
    page: Any = bob.tab("/home-lab/general/")
    starred: Any = bob.tab("/starred/")
    anns: Any = ann.tab("/home-lab/general/")
    row, hers = page.locator(f"#m-{said['id']}"), anns.locator(f"#m-{said['id']}")
    expect(row.locator(".message__star")).to_be_hidden()
    expect(starred.locator(".empty")).to_contain_text("No stars yet")
    row.hover()
    row.locator("[data-field=more]").click()
    row.locator("[data-action=star]").click()
    expect(row.locator(".message__star")).to_be_visible()
    expect(starred.locator(".item")).to_contain_text("the key is in the drawer")
    chat_server.call(ann.member.call, "PATCH", f"/messages/{said['id']}", {"text": "the key is on the shelf"})
    expect(row).to_contain_text("on the shelf")
    expect(row.locator(".message__star")).to_be_visible()  # what is edited stays starred
    expect(hers).to_contain_text("on the shelf")
    expect(hers.locator(".message__star")).to_be_hidden()
    page.reload()
    expect(row.locator(".message__star")).to_be_visible()
    row.hover()
    row.locator("[data-field=more]").click()
    row.locator("[data-action=star]").click()
    expect(row.locator(".message__star")).to_be_hidden()
    expect(starred.locator(".empty")).to_contain_text("No stars yet")
