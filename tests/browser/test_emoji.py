"""The picker of emoji, for messages and reactions, and who reacted. Nobody else is asked for anything."""

from __future__ import annotations

import json
from typing import Any

from convore_lite.routes.pages.templates import built
from convore_lite.routes.static import FOLDER
from convore_lite.words.emoji import VARIATION, one_emoji

from .conftest import expect

TADA, EYES = "\U0001f389", "\U0001f440"
WATCH = (
    "window.broken = []; addEventListener('securitypolicyviolation', (event) => broken.push(event.violatedDirective))"
)


def plain(sign: str) -> str:
    """Without what only asks for its colours."""
    return sign.replace(VARIATION, "")


def test_every_emoji_of_the_picker_can_be_a_reaction() -> None:
    groups = json.loads((FOLDER / built()["emoji.json"]).read_text("utf-8"))
    signs = [emoji[0] for _, all_of_it in groups for emoji in all_of_it]
    assert len(signs) > 1500
    assert [sign for sign in signs if plain(one_emoji(sign)) != plain(sign)] == []


def test_an_emoji_in_a_message(lab: Any) -> None:
    page = lab.bob.tab("/home-lab/general/", init=WATCH)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.fill("message-composer textarea", "done  now")
    page.evaluate("document.querySelector('message-composer textarea').setSelectionRange(5, 5)")
    page.click("[data-action=pick-emoji]")
    page.keyboard.type("tada")
    expect(page.locator(".picker__emoji").first).to_have_text(TADA)
    page.keyboard.press("Enter")
    expect(page.locator("message-composer textarea")).to_have_value(f"done {TADA} now")
    expect(page.locator("message-composer textarea")).to_be_focused()
    page.click("[data-action=pick-emoji]")
    expect(page.locator(".picker .menu__title").first).to_have_text("Used lately")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(page.locator("emoji-picker")).to_be_hidden()
    assert [url for url in asked if not url.startswith(lab.bob.server.url)] == []
    assert page.evaluate("broken") == []


def test_a_reaction_from_the_picker_and_who_reacted(lab: Any) -> None:
    said = lab.ann.say(lab.general, "Found it")
    page = lab.bob.tab("/home-lab/general/")
    row = page.locator(f"#m-{said['id']}")
    row.hover()
    row.locator(".message__react").click()
    page.keyboard.type("eyes")
    expect(page.locator(".picker__emoji").first).to_have_text(EYES)
    page.keyboard.press("Enter")
    reaction = row.locator(".reaction")
    expect(reaction).to_have_attribute("data-emoji", EYES)
    hers = lab.ann.tab("/home-lab/general/")
    hers.locator(".reaction").focus()
    expect(hers.locator("#who-reacted")).to_have_text(f"Bob reacted with {EYES}")
    hers.locator(".reaction").click()
    expect(hers.locator("#who-reacted")).to_have_text(f"Bob and Ann reacted with {EYES}")
    expect(hers.locator(".reaction")).to_have_attribute("aria-describedby", "who-reacted")
    hers.keyboard.press("Escape")
    expect(hers.locator("#who-reacted")).to_be_hidden()
