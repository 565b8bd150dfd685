"""Coming back to much that is new: what was seen is read, and nothing else, in every tab."""

from __future__ import annotations

from typing import Any

from convore_lite.routes.pages.topics import PAGE

from .conftest import counts, expect


def new_line(page: Any) -> Any:
    """The text of the message below the "New" line."""
    return page.locator("[data-line=new] + .message .message__text")


def say_many(lab: Any, number: int) -> None:
    async def say() -> None:
        for one in range(number):
            await lab.ann.member.post(lab.general, f"message {one}.")

    lab.ann.server.call(say)


def test_only_what_was_seen_is_read(lab: Any) -> None:
    say_many(lab, PAGE + 20)
    page = lab.bob.tab("/home-lab/general/")
    beside = lab.bob.tab("/settings/")
    page.bring_to_front()
    bar = page.locator(".log__above a")
    expect(bar).to_contain_text(f"{PAGE + 20} new since")
    expect(page.locator("#log .message").last).to_be_in_viewport()
    # The end is in view and this is not read. Neither is what comes meanwhile.
    lab.ann.say(lab.general, "one more.")
    counts(page, lab.general, str(PAGE + 21))
    counts(beside, lab.general, str(PAGE + 21))
    bar.click()
    expect(new_line(page)).to_have_text("message 0.")
    expect(new_line(page)).to_be_in_viewport()
    page.locator("[data-page=newer]").scroll_into_view_if_needed()
    counts(beside, lab.general, "21")
    page.click("text=Show later messages")
    expect(new_line(page)).to_have_text(f"message {PAGE}.")
    page.evaluate("document.querySelector('#log').scrollTop = 0")
    counts(beside, lab.general, "")
    expect(page.locator("[data-action=mark-read]")).to_have_count(0)


def test_going_back_by_hand_comes_to_the_line_as_well(lab: Any) -> None:
    say_many(lab, PAGE + 20)
    page = lab.bob.tab("/home-lab/general/")
    page.locator("#log").hover()
    page.click("[data-action=older]")
    expect(page.locator("#log .message")).to_have_count(PAGE + 20)
    expect(page.locator(".log__above a")).to_have_count(0)
    expect(page.locator("[data-line=new] ~ .message")).to_have_count(PAGE + 20)
    page.evaluate("document.querySelector('#log').scrollTop = 0")
    counts(page, lab.general, "")


def test_mark_read_reads_what_was_not_seen(lab: Any) -> None:
    say_many(lab, PAGE + 5)
    page, beside = lab.bob.tab("/home-lab/general/"), lab.bob.tab("/home-lab/general/")
    expect(beside.locator(".log__above a")).to_be_visible()
    page.bring_to_front()
    page.click("[data-action=mark-read]")
    expect(page.locator(".log__above a")).to_have_count(0)
    expect(beside.locator(".log__above a")).to_have_count(0)
    counts(beside, lab.general, "")


def test_unread_from_here_moves_the_line_in_every_tab(lab: Any) -> None:
    say_many(lab, 6)
    # Playwright gives every page the focus; one that has it would be read anew at once.
    here = lab.bob.tab("/home-lab/general/", init="document.hasFocus = () => false")
    there = lab.bob.tab("/home-lab/general/")
    counts(here, lab.general, "")
    there.bring_to_front()
    row = there.locator(".message", has_text="message 3.")
    row.hover()
    row.locator("[data-field=more]").click()
    there.click("text=Unread from here >> visible=true")
    there.wait_for_url("**/home-lab/")
    counts(there, lab.general, "3")
    counts(here, lab.general, "3")
    expect(new_line(here)).to_have_text("message 3.")
    expect(here.locator("[data-line=new]")).to_have_count(1)
    # Again from further up, by another device; and then what comes does not move it.
    lab.bob.server.call(lab.bob.member.call, "POST", f"/topics/{lab.general}/unread", {"seq": 2})
    expect(new_line(here)).to_have_text("message 1.")
    lab.ann.say(lab.general, "one more.")
    counts(here, lab.general, "6")
    expect(new_line(here)).to_have_text("message 1.")


def test_catching_up(lab: Any) -> None:
    say_many(lab, 2)
    lab.ann.say(lab.backups, "the key is ||in the drawer||")
    page, beside = lab.bob.tab("/unread/"), lab.bob.tab("/unread/")
    page.bring_to_front()
    names = page.locator(".catch__name")
    expect(names).to_have_text(["General", "Backups"])
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect(names.first.locator("a")).to_be_focused()
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect(names.last.locator("a")).to_be_focused()
    page.keyboard.press("Alt+Shift+ArrowUp")
    expect(names.first.locator("a")).to_be_focused()
    # An opened spoiler is no reason not to show what is new, and what is new does not take the focus away.
    page.locator(".spoiler").click()
    names.first.locator("a").focus()
    lab.ann.say(lab.general, "message 2.")
    expect(page.locator(".catch .message__text")).to_have_text(
        ["message 0.", "message 1.", "message 2.", "the key is in the drawer"]
    )
    expect(names.first.locator("a")).to_be_focused()
    page.locator(".catch__head button").first.click()
    expect(names).to_have_text(["Backups"])
    expect(page.locator(".catch__head button")).to_be_focused()
    beside.bring_to_front()
    expect(beside.locator(".catch__name")).to_have_text(["Backups"])
    lab.bob.server.call(lab.bob.member.call, "POST", f"/topics/{lab.backups}/read", {})
    expect(beside.locator(".empty")).to_contain_text("Nothing waits for you")


def test_keys_lead_to_the_next_unread_topic(lab: Any) -> None:
    lab.ann.say(lab.backups, "hello")
    page = lab.bob.tab("/settings/")
    page.keyboard.press("Alt+Shift+ArrowDown")
    page.wait_for_url("**/home-lab/backups/")
    counts(page, lab.backups, "")
    lab.ann.say(lab.general, "hello")
    counts(page, lab.general, "1")
    page.keyboard.press("Alt+Shift+ArrowDown")
    page.wait_for_url("**/home-lab/general/")
