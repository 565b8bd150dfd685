"""What is in messages works before any script: a spoiler opens with a click or the keyboard, and a table stays in its place."""

from __future__ import annotations

from typing import Any

from .conftest import Opens, expect


def test_a_spoiler_is_hidden_until_it_is_opened(lab: Any, person: Opens) -> None:
    lab.ann.say(lab.general, "It was ||the gardener|| and ||nobody else||.\n\n- [x] found out\n- [ ] told the police")
    carl = person("carl", java_script_enabled=False)
    carl.server.call(carl.member.join, "home-lab")
    page = carl.tab("/home-lab/general/")
    words = page.locator(".spoiler > span")
    heard = page.locator("#log").aria_snapshot()
    assert heard.count('checkbox "Spoiler"') == 2
    assert 'checkbox "Done" [checked] [disabled]' in heard or 'checkbox "Done" [disabled] [checked]' in heard
    assert "gardener" not in heard
    expect(words.first).to_be_hidden()
    page.locator(".spoiler").first.click()
    expect(words.first).to_have_text("the gardener")
    expect(words.first).to_be_visible()
    expect(words.last).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(words.last).to_be_visible()
    assert "nobody else" in page.locator("#log").aria_snapshot()
    page.keyboard.press("Space")
    expect(words.last).to_be_hidden()


def test_a_preview_does_not_tell_what_a_spoiler_hides(lab: Any) -> None:
    lab.ann.say(lab.general, "@bob it was ||the gardener||!")
    for path in ("/", "/mentions/", "/unread/", "/home-lab/"):
        page = lab.bob.tab(path)
        expect(page.locator("main")).to_contain_text("it was")
        assert "gardener" not in page.locator("main").inner_text()


def test_a_wide_table_scrolls_by_itself(lab: Any) -> None:
    row = "| " + " | ".join(["words"] * 20) + " |"
    lab.ann.say(lab.general, f"{row}\n{'|-' * 20}|\n{row}")
    page = lab.bob.tab("/home-lab/general/")
    page.set_viewport_size({"width": 390, "height": 700})
    expect(page.locator("#log table")).to_be_visible()
    wide = "document.querySelector('#log table').scrollWidth > document.querySelector('#log table').clientWidth"
    assert page.evaluate(wide)
    assert page.evaluate("document.querySelector('#log').scrollWidth <= document.querySelector('#log').clientWidth")
