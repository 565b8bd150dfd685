"""Cards below a message: they come live, move nothing, show what strangers wrote as text, and go by their button."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from convore_lite.actions.previews import keep
from convore_lite.store import Writer, previews
from convore_lite.store.previews import Found
from convore_lite.testing import ChatServer

from .conftest import expect
from .test_hostile_words import OURS, WATCH, check

# Much of what is above the last message, so that there is something to scroll.
MANY = 40
# All elements in one: what they are, their attributes in whatever order, and their text.
MARKUP = """
(root) => [...root.querySelectorAll("*")].map((element) => [
  element.localName,
  Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
  element.childElementCount ? "" : element.textContent,
])
"""


def picture(width: int, height: int) -> bytes:
    data = BytesIO()
    Image.new("RGB", (width, height), "teal").save(data, "WEBP")
    return data.getvalue()


def show(server: ChatServer, message_id: int, *found: Found) -> None:
    """Let these be found behind the links of a message."""
    app = server.chat.appliance.app

    def find(conn: Writer) -> None:
        for place, one in enumerate(found):
            url = f"http://example.org/{message_id}/{place}"
            previews.want(conn, message_id, url, place, at=app.now())
            keep(conn, url, one, at=app.now())

    server.call(app.store.write, find)


def test_a_card_comes_and_goes(lab: Any) -> None:
    said = lab.ann.say(lab.general, "http://example.org/")
    hers, his = lab.ann.tab("/home-lab/general/"), lab.bob.tab("/home-lab/general/")
    show(
        lab.ann.server,
        said["id"],
        Found("Damp sensor", "No cloud needed.", "Example", picture(240, 120), 240, 120),
        Found("", "", "photos.example", picture(640, 480), 640, 480),
    )
    for page in (hers, his):
        card = page.locator(".card").first
        expect(card.locator(".card__title")).to_have_text("Damp sensor")
        expect(card.locator(".card__site")).to_have_text("Example")
        expect(card.locator("a")).to_have_attribute("href", f"http://example.org/{said['id']}/0")
        assert (
            card.locator("img").evaluate("async (image) => { await image.decode(); return image.naturalWidth }") == 240
        )
        expect(page.locator(".card--picture img")).to_have_attribute("width", "640")
    # Live it is the same as rendered.
    live = hers.locator(".previews").evaluate(MARKUP)
    hers.reload()
    assert hers.locator(".previews").evaluate(MARKUP) == live
    expect(his.locator(".card__remove")).to_have_count(0)
    hers.locator(".card").first.hover()
    hers.locator(".card__remove").first.click()
    for page in (hers, his):
        expect(page.locator(".card")).to_have_count(1)
    his.reload()
    expect(his.locator(".card--picture")).to_have_count(1)
    lab.ann.server.call(lab.ann.member.call, "DELETE", f"/messages/{said['id']}")
    expect(his.locator(".card")).to_have_count(0)


def test_nothing_moves(lab: Any) -> None:
    first = lab.ann.say(lab.general, "the first http://example.org/")
    for number in range(MANY):
        lab.ann.say(lab.general, f"number {number}")
    last = lab.ann.say(lab.general, "the last http://example.org/")
    page = lab.bob.tab("/home-lab/general/")
    tall = Found("", "", "photos.example", picture(300, 320), 300, 320)
    show(lab.ann.server, last["id"], tall)
    expect(page.locator(f"#m-{last['id']} .card")).to_have_count(1)
    log = page.locator("message-list")
    # Who is at the end stays there.
    assert log.evaluate("(log) => log.scrollTop") == 0
    expect(page.locator(f"#m-{last['id']} img")).to_be_in_viewport()
    # Who reads further up looks at the same place, whether it comes above or below.
    log.evaluate("(log) => { log.scrollTop = -400 }")
    seen = page.locator(".message", has_text=f"number {MANY - 8}").first
    before = seen.bounding_box()["y"]
    show(lab.ann.server, first["id"], tall)
    expect(page.locator(f"#m-{first['id']} .card")).to_have_count(1)
    page.locator(f"#m-{first['id']} img").evaluate("(image) => image.decode()")
    assert abs(seen.bounding_box()["y"] - before) < 1


def test_what_strangers_wrote_is_text(lab: Any) -> None:
    said = [lab.ann.say(lab.general, f"http://example.org/{number}") for number in range(len(OURS))]
    page = lab.bob.tab("/home-lab/general/", init=WATCH)
    words = [text.replace("\0", "") for text in OURS]
    for message, text in zip(said, words, strict=True):
        show(lab.ann.server, message["id"], Found(text, text, text))
    for _ in range(2):
        expect(page.locator(".card__title")).to_have_text(words)
        expect(page.locator(".card__description")).to_have_text(words)
        expect(page.locator(".card__site")).to_have_text(words)
        check(page)
        page.reload()


def test_hiding_them(lab: Any) -> None:
    said = lab.ann.say(lab.general, "http://example.org/")
    show(lab.ann.server, said["id"], Found("Damp sensor", "", "", picture(240, 120), 240, 120))
    page = lab.bob.tab("/home-lab/general/")
    expect(page.locator(".card")).to_be_visible()
    page.goto(lab.bob.server.url + "/settings/")
    page.get_by_label("Show the links alone").check()
    page.get_by_role("button", name="Save").click()
    page.goto(lab.bob.server.url + "/home-lab/general/")
    expect(page.locator(".message")).to_have_count(1)
    expect(page.locator(".card")).to_be_hidden()
    other = lab.ann.say(lab.general, "http://example.org/2")
    show(lab.ann.server, other["id"], Found("Other", "", "", picture(240, 120), 240, 120))
    expect(page.locator(".card")).to_have_count(2)
    expect(page.locator(".card").last).to_be_hidden()
