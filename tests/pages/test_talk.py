"""Topics and messages are changed, moved and deleted with forms; who may not is not offered it, and refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from convore_lite.testing import Chat, Member

from .conftest import Elements, Visit, Visitor

BACKUPS = "/home-lab/backups/"


@dataclass
class Lab:
    """Ann's group; Bob, a member, opened the topic and said the first thing in it, Ann the second."""

    ann: Member
    bob: Member
    topic: dict[str, Any]
    his: dict[str, Any]
    hers: dict[str, Any]


@pytest.fixture
async def lab(chat: Chat) -> Lab:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    await ann.create_group("Home lab")
    await bob.join("home-lab")
    topic = await bob.open_topic("home-lab", "Backups")
    return Lab(ann, bob, topic, await bob.post(topic["id"], "by bob"), await ann.post(topic["id"], "by ann"))


def offered(page: Elements, address: str = BACKUPS) -> set[str]:
    """Where a topic's page leads its reader: the forms and links in its menus, without the topic's own address."""
    targets = [given.get("action") or given.get("href", "") for tag, given in page.found if tag in ("a", "form")]
    return {target.removeprefix(address) for target in targets if target.startswith(address)}


async def test_a_menu_holds_only_what_its_reader_may_do(chat: Chat, visit: Visit, lab: Lab) -> None:
    his, hers = lab.his["id"], lab.hers["id"]
    to_admin = offered(await (await visit(lab.ann)).look(BACKUPS))
    to_opener = offered(await (await visit(lab.bob)).look(BACKUPS))
    carl = await chat.member("carl")
    await carl.join("home-lab")
    to_member = offered(await (await visit(carl)).look(BACKUPS))
    to_onlooker = offered(await (await visit(await chat.member("dora"))).look(BACKUPS))
    assert {
        "change/",
        "delete/",
        "move/",
        "level/",
        f"{hers}/edit/",
        f"{his}/delete/",
        f"move/?start={his}",
    } <= to_admin
    assert f"{his}/edit/" not in to_admin
    assert {"change/", "level/", f"{his}/edit/", f"{his}/delete/", f"{his}/unread/"} <= to_opener
    assert not {"delete/", "move/", f"{hers}/edit/", f"{hers}/delete/"} & to_opener
    assert {"level/", f"{his}/unread/"} <= to_member
    assert not {"change/", "delete/", "move/", f"{his}/edit/", f"{his}/delete/"} & to_member
    assert not {"change/", "delete/", "move/", "level/", f"{his}/unread/", f"{his}/delete/"} & to_onlooker


async def test_the_topic_a_group_opens_with_stays(visit: Visit, lab: Lab) -> None:
    ann = await visit(lab.ann)
    assert "delete/" in offered(await ann.look(BACKUPS))
    general = offered(await ann.look("/home-lab/general/"), "/home-lab/general/")
    assert "change/" in general
    assert "delete/" not in general
    await ann.get("/home-lab/general/delete/", 409)
    await ann.form("/home-lab/general/delete/", 409)


async def test_rename_and_old_links(visit: Visit, lab: Lab) -> None:
    bob = await visit(lab.bob)
    assert 'value="Backups"' in await bob.get(f"{BACKUPS}change/")
    assert "May not be empty." in (await bob.form(f"{BACKUPS}change/", 422, name=" ")).text
    done = await bob.form(f"{BACKUPS}change/", name="Restores")
    assert done.headers["location"] == "/home-lab/restores/"
    for rest in ("", "?before=9", f"{lab.his['id']}/", f"{lab.his['id']}/history/", "change/"):
        moved = await bob.http.get(BACKUPS + rest)
        assert (moved.status_code, moved.headers["location"]) == (308, f"/home-lab/restores/{rest}"), rest
    assert (await bob.http.post(BACKUPS, data={"text": "still"})).status_code == 308
    await bob.get("/home-lab/never/", 404)


@pytest.mark.parametrize(
    ("switch", "state"), [("resolved", "resolved</span>"), ("locked", "locked</span>"), ("pinned", "pinned</span>")]
)
async def test_switches(visit: Visit, lab: Lab, switch: str, state: str) -> None:
    ann = await visit(lab.ann)
    assert state not in await ann.get(BACKUPS)
    done = await ann.form(f"{BACKUPS}change/", 303, **{switch: "yes"})
    assert done.headers["location"] == BACKUPS
    assert state in await ann.get(BACKUPS)
    assert (await lab.bob.call("GET", f"/topics/{lab.topic['id']}"))[switch] is True
    await ann.form(f"{BACKUPS}change/", 303, **{switch: "no"})
    assert state not in await ann.get(BACKUPS)


