"""A group is closed, somebody comes in by a link, and a direct message reaches them without a reload."""

from __future__ import annotations

from typing import Any

from convore_lite.testing import ChatServer

from .conftest import Opens, expect, until


def test_invite_by_link_and_write_to_each_other(chat_server: ChatServer, person: Opens) -> None:
    ann, bob = person("ann", permissions=["clipboard-read", "clipboard-write"]), person("bob")
    chat_server.call(ann.member.create_group, "Family")
    page: Any = ann.tab("/family/settings/")
    page.check("input[name=kind][value=private]")
    page.click("#about button")
    expect(page.locator(".flash")).to_have_text("Saved.")
    page.click("#invitations button.primary")
    page.click(".made button")
    link = page.locator(".made input").input_value()
    until(page, "async link => await navigator.clipboard.readText() === link", link)
    invited: Any = bob.tab(link.removeprefix(chat_server.url))
    expect(invited.locator("h1")).to_have_text("Ann invites you to Family")
    invited.click("text=Join Family")
    expect(invited.locator(".room__title")).to_have_text("Family")
    ann.tab("/direct/").goto(chat_server.url + "/direct/?who=bob")
    writing: Any = ann.context.pages[-1]
    writing.click(".form__row .primary")
    expect(writing.locator(".room__title")).to_have_text("Bob")
    writing.fill("textarea", "welcome")
    writing.keyboard.press("Enter")
    row = invited.locator(".rail__topic--direct", has_text="Ann")
    expect(row.locator(".pill")).to_have_text("1")
