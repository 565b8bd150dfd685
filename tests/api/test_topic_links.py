"""Links to our own topics are shown by name, and nobody learns one from them that they may not know."""

from __future__ import annotations

import json
from typing import Any

from convore_lite.testing import Chat, Member


async def linked(member: Member, topic_id: int, address: str) -> dict[str, Any]:
    """The node that an address becomes."""
    node: dict[str, Any] = (await member.post(topic_id, address))["nodes"][0]
    assert node["type"] == "topic"
    assert node["url"] == address
    return node


def bare(address: str) -> str:
    return f'<a href="/{address.split("/", 3)[3]}">{address}</a>'


async def test_a_topic_of_the_same_group(chat: Chat) -> None:
    ann = await chat.member("ann")
    group = await ann.create_group("Home lab", kind="private")
    topic = await ann.open_topic("home-lab", "Back <ups>")
    address = f"{chat.url}/home-lab/{topic['slug']}/"
    node = await linked(ann, group["default_topic_id"], address)
    assert (node["topic_id"], node["name"]) == (topic["id"], "Back <ups>")
    assert node["markup"] == f'<a href="/home-lab/{topic["slug"]}/">Back &lt;ups&gt;</a>'
    said = await ann.post(topic["id"], "hello")
    node = await linked(ann, group["default_topic_id"], f"{address}{said['id']}/#m-{said['id']}")
    assert node["name"] == "Back <ups> › message"
    elsewhere = await linked(ann, topic["id"], f"{chat.url}/home-lab/general/{said['id']}/")
    assert "name" not in elsewhere


async def test_a_name_is_what_it_was_when_the_message_was_written(chat: Chat) -> None:
    ann = await chat.member("ann")
    group = await ann.create_group("Home lab")
    topic = await ann.open_topic("home-lab", "Backups")
    message = await ann.post(group["default_topic_id"], f"{chat.url}/home-lab/backups/")
    await ann.call("PATCH", f"/topics/{topic['id']}", {"name": "Restores"})
    assert "Backups" in (await ann.call("GET", f"/messages/{message['id']}"))["html"]
    edited = await ann.call("PATCH", f"/messages/{message['id']}", {"text": f"{chat.url}/home-lab/restores/ now"})
    assert ">Restores</a> now" in edited["html"]


async def test_a_topic_that_is_opened_with_a_link(chat: Chat) -> None:
    ann = await chat.member("ann")
    await ann.create_group("Home lab")
    opened = await ann.open_topic("home-lab", "Links", f"see {chat.url}/home-lab/general/")
    first = (await ann.messages(opened["id"]))[0]
    assert first["html"].endswith(">General</a>")


async def test_what_is_of_another_group_stays_an_address(chat: Chat) -> None:
    """Public, private, or not there at all: the same bytes."""
    ann, bob = await chat.member("ann"), await chat.member("bob")
    here = await ann.create_group("Home lab")
    await bob.join("home-lab")
    secret = await ann.create_group("Secret", kind="private")
    await ann.create_group("Kitchen")
    own = await linked(ann, secret["default_topic_id"], f"{chat.url}/secret/general/")
    assert own["name"] == "General"
    for author in (ann, bob):
        for address in ("kitchen/general", "secret/general", "secret/never", "never/general", "home-lab/never"):
            node = await linked(author, here["default_topic_id"], f"{chat.url}/{address}/")
            assert list(node) == ["type", "url", "markup"]
            assert node["markup"] == bare(node["url"])


async def test_conversations_have_no_name_for_everybody(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    talk = await ann.call("POST", "/direct", {"usernames": [bob.username]})
    topic = (await ann.call("GET", f"/groups/{talk['id']}/topics"))["items"][0]
    address = f"{chat.url}/{talk['slug']}/{topic['slug']}/"
    assert (await linked(ann, topic["id"], address))["markup"] == bare(address)


async def test_everybody_hears_the_same(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    await bob.join("home-lab")
    async with bob.live() as stream:
        said = await ann.post(group["default_topic_id"], f"{chat.url}/home-lab/general/")
        heard = (await stream.next("message_posted"))["message"]
    assert json.dumps(heard["nodes"]) == json.dumps(said["nodes"])
    assert heard["html"] == '<a href="/home-lab/general/">General</a>'
