"""Whatever people write, no script of theirs runs: not in what comes live, not in what the server renders."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import expect, until

SHARED = Path(__file__).resolve().parents[3] / "shared" / "corpora"
# Enough for the checks to have something to see where the collections are not beside the checkout.
OURS = [
    "<script>window.__pwned = 1</script>",
    "<img src=x onerror='window.__pwned = 1'>",
    '"><svg onload=window.__pwned=1>',
    "[click](javascript:window.__pwned=1)",
    "![x](javascript:window.__pwned=1)",
    "<javascript:window.__pwned=1>",
    'https://example.org/" onmouseover="window.__pwned=1',
    '```"><script>window.__pwned=1</script>\nx\n```',
    "`<iframe srcdoc='<script>parent.__pwned=1</script>'>`",
    "@\u202eann <style>@import 'x'</style>",
    "{{ 7 * 7 }} ${7 * 7} <template><script>window.__pwned=1</script></template>",
    "<a href='data:text/html,<script>opener.__pwned=1</script>'>x</a>",
    "&lt;script&gt;window.__pwned=1&lt;/script&gt;",
    "\u0000<math><mi//xlink:href='data:x,<script>window.__pwned=1</script>'>",
]
# So many come live into a page that is open: all the attacks. Of those that are only odd, the rest is read from the server, which
# writes the same HTML.
LIVE = 250
WATCH = """
window.__violations = []
document.addEventListener("securitypolicyviolation", (event) => {
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`)
})
for (const name of ["alert", "confirm", "prompt"]) window[name] = () => { window.__pwned = name }
"""
# Elements of the page that carry script or style of their own.
INLINE = """
[...document.querySelectorAll("main *")]
  .filter((element) => [...element.attributes].some(({ name }) => name === "style" || name.startsWith("on")))
  .map((element) => element.outerHTML)
"""


def naughty() -> list[str]:
    return [
        base64.b64decode(text).decode("utf-8", "replace")
        for text in json.loads((SHARED / "naughty/blns.base64.json").read_text())
    ]


def purify() -> list[str]:
    return [case["payload"] for case in json.loads((SHARED / "xss/dompurify-payloads.json").read_text())]


def markdown() -> list[str]:
    return [part for part in (SHARED / "xss/markdown-it-xss.txt").read_text().split("\n.\n") if part.strip()]


def collection(name: str) -> list[str]:
    if name == "ours":
        return OURS
    if not SHARED.exists():
        pytest.skip("the collections of bad inputs are not beside the checkout")
    return {"naughty": naughty, "purify": purify, "markdown": markdown}[name]()


def check(page: Any) -> None:
    assert page.evaluate("window.__pwned") is None
    assert page.evaluate("window.__violations") == []
    assert page.evaluate(INLINE) == []
    assert page.locator("main :is(script, iframe, object, embed, style, link, base, form form)").count() == 0


@pytest.mark.parametrize("name", ["ours", "naughty", "purify", "markdown"])
def test_no_words_run(lab: Any, name: str) -> None:
    lab.bob.context.route(lambda url: not url.startswith(lab.bob.server.url), lambda route: route.abort())
    page = lab.bob.tab("/home-lab/general/", init=WATCH)
    said = [text.replace("\0", "\ufffd")[:8000] for text in collection(name) if text.strip()]
    for text in said[:LIVE]:
        lab.ann.say(lab.general, text)
    # So many arrive, one by one: on a busy machine the last of them may take its time.
    expect(page.locator("#log .message")).to_have_count(len(said[:LIVE]), timeout=120_000)
    check(page)
    page.goto("about:blank")
    for text in said[LIVE:]:
        lab.ann.say(lab.general, text)
    page.goto(lab.bob.server.url + "/home-lab/general/")
    while True:
        check(page)
        earlier = page.locator("[data-action=older]")
        if not earlier.count():
            break
        page.goto(lab.bob.server.url + str(earlier.get_attribute("href")))


def test_the_watch_itself_sees_a_script(lab: Any) -> None:
    page = lab.bob.tab("/home-lab/general/", init=WATCH)
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x onerror=\"alert(1)\">')")
    until(page, "window.__violations.length > 0")
    with pytest.raises(AssertionError):
        check(page)


def test_no_name_runs(lab: Any) -> None:
    evil = "<img src=x onerror=alert(1)>"
    lab.ann.server.call(lab.ann.member.call, "PATCH", "/me", {"name": evil})
    page = lab.bob.tab("/home-lab/general/", init=WATCH)
    topic = lab.ann.server.call(lab.ann.member.open_topic, "home-lab", evil, f"{evil} @bob")
    lab.ann.say(lab.general, "hello")
    expect(page.locator(".message__author")).to_have_text(evil)
    expect(page.locator(".rail__name", has_text="onerror")).to_have_count(1)
    check(page)
    for path in ("/", "/mentions/", "/home-lab/", f"/home-lab/{topic['slug']}/", "/home-lab/members/", "/users/ann/"):
        page.goto(lab.bob.server.url + path)
        check(page)
