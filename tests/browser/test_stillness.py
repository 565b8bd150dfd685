"""Nothing on the page of a topic jumps: not while pictures come late, and not when something appears beside or below."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from convore_lite.store.previews import Found

from .conftest import expect, until
from .test_previews import picture, show

# Of the layout shifts that browsers add up (https://web.dev/articles/cls); 0.1 counts as good.
MOST = 0.02
WATCH = """
window.__shifts = []
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    const what = sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? node?.nodeName)
    if (!hadRecentInput) window.__shifts.push({ value, what })
  }
}).observe({ type: "layout-shift", buffered: true })
"""
SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="teal"/></svg>'


def check(page: Any) -> None:
    page.evaluate(SETTLED)
    shifts = page.evaluate("window.__shifts")
    assert sum(shift["value"] for shift in shifts) < MOST, shifts


def fill(lab: Any) -> None:
    async def say() -> None:
        for number in range(30):
            last = await lab.ann.member.post(lab.general, f"message {number} https://pictures.example/{number}.png")
        await lab.ann.member.call("PUT", f"/messages/{last['id']}/reactions/👍")

    lab.ann.server.call(say)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_topic_stands_still(lab: Any, width: int) -> None:
    fill(lab)
    late = threading.Event()
    waiting: list[Any] = []

    def hold(route: Any) -> None:
        # Pictures come only once everything else is painted.
        (waiting.append if not late.is_set() else answer)(route)

    def answer(route: Any) -> None:
        route.fulfill(body=PICTURE, content_type="image/svg+xml")

    lab.bob.context.route("https://pictures.example/**", hold)
    page = lab.bob.tab("/settings/", init=WATCH)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(lab.bob.server.url + "/home-lab/general/")
    expect(page.locator("#log .message").last).to_be_in_viewport()
    until(page, "document.querySelectorAll('#log img').length > 0")
    check(page)
    late.set()
    for route in waiting:
        answer(route)
    until(page, "[...document.querySelectorAll('#log img')].some((image) => image.complete && image.naturalWidth)")
    check(page)
    # Somebody comes, types, reacts and writes; the one below is read and another topic has something new.
    ann = lab.ann.tab("/home-lab/general/")
    ann.locator("textarea").first.press_sequentially("hello")
    expect(page.locator("typing-line")).to_contain_text("Ann")
    check(page)
    ann.keyboard.press("Enter")
    expect(page.locator("#log .message__text").last).to_have_text("hello")
    check(page)
    last = lab.ann.say(lab.general, "http://example.org/last")
    found = Found("A title", "And what is behind it. " * 5, "Example", picture(240, 120), 240, 120)
    for message_id in (last["id"], last["id"] - 4):
        show(lab.ann.server, message_id, found)
        expect(page.locator(f"#m-{message_id} .card")).to_be_visible()
        check(page)
    lab.ann.say(lab.backups, "@bob something new")
    expect(page.locator(f".rail [data-topic='{lab.backups}'] .pill")).to_have_text("@ 1")
    check(page)


def test_the_watch_itself_sees_a_jump(lab: Any) -> None:
    fill(lab)
    page = lab.bob.tab("/home-lab/general/", init=WATCH)
    page.evaluate("document.querySelector('.room__head').style.height = '300px'")
    until(page, "window.__shifts.length > 0")
    with pytest.raises(AssertionError):
        check(page)
