"""Writing: shown at once, sent once, and never lost."""

from __future__ import annotations

from typing import Any

from .conftest import MESSAGES, expect, shows


def said(lab: Any) -> list[str]:
    return [message["text"] for message in lab.ann.server.call(lab.ann.member.messages, lab.general)]


def write(page: Any, text: str) -> None:
    page.fill("textarea", text)
    page.keyboard.press("Enter")


def test_a_message_is_pending_and_then_there_once(lab: Any) -> None:
    page, other = lab.ann.tab("/home-lab/general/"), lab.bob.tab("/home-lab/general/")
    held: list[Any] = []
    page.route(MESSAGES, lambda route: held.append(route))
    write(page, "on its way")
    expect(page.locator(".message.is-pending .message__text")).to_have_text("on its way")
    answer = held[0].fetch()  # the server has it now, and its event comes before the answer does
    shows(other, "on its way")
    expect(page.locator(".message.is-pending")).to_have_count(0)
    shows(page, "on its way")
    held[0].fulfill(response=answer)
    lab.bob.say(lab.general, "seen")
    shows(page, "on its way", "seen")
    assert said(lab) == ["on its way", "seen"]


def test_an_answer_that_comes_before_the_event_is_enough(lab: Any) -> None:
    page = lab.ann.tab("/home-lab/general/", init="window.SharedWorker = class { port = new MessageChannel().port1 }")
    write(page, "no stream here")
    expect(page.locator(".message.is-pending")).to_have_count(0)
    shows(page, "no stream here")


def test_what_failed_is_sent_once_by_retry(lab: Any) -> None:
    page = lab.ann.tab("/home-lab/general/")
    page.route(MESSAGES, lambda route: route.abort())
    write(page, "once more")
    expect(page.locator(".message.is-error .message__problem")).to_contain_text("the server does not answer")
    assert said(lab) == []
    page.unroute(MESSAGES)
    page.click("[data-action=retry]")
    expect(page.locator(".message.is-error, .message.is-pending")).to_have_count(0)
    shows(page, "once more")
    assert said(lab) == ["once more"]


def test_a_lost_answer_does_not_post_twice(lab: Any) -> None:
    page = lab.ann.tab("/home-lab/general/", init="window.SharedWorker = class { port = new MessageChannel().port1 }")
    page.route(MESSAGES, lambda route: (route.fetch(), route.abort()))
    write(page, "did it arrive?")
    page.wait_for_selector(".message.is-error")
    assert said(lab) == ["did it arrive?"]
    page.unroute(MESSAGES)
    page.click("[data-action=retry]")
    expect(page.locator(".message.is-error, .message.is-pending")).to_have_count(0)
    shows(page, "did it arrive?")
    assert said(lab) == ["did it arrive?"]


def test_what_was_not_sent_outlives_the_page(lab: Any) -> None:
    page = lab.ann.tab("/home-lab/general/")
    page.route(MESSAGES, lambda route: route.abort())
    write(page, "unsent")
    page.wait_for_selector(".message.is-error")
    page.fill("textarea", "half a sen")
    page.unroute(MESSAGES)
    page.reload()
    expect(page.locator("textarea")).to_have_value("half a sen")
    expect(page.locator(".message.is-error .message__text")).to_have_text("unsent")
    page.click("[data-action=retry]")
    expect(page.locator(".message.is-error, .message.is-pending")).to_have_count(0)
    shows(page, "unsent")
    assert said(lab) == ["unsent"]
    page.reload()
    shows(page, "unsent")


def test_a_refusal_says_why(lab: Any) -> None:
    page = lab.ann.tab("/home-lab/general/")
    write(page, "much " * 5000)
    expect(page.locator(".message.is-error .message__problem")).to_contain_text("at most 16 KiB")


def test_messages_keep_the_order_in_which_they_were_written(lab: Any) -> None:
    page = lab.ann.tab("/home-lab/general/")
    numbers = [f"number {n}" for n in range(8)]
    for text in numbers:
        write(page, text)
    shows(page, *numbers)
    expect(page.locator(".is-pending")).to_have_count(0)
    assert said(lab) == numbers
    expect(page.locator(".message--again")).to_have_count(7)


def test_shift_enter_makes_a_line_and_only_words_are_sent(lab: Any) -> None:
    page = lab.ann.tab("/home-lab/general/")
    page.fill("textarea", "one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(page.locator("#log .message__text br")).to_have_count(1)
    write(page, "   ")
    write(page, "three")
    expect(page.locator("#log .message:not(.is-pending)")).to_have_count(2)
    assert said(lab) == ["one\ntwo", "three"]