async def test_a_locked_topic_says_so_where_one_writes(visit: Visit, lab: Lab) -> None:
    ann, bob = await visit(lab.ann), await visit(lab.bob)
    assert closed(await bob.look(BACKUPS)) == {"closed"}
    await ann.form(f"{BACKUPS}change/", locked="yes")
    assert closed(await bob.look(BACKUPS)) == {"open"}
    assert closed(await ann.look(BACKUPS)) == {"closed"}
    assert f"{lab.his['id']}/edit/" not in offered(await bob.look(BACKUPS))
    await bob.form(BACKUPS, 403, text="after all")
    await ann.form(BACKUPS, text="the last word")


def closed(page: Elements) -> set[str]:
    """What of the place where one writes is hidden."""
    return {given["data-when"] for _, given in page.found if "data-when" in given and "hidden" in given}


async def test_move_a_topic_to_another_group(chat: Chat, visit: Visit, lab: Lab) -> None:
    archive = await lab.ann.create_group("Archive", kind="private")
    ann, bob = await visit(lab.ann), await visit(lab.bob)
    await bob.get(BACKUPS)
    page = await ann.look(f"{BACKUPS}change/")
    assert {given["value"] for given in page.of("option")} == {str(archive["id"]), str(lab.topic["group_id"])}
    assert not (await bob.look(f"{BACKUPS}change/")).of("select")
    await bob.form(f"{BACKUPS}change/", 403, name="Backups", group=str(archive["id"]))
    done = await ann.form(f"{BACKUPS}change/", name="Backups", group=str(archive["id"]))
    assert done.headers["location"] == "/archive/backups/"
    for path in (BACKUPS, f"{BACKUPS}{lab.his['id']}/"):
        assert (await ann.http.get(path)).headers["location"] == path.replace("home-lab", "archive")
        assert await bob.get(path, 404) == await bob.get("/home-lab/never/", 404)


async def test_delete_a_topic(visit: Visit, lab: Lab) -> None:
    ann, bob = await visit(lab.ann), await visit(lab.bob)
    assert "2 messages will be gone" in await ann.get(f"{BACKUPS}delete/")
    await bob.get(f"{BACKUPS}delete/", 403)
    await bob.form(f"{BACKUPS}delete/", 403)
    await bob.get(BACKUPS)
    assert (await ann.form(f"{BACKUPS}delete/")).headers["location"] == "/home-lab/"
    assert await bob.get(BACKUPS, 404) == await ann.get(f"{BACKUPS}{lab.his['id']}/", 404)


async def test_levels(visit: Visit, lab: Lab) -> None:
    bob = await visit(lab.bob)
    for level in ("follow", "mute", "normal"):
        await bob.form(f"{BACKUPS}level/", level=level)
        assert (await lab.bob.call("GET", f"/topics/{lab.topic['id']}"))["my"]["level"] == level
        assert (await bob.look(BACKUPS)).of("button", name="level", value=level)[0]["aria-current"] == "true"
    await bob.form(f"{BACKUPS}level/", 422, level="loud")


async def test_edit_a_message_and_look_back(visit: Visit, lab: Lab) -> None:
    ann, bob = await visit(lab.ann), await visit(lab.bob)
    mine = f"{BACKUPS}{lab.his['id']}/"
    assert "by bob</textarea>" in await bob.get(f"{mine}edit/")
    assert edited(await bob.look(BACKUPS), f"{mine}history/") is False
    refused = await bob.form(f"{mine}edit/", 422, text="")
    assert "Write something" in refused.text
    done = await bob.form(f"{mine}edit/", text="by **bob**\r\nhimself")
    assert done.headers["location"] == f"{mine}#m-{lab.his['id']}"
    page = await ann.get(BACKUPS)
    assert "by <strong>bob</strong>" in page
    assert edited(Elements(page), f"{mine}history/") is True
    history = await ann.get(f"{mine}history/")
    assert history.index("<strong>bob</strong>") < history.index("by bob")
    await ann.get(f"{mine}edit/", 403)
    assert "by ann" not in (await ann.form(f"{mine}edit/", 403, text="by ann")).text


def edited(page: Elements, history: str) -> bool:
    """Whether a message has the mark of an edited one."""
    return "hidden" not in page.of("a", href=history)[0]


async def test_a_deleted_message_leaves_a_quiet_line(visit: Visit, lab: Lab) -> None:
    ann, bob = await visit(lab.ann), await visit(lab.bob)
    his, hers = (f"{BACKUPS}{message['id']}/" for message in (lab.his, lab.hers))
    assert "by ann" in await ann.get(f"{hers}delete/")
    await bob.get(f"{hers}delete/", 403)
    await bob.form(f"{hers}delete/", 403)
    await ann.form(f"{hers}delete/")
    page = await bob.get(BACKUPS)
    assert "Message deleted or moved</li>" in page.split("<template")[0]
    assert "by ann" not in page
    for rest in ("edit/", "delete/", "history/"):
        await ann.get(hers + rest, 404)
    await bob.form(f"{his}delete/")
    page = await ann.get(BACKUPS)
    assert "2 messages deleted or moved</li>" in page
    assert len(Elements(page).of("li", **{"data-seq": "2", "class": "message message--gone is-folded"})) == 1


