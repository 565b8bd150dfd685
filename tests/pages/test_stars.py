"""Stars without script: a form at each message, and the page of what is starred."""

from __future__ import annotations

from convore_lite.testing import Chat

from .conftest import Visit


async def test_star_a_message_and_find_it_again(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    said = await ann.post(group["default_topic_id"], "the key is in the drawer")
    address = f"/home-lab/general/{said['id']}/"
    reader = await visit(bob)  # who only looks on
    assert "No stars yet" in await reader.get("/starred/")
    done = await reader.form(f"{address}star/", 303, starred="yes")
    assert done.headers["location"] == f"{address}#m-{said['id']}"
    page = await reader.get("/starred/")
    assert "the key is in the drawer" in page
    assert f'href="{address}#m-{said["id"]}"' in page
    assert 'value="no">Remove star' in await reader.get("/home-lab/general/")
    assert 'value="no">Remove star' not in await (await visit(ann)).get("/home-lab/general/")
    await reader.form(f"{address}star/", 303, starred="no")
    assert "No stars yet" in await reader.get("/starred/")
