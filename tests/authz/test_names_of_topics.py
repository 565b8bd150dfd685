"""A message that calls a topic by its name: that name reaches nobody who may not read the topic, wherever either of them goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from convore_lite.actions.mentions import Named
from convore_lite.actions.post import draft_of, insert_message
from convore_lite.store import people
from convore_lite.store.messages import Said
from convore_lite.testing import Chat, Member
from convore_lite.words.asker import Asker

NAME = "Merger <talks>"
SHOWN = "Merger &lt;talks&gt;"


@dataclass
class Linked:
    """Ann links in a private group to its topic NAME: in a message, in what it said before, in a quote and a list."""

    chat: Chat
    ann: Member
    eve: Member
    talk: dict[str, Any]
    topic: dict[str, Any]
    messages: list[int]
    wide: dict[str, Any]

    async def everything(self, reader: Member) -> str:
        """All that somebody gets of the messages: in lists, pages and what is replayed from the beginning of the log."""
        epoch = self.chat.appliance.app.store.epoch
        paths = [f"/api/v1/messages/{one}{more}" for one in self.messages for more in ("", "/history")]
        paths += [f"/api/v1/live?after={epoch}-0&wait=1", "/api/v1/search?q=behold", "/api/v1/me/mentions", "/unread/"]
        answers = [await reader.http.get(path, headers={"accept": "application/json"}) for path in paths]
        for topic in (self.topic, self.talk, self.wide):
            answers.append(await reader.http.get(f"/api/v1/topics/{topic['id']}/messages"))
        return "\n".join(answer.text for answer in answers)


@pytest.fixture
async def linked(chat: Chat) -> Linked:
    ann, eve = await chat.member("ann"), await chat.member("eve")
    await ann.create_group("Board", kind="private")
    await ann.create_group("Lobby")
    await eve.join("lobby")
    topic = await ann.open_topic("board", NAME)
    talk, wide = await ann.open_topic("board", "Talk"), await ann.open_topic("lobby", "Wide")
    address = f"{chat.url}/board/{topic['slug']}/"
    texts = (f"behold {address} and **{address}** @eve", f"behold\n> {address}\n\n- ||{address}||", "behold nothing")
    said = [(await ann.post(talk["id"], text))["id"] for text in texts]
    await ann.call("PATCH", f"/messages/{said[2]}", {"text": f"behold {address} now"})
    await ann.call("PATCH", f"/messages/{said[2]}", {"text": "behold nothing at all"})
    await chat.searchable()
    return Linked(chat, ann, eve, talk, topic, said, wide)


async def move_messages(linked: Linked) -> None:
    move = {"message_ids": linked.messages, "to": {"topic_id": linked.wide["id"]}}
    await linked.ann.call("POST", f"/topics/{linked.talk['id']}/move", move)


async def move_their_topic(linked: Linked) -> None:
    group = linked.wide["group_id"]
    await linked.ann.call("PATCH", f"/topics/{linked.talk['id']}", {"group_id": group})


async def take_what_is_named_away(linked: Linked) -> None:
    """It moves to where whoever comes into the group next may not look."""
    deeper = await linked.ann.create_group("Vault", kind="private")
    await linked.ann.call("PATCH", f"/topics/{linked.topic['id']}", {"group_id": deeper["id"]})
    await linked.ann.call("PUT", "/groups/board/members/eve", {"role": "member"})


async def delete_what_is_named(linked: Linked) -> None:
    await linked.ann.call("DELETE", f"/topics/{linked.topic['id']}")
    await linked.ann.call("PUT", "/groups/board/members/eve", {"role": "member"})


@pytest.mark.parametrize("happens", [move_messages, move_their_topic, take_what_is_named_away, delete_what_is_named])
async def test_a_name_stays_where_it_may_be_known(linked: Linked, happens: Callable[[Linked], Awaitable[None]]) -> None:
    before = await linked.everything(linked.ann)
    assert before.count(SHOWN) > 8
    assert "behold" not in await linked.everything(linked.eve)
    await happens(linked)
    got = await linked.everything(linked.eve)
    assert got.count(f">{linked.chat.url}/board/") > 5
    assert "Merger" not in got


async def test_what_moves_inside_of_the_group_keeps_its_names(linked: Linked) -> None:
    other = await linked.ann.open_topic("board", "Other")
    move = {"message_ids": linked.messages, "to": {"topic_id": other["id"]}}
    await linked.ann.call("POST", f"/topics/{linked.talk['id']}/move", move)
    await linked.ann.call("PATCH", f"/topics/{linked.topic['id']}", {"name": "Renamed"})
    said = await linked.ann.messages(other["id"])
    assert said[0]["html"].count(f">{SHOWN}</a>") == 2
    assert said[1]["html"].count(f">{SHOWN}</a>") == 2


async def test_a_topic_that_moves_while_a_link_to_it_is_read(linked: Linked) -> None:
    app = linked.chat.appliance.app
    user = await app.store.read(people.find, linked.ann.id)
    asker = Asker(user, "member", "session", "write", b"", origin=linked.chat.url)
    draft = await draft_of(
        app, asker, f"behold {linked.chat.url}/board/{linked.topic['slug']}/", topic_id=linked.talk["id"]
    )
    assert SHOWN in draft.html
    await move_their_topic(linked)
    said = Said("late", draft.text, draft.nodes, draft.html)
    message, _ = await app.store.write(insert_message, asker, linked.talk["id"], said, Named(()), at=app.now())
    assert "Merger" not in message.html
    assert "Merger" not in str(message.nodes)
