"""Files from the page: chosen, dropped, pasted; on every open page at once; and nothing jumps when a picture loads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from accounts import images

from convore_lite.testing import ChatServer

from .conftest import Opens, expect

CHOSEN = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"the plan"}
# What a browser gives a page when files are dropped on it, or a picture is pasted.
HAND_OVER = """([type, name]) => {
  const data = new DataTransfer()
  data.items.add(new File(["what " + name + " says"], name, { type: "text/plain" }))
  const target = document.querySelector(".composer textarea")
  const options = { bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data }
  target.dispatchEvent(type === "paste" ? new ClipboardEvent(type, options) : new DragEvent(type, options))
}"""
# How far what is on the page has jumped since it was opened (https://web.dev/articles/cls).
WATCH_JUMPS = """
window.jumps = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.jumps += entry.value
}).observe({ type: "layout-shift", buffered: true })
"""


def test_files_by_button_drop_and_paste(lab: Any) -> None:
    page, other = lab.ann.tab("/home-lab/general/"), lab.bob.tab("/home-lab/general/")
    page.locator(".composer input[type=file]").set_input_files([CHOSEN])
    for way in ("drop", "paste"):
        page.evaluate(HAND_OVER, [way, f"{way}.txt"])
    chips = page.locator(".sending")
    expect(chips).to_have_count(3)
    expect(page.locator(".sending__progress:visible")).to_have_count(0)
    chips.filter(has_text="drop.txt").locator("[data-action=drop-file]").click()
    page.locator(".composer textarea").fill("Here they are")
    page.locator(".composer textarea").press("Enter")
    expect(chips).to_have_count(0)
    for shown in (page, other):
        row = shown.locator(".message").filter(has_text="Here they are")
        expect(row.locator(".attached__name")).to_have_text(["plan.txt", "paste.txt"])
        expect(row.locator(".attached__size").first).to_have_text("8 bytes")
        expect(shown.locator(".side")).to_contain_text("paste.txt")
    with other.expect_download() as saved:
        other.locator(".attached").first.click()
    assert saved.value.path().read_bytes() == b"the plan"
    # A message of files alone, and what is deleted is gone from beside the messages too.
    page.locator(".composer input[type=file]").set_input_files([{**CHOSEN, "name": "alone.txt"}])
    page.locator(".composer__send").click()
    alone = other.locator(".message").filter(has_text="alone.txt")
    expect(alone).to_have_count(1)
    number = int(alone.get_attribute("data-message"))
    lab.ann.server.call(lab.ann.member.call, "DELETE", f"/messages/{number}")
    expect(other.locator(".side")).not_to_contain_text("alone.txt")


def test_a_file_that_does_not_get_through(lab: Any, tmp_path: Path) -> None:
    page = lab.ann.tab("/home-lab/general/")
    page.route("**/api/v1/files", lambda route: route.abort(), times=1)
    page.locator(".composer input[type=file]").set_input_files([CHOSEN])
    chip = page.locator(".sending")
    expect(chip).to_contain_text("Not sent")
    page.locator(".composer textarea").fill("With the plan")
    page.locator(".composer__send").click()
    expect(page.locator(".tray__note")).to_contain_text("Leave out the file")
    chip.locator("[data-action=send-again]").click()
    expect(chip.locator(".sending__progress")).to_be_hidden()
    page.locator(".composer__send").click()
    expect(page.locator(".message").filter(has_text="With the plan").locator(".attached")).to_have_count(1)
    # One that is too large is not even sent.
    large = tmp_path / "large.iso"
    with large.open("wb") as file:
        file.truncate(25_000_001)
    page.locator(".composer input[type=file]").set_input_files([large])
    expect(chip).to_contain_text("At most 25.0 MB.")


def test_nothing_jumps_when_pictures_load(chat_server: ChatServer, lab: Any) -> None:
    for size in ((2000, 1000), (300, 900), (64, 64)):
        file = chat_server.call(lab.ann.member.send_file, images.plain("JPEG", size), "a.jpg")
        call = lab.ann.member.call
        body = {"text": "Look", "file_ids": [file["id"]]}
        chat_server.call(call, "POST", f"/topics/{lab.general}/messages", body)
    page = lab.bob.context.new_page()
    page.add_init_script(WATCH_JUMPS)
    # Pictures come long after the page.
    page.route("**/thumb", lambda route: (page.wait_for_timeout(300), route.continue_()))
    page.goto(lab.bob.server.url + "/home-lab/general/")
    page.evaluate("() => Promise.all([...document.querySelectorAll('#log .shot__picture')].map((one) => one.decode()))")
    places = page.locator("#log .shot__picture").evaluate_all("(all) => all.map((one) => [one.width, one.height])")
    # A pixel for rounding: the small picture has its own.
    for place, expected in zip(places, [[380, 190], [107, 320], [64, 64]], strict=True):
        assert max(abs(place[0] - expected[0]), abs(place[1] - expected[1])) <= 1
    assert page.evaluate("window.jumps") < 0.01
    page.close()


def test_files_without_script(chat_server: ChatServer, person: Opens) -> None:
    ann = person("ann", java_script_enabled=False)
    chat_server.call(ann.member.create_group, "Home lab")
    page = ann.tab("/home-lab/general/")
    page.locator("input[type=file]").set_input_files([CHOSEN, {**CHOSEN, "name": "second.txt"}])
    page.locator(".composer__send").click()
    expect(page.locator(".message .attached__name")).to_have_text(["plan.txt", "second.txt"])
    # What cannot be taken is said, and what was written stays.
    page.locator(".composer textarea").fill("With an empty one")
    page.locator("input[type=file]").set_input_files([{**CHOSEN, "name": "third.txt"}, {**CHOSEN, "buffer": b""}])
    page.locator(".composer__send").click()
    expect(page.locator(".composer-problem")).to_contain_text("empty")
    expect(page.locator(".composer textarea")).to_have_value("With an empty one")
    expect(page.locator(".sending")).to_contain_text("third.txt")
    page.locator(".composer__send").click()
    expect(page.locator(".message").filter(has_text="With an empty one").locator(".attached")).to_have_text(
        "third.txt8 bytes"
    )