async def test_unread_from_here_leads_to_the_group(visit: Visit, lab: Lab) -> None:
    bob = await visit(lab.bob)
    await bob.form(f"{BACKUPS}read/")
    assert await bob.unread_in_rail(lab.topic["id"]) == 0
    done = await bob.form(f"{BACKUPS}{lab.his['id']}/unread/")
    assert done.headers["location"] == "/home-lab/"
    assert await bob.unread_in_rail(lab.topic["id"]) == 1


async def test_make_this_a_topic(visit: Visit, lab: Lab) -> None:
    ann, bob = await visit(lab.ann), await visit(lab.bob)
    address, ids = f"{BACKUPS}move/", [str(lab.his["id"]), str(lab.hers["id"])]
    assert chosen(await ann.look(address)) == []
    assert chosen(await ann.look(f"{address}?start={ids[1]}")) == ids[1:]
    assert chosen(await ann.look(f"{address}?start={ids[0]}")) == ids
    group = str(lab.topic["group_id"])
    nothing = await ann.form(address, 422, to="new", name="Disks", group=group)
    assert "Choose the messages first." in nothing.text
    nameless = await ann.form(address, 422, to="new", name=" ", group=group, message=ids[1])
    assert "May not be empty." in nameless.text
    assert chosen(Elements(nameless.text)) == ids[1:]
    done = await ann.form(address, to="new", name="Disks", group=group, message=ids[1])
    assert done.headers["location"] == "/home-lab/disks/"
    assert "by ann" in await bob.get("/home-lab/disks/")
    assert "by ann" not in await bob.get(BACKUPS)
    assert (await bob.http.get(f"{BACKUPS}{ids[1]}/")).headers["location"] == f"/home-lab/disks/{ids[1]}/"
    await bob.get(address, 403)
    await bob.form(address, 403, to="topic", topic=str(lab.topic["id"]), message=ids[0])


async def test_messages_join_a_topic_that_is_there(chat: Chat, visit: Visit, lab: Lab) -> None:
    other = await lab.ann.create_group("Archive", kind="private")
    target = await lab.ann.open_topic("archive", "Old things")
    ann, bob = await visit(lab.ann), await visit(lab.bob)
    assert "by bob" in await bob.get(BACKUPS)
    page = await ann.look(f"{BACKUPS}move/")
    assert page.of("option", value=str(other["id"]))
    offered = (await ann.get(f"{BACKUPS}move/")).partition('name="topic"')[2]
    assert "Old things</option>" in offered
    assert "General</option>" in offered
    assert "Backups</option>" not in offered
    done = await ann.form(f"{BACKUPS}move/", to="topic", topic=str(target["id"]), message=str(lab.his["id"]))
    assert done.headers["location"] == "/archive/old-things/"
    assert "by bob" in await ann.get("/archive/old-things/")
    gone = await bob.get(f"{BACKUPS}{lab.his['id']}/", 404)
    assert gone == await bob.get(f"{BACKUPS}999999/", 404)
    assert "by bob" not in await bob.get(BACKUPS)
    await ann.form(f"{BACKUPS}move/", 422, to="topic", topic="nonsense", message=str(lab.hers["id"]))


def chosen(page: Elements) -> list[str]:
    return [given["value"] for given in page.of("input", name="message") if "checked" in given]


async def test_what_one_follows_comes_first_and_what_is_muted_is_quiet(visit: Visit, lab: Lab) -> None:
    bob = await visit(lab.bob)
    later = await lab.ann.open_topic("home-lab", "Later", "something new")
    assert await unread_topics(bob) == [BACKUPS, "/home-lab/later/"]
    await bob.form("/home-lab/later/level/", level="follow")
    assert await unread_topics(bob) == ["/home-lab/later/", BACKUPS]
    await bob.form("/home-lab/later/level/", level="mute")
    assert await unread_topics(bob) == [BACKUPS]
    await lab.ann.post(later["id"], "@bob look")
    assert await unread_topics(bob) == [BACKUPS, "/home-lab/later/"]


async def unread_topics(visitor: Visitor) -> list[str]:
    page = Elements((await visitor.get("/unread/")).partition("<fresh-page")[2])
    return [given["action"].removesuffix("read/") for given in page.of("form") if "data-topic" in given]


async def test_a_mention_by_a_word_shows_the_word(visit: Visit, lab: Lab) -> None:
    bob = await visit(lab.bob)
    await lab.bob.call("PUT", "/me/keywords", {"keywords": ["restic"]})
    alert = await lab.ann.post(lab.topic["id"], "Restic it is")
    lit = (await bob.look(BACKUPS)).of("li", class_="message message--again message--mention")
    assert [given["data-message"] for given in lit] == [str(alert["id"])]
    for path in ("/mentions/", "/"):
        page = await bob.get(path)
        assert '<span class="keyword">restic</span>' in page, path
    await lab.ann.post(lab.topic["id"], "@bob that was you")
    assert (await bob.get("/mentions/")).count('class="keyword"') == 1
