"""Replies in the browser: by button and key, live, and kept right by what happens to what they answer."""

from __future__ import annotations

from typing import Any

from .conftest import expect
from .test_changes import call, same_after_loading, talk  # noqa: F401


def write(page: Any, text: str) -> None:
    page.fill("message-composer textarea", text)
    page.keyboard.press("Enter")


def test_a_reply_and_what_becomes_of_its_original(talk: Any) -> None:  # noqa: F811
    first, page = talk.said[0]["id"], talk.page
    page.locator(f"#m-{first}").hover()
    page.locator(f"#m-{first} .message__reply").click()
    expect(page.locator(".answering")).to_contain_text("one")
    page.keyboard.press("Escape")
    expect(page.locator(".answering")).to_be_hidden()
    page.locator(f"#m-{first} [data-field=permalink]").focus()
    page.keyboard.press("r")
    write(page, "indeed")
    expect(page.locator(".answering")).to_be_hidden()
    quote = page.locator(".message .quote:visible")
    expect(quote).to_have_text("In reply to Annone")
    hers = talk.ann.tab("/home-lab/backups/")
    expect(hers.locator(".message .quote:visible")).to_have_text("In reply to Annone")
    reply = call(talk, "POST", f"/topics/{talk.backups}/messages", {"text": "and again", "reply_to": first})
    expect(page.locator(".message .quote:visible")).to_have_count(2)  # by its event alone
    same_after_loading(talk)
    call(talk, "PATCH", f"/messages/{first}", {"text": "one & *only*"})
    expect(quote.first).to_have_text("In reply to Annone & only")
    call(talk, "PATCH", f"/messages/{reply['id']}", {"text": "and once more"})
    expect(page.locator(f"#m-{reply['id']} .quote")).to_have_text("In reply to Annone & only")
    call(talk, "DELETE", f"/messages/{first}")
    expect(quote).to_have_text(["In reply to Message deleted"] * 2)
    same_after_loading(talk)
    quote.first.click()
    expect(page.locator(f"#m-{first}")).to_be_focused()


def test_a_quote_that_the_page_does_not_hold(lab: Any) -> None:
    first = lab.ann.say(lab.general, "long ago")
    for number in range(60):
        lab.ann.say(lab.general, f"number {number}")
    page = lab.bob.tab("/home-lab/general/")
    call(lab, "POST", f"/topics/{lab.general}/messages", {"text": "still true", "reply_to": first["id"]})
    expect(page.locator(".message .quote:visible")).to_have_text("In reply to Annlong ago")
    page.locator(".message .quote:visible").click()
    expect(page.locator(f"#m-{first['id']}")).to_be_visible()
    assert page.url.endswith(f"/{first['id']}/#m-{first['id']}")


def test_the_key_that_edits_what_one_said_last(lab: Any) -> None:
    lab.bob.say(lab.general, "tpyo")
    lab.ann.say(lab.general, "hm?")
    page = lab.bob.tab("/home-lab/general/")
    page.locator("message-composer textarea").press("ArrowUp")
    expect(page.locator("message-editor textarea")).to_have_value("tpyo")
