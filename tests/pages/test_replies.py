"""Replies without script: a link at each message, a field that says what it answers, and a line above the reply."""

from __future__ import annotations

from typing import Any

from convore_lite.testing import Chat

from .conftest import Elements, Visit


def answering(page: Elements) -> tuple[bool, str]:
    """Whether the composer is about to reply, and to which message."""
    [line] = page.of("div", class_="answering")
    [value] = page.of("input", name="reply_to")
    return "hidden" not in line, value["value"]


async def test_reply_with_the_form(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    await bob.join("home-lab")
    first = await ann.post(topic, "Found it")
    writer = await visit(bob)
    page = await writer.look("/home-lab/general/")
    assert answering(page) == (False, "")
    assert page.of("a", href=f"/home-lab/general/?reply={first['id']}")
    page = await writer.look(f"/home-lab/general/?reply={first['id']}")
    assert answering(page) == (True, str(first["id"]))
    await writer.form("/home-lab/general/", 303, text="Where?", reply_to=str(first["id"]))
    [_, reply] = await bob.messages(topic)
    assert (reply["text"], reply["reply_to"]) == ("Where?", first["id"])
    text = await writer.get("/home-lab/general/")
    [line] = [one for one in Elements(text).of("a", **{"data-field": "quote"}) if "hidden" not in one]
    assert line["href"] == f"/home-lab/general/{first['id']}/#m-{first['id']}"
    await ann.call("DELETE", f"/messages/{first['id']}")
    assert "Message deleted" in (await writer.get("/home-lab/general/")).split('class="quote quote--gone"')[1]


async def test_what_cannot_be_answered(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    group = await ann.create_group("Home lab")
    other = await ann.open_topic(group["id"], "Backups")
    elsewhere = await ann.post(other["id"], "elsewhere")
    gone = await ann.post(group["default_topic_id"], "gone")
    await ann.call("DELETE", f"/messages/{gone['id']}")
    writer = await visit(ann)
    for which in (elsewhere["id"], gone["id"], 99999):
        assert answering(await writer.look(f"/home-lab/general/?reply={which}")) == (False, "")
    refused = await writer.form("/home-lab/general/", 422, text="but I wrote much", reply_to=str(elsewhere["id"]))
    assert "not in this topic any more" in refused.text
    assert "but I wrote much</textarea>" in refused.text
    assert answering(Elements(refused.text)) == (False, "")


async def test_a_reply_begins_with_a_face(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    first = await ann.post(topic, "one")
    second, third = await ann.post(topic, "two"), await ann.post(topic, "three", reply_to=first["id"])
    page = await (await visit(ann)).look("/home-lab/general/")

    def row(message: dict[str, Any]) -> str:
        return page.of("li", id=f"m-{message['id']}")[0]["class"]

    assert "message--again" in row(second)
    assert "message--again" not in row(third)
