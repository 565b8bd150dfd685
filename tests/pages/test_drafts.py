"""What is not sent yet, without script: keeping a draft, sending later, and taking back what was just sent."""

from __future__ import annotations

from convore_lite.appliance import wall_clock
from convore_lite.testing import Chat
from convore_lite.words.models import time_text

from .conftest import Visit

HERE = "/home-lab/general/"


async def test_keep_a_draft_and_go_on_with_it(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    reader = await visit(ann)
    assert "Nothing waits here" in await reader.get("/drafts/")
    done = await reader.form(f"{HERE}draft/", 303, text="half a", revision="0")
    assert done.headers["location"] == "/drafts/?notice=draft"
    assert "half a" in await reader.get("/drafts/")
    page = await reader.look(HERE)
    assert page.of("input", name="revision")[0]["value"] == "1"
    assert ">half a</textarea>" in await reader.get(HERE)
    assert "hidden" not in page.of("span", **{"data-field": "draft"})[0]
    await ann.call("PUT", f"/topics/{topic}/draft", {"text": "on the phone", "revision": 1})
    await reader.form(f"{HERE}draft/", 303, text="half a sentence", revision="1")  # both are kept
    assert (await ann.call("GET", f"/topics/{topic}/draft"))["text"] == "half a sentence\n\non the phone"
    await reader.form(HERE, 303, text="a sentence", revision="3")
    assert (await ann.call("GET", f"/topics/{topic}/draft"))["text"] == ""
    await reader.form(f"{HERE}draft/", 303, text="never mind", revision="4")
    await reader.form(f"{HERE}draft/", 303, text="", revision="5")
    assert "Nothing waits here" in await reader.get("/drafts/")
    assert "hidden" in (await reader.look(HERE)).of("span", **{"data-field": "draft"})[0]


async def test_send_later(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    reader = await visit(ann)
    page = await (await reader.http.post(f"{HERE}later/", data={"text": "good morning", "revision": "0"})).aread()
    assert b"good morning</textarea>" in page
    assert b'name="minutes" value="60"' in page
    assert (await ann.call("GET", "/me/scheduled"))["items"] == []
    wrong = await reader.form(f"{HERE}later/", 422, text="good morning", at="2020-01-01T09:00")
    assert "That time has passed already." in wrong.text
    assert "good morning</textarea>" in wrong.text
    await reader.form(f"{HERE}later/", 303, text="good morning", minutes="60")
    [waits] = (await ann.call("GET", "/me/scheduled"))["items"]
    listed = await reader.get("/drafts/")
    assert "good morning" in listed
    assert "Will be sent" in listed
    path = f"/drafts/{waits['id']}/"
    assert f'value="{waits["send_at"][:16]}"' in await reader.get(path)
    tomorrow = time_text(wall_clock() + 24 * 3600 * 1000)
    await reader.form(path, 303, text="good night", at=tomorrow[:16])
    [changed] = (await ann.call("GET", "/me/scheduled"))["items"]
    assert (changed["text"], changed["send_at"][:16]) == ("good night", tomorrow[:16])
    sent = await reader.form(f"{path}send/", 303)
    assert sent.headers["location"].startswith(f"{HERE}#m-")
    assert [one["text"] for one in await ann.messages(topic)] == ["good night"]
    await reader.form(f"{HERE}later/", 303, text="never", send_at=tomorrow)
    [other] = (await ann.call("GET", "/me/scheduled"))["items"]
    await reader.form(f"/drafts/{other['id']}/delete/", 303)
    assert (await ann.call("GET", "/me/scheduled"))["items"] == []


async def test_what_could_not_be_sent_says_why_and_counts(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Cellar", "private")
    await ann.call("PUT", f"/groups/{group['id']}/members/bob", {"role": "member"})
    path = f"/topics/{group['default_topic_id']}/scheduled"
    made = await bob.call("POST", path, {"text": "good morning", "send_at": time_text(wall_clock() + 3600_000)})
    await ann.call("DELETE", f"/groups/{group['id']}/members/bob")
    app = chat.appliance.app
    await app.store.write(lambda conn: conn.execute("UPDATE scheduled SET send_at = 1 WHERE id = ?", (made["id"],)))
    async with bob.live() as stream:
        app.bell.ring()
        await stream.next("scheduled_changed")
    reader = await visit(bob)
    page = await reader.get("/drafts/")
    assert "good morning" in page
    assert "Not sent: The topic is gone, or you cannot see it any more." in page
    assert "Cellar" not in page
    assert reader
    assert '<b class="pill pill--you" title="Could not be sent">1</b>' in page


async def test_take_back_what_was_just_sent(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    await ann.create_group("Home lab")
    await bob.join("home-lab")
    writer, reader = await visit(ann), await visit(bob)
    done = await writer.form(HERE, 303, text="in the drwer")
    number = done.headers["location"].rpartition("-")[2]
    for visitor, offered in ((writer, True), (reader, False)):
        forms = (await visitor.look(HERE)).of("form", action=f"{HERE}{number}/undo/")
        assert [("hidden" in form) for form in forms] == ([False] if offered else [])
    await writer.form(f"{HERE}{number}/undo/", 303)
    assert ">in the drwer</textarea>" in await writer.get(HERE)
    page = await reader.look(HERE)
    [row] = page.of("li", id=f"m-{number}")
    assert "is-folded" in row["class"]
    assert "data-undone" in row
