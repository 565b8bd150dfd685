"""A reaction is on every page at once, and goes by the same button."""

from __future__ import annotations

from typing import Any

from convore_lite.testing import ChatServer

from .conftest import Opens, expect


def test_a_reaction_on_every_page(chat_server: ChatServer, person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    group = chat_server.call(ann.member.create_group, "Home lab")
    chat_server.call(bob.member.join, "home-lab")
    said = ann.say(group["default_topic_id"], "Found it")
    his: Any = bob.tab("/home-lab/general/")
    hers: Any = ann.tab("/home-lab/general/")
    row, seen = his.locator(f"#m-{said['id']}"), hers.locator(f"#m-{said['id']} .reaction")
    row.hover()
    row.locator("[data-field=more]").click()
    row.locator(".quick__emoji").first.click()
    mine = row.locator(".reaction")
    expect(mine).to_have_attribute("aria-pressed", "true")
    expect(seen).to_have_attribute("aria-pressed", "false")
    expect(seen.locator("span")).to_have_text("1")
    seen.click()
    expect(mine.locator("span")).to_have_text("2")
    chat_server.call(ann.member.call, "PATCH", f"/messages/{said['id']}", {"text": "Found it!"})
    expect(row).to_contain_text("Found it!")
    expect(mine.locator("span")).to_have_text("2")  # what is edited keeps them
    mine.click()
    expect(mine).to_have_attribute("aria-pressed", "false")
    expect(seen.locator("span")).to_have_text("1")
    seen.click()
    expect(mine).to_have_count(0)
    expect(seen).to_have_count(0)
    his.reload()
    expect(row).to_contain_text("Found it!")
    expect(mine).to_have_count(0)


def test_of_who_is_ignored_when_the_message_is_edited(chat_server: ChatServer, person: Opens) -> None:
    ann, bob = person("ann"), person("bob")
    group = chat_server.call(ann.member.create_group, "Home lab")
    chat_server.call(bob.member.join, "home-lab")
    said = ann.say(group["default_topic_id"], "Found it")
    for one, emoji in ((ann, "heart"), (bob, "tada")):
        chat_server.call(one.member.call, "PUT", f"/messages/{said['id']}/reactions/{emoji}")
    hers: Any = ann.tab("/home-lab/general/")
    row = hers.locator(f"#m-{said['id']}")
    expect(row.locator(".reaction")).to_have_count(2)
    chat_server.call(ann.member.call, "PUT", "/me/ignored/bob")
    hers.reload()
    expect(row.locator(".reaction")).to_have_count(1)
    chat_server.call(ann.member.call, "PATCH", f"/messages/{said['id']}", {"text": "Found it!"})
    expect(row).to_contain_text("Found it!")
    expect(row.locator(".reaction")).to_have_count(1)
