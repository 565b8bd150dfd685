"""Coming in: asking, invitation links, accounts that people make for themselves; and old addresses."""

from __future__ import annotations

from typing import Any

import pytest

from convore_lite.testing import Chat, Member

from .conftest import Visit

NEW = {"name": "Eve", "username": "eve", "password": "a few good words"}


async def invitation(member: Member, group: str = "family", **fields: Any) -> str:
    made = await member.call("POST", f"/groups/{group}/invitations", {"expires_in": 3600, "max_uses": None, **fields})
    return f"/join/{made['code']}/"


async def test_asking_says_the_same_whether_there_is_such_a_group(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    await ann.create_group("Family", kind="private")
    visitor = await visit(bob)
    asked = await visitor.form("/discover/ask/", address="family")
    other = await visitor.form("/discover/ask/", address="no-such-group")
    assert asked.headers["location"] == other.headers["location"] == "/discover/?notice=asked"
    assert asked.content == other.content
    assert "If there is such a group" in await visitor.get("/discover/?notice=asked")
    assert "If there is such a group" not in await visitor.get("/discover/")
    waiting = (await ann.call("GET", "/groups/family/requests"))["items"]
    assert [request["user"]["username"] for request in waiting] == ["bob"]
    whole = await visitor.form("/discover/ask/", address=" http://chat.test/family/ ")
    assert whole.headers["location"] == "/discover/?notice=asked"


async def test_a_public_group_is_joined_by_its_address(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    await ann.create_group("Home lab")
    joined = await (await visit(bob)).form("/discover/ask/", address="home-lab")
    assert joined.headers["location"] == "/home-lab/"
    assert (await bob.call("GET", "/groups/home-lab"))["my"]["role"] == "member"


async def test_a_guest_sees_no_public_groups_and_makes_none(chat: Chat, visit: Visit) -> None:
    ann, bob, eve = await chat.member("ann"), await chat.member("bob"), await chat.member("eve", role="guest")
    await ann.create_group("Home lab")
    assert "Home lab" in await (await visit(bob)).get("/discover/")
    guest = await visit(eve)
    page = await guest.get("/discover/")
    assert "You are a guest here" in page
    assert "Home lab" not in page
    assert "new-group" not in page + await guest.get("/")
    await guest.form("/discover/", 403, name="Mine", kind="public")
    assert (await guest.form("/home-lab/join/")).headers["location"] == "/discover/?notice=asked"
    await guest.get("/home-lab/", 404)


async def test_an_invitation_needs_one_button_of_who_is_here(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    await ann.create_group("Family", kind="private")
    path, visitor = await invitation(ann), await visit(bob)
    page = await visitor.look(path)
    assert not page.of("input")
    assert (await visitor.form(path)).headers["location"] == "/family/"
    assert "Family" in await visitor.get("/family/")
    again = await visitor.look(path)
    assert not again.of("button")
    assert again.of("a", href="/family/")


async def test_home_says_who_asks_to_join(chat: Chat, visit: Visit) -> None:
    ann, bob, eve = await chat.member("ann"), await chat.member("bob"), await chat.member("eve")
    await ann.create_group("Family", kind="private")
    await ann.call("PUT", "/groups/family/members/eve", {"role": "member"})
    admin, member = await visit(ann), await visit(eve)
    assert "to join" not in (await admin.get("/")).partition('class="page"')[2]
    await (await visit(bob)).form("/discover/ask/", address="family")
    assert "Somebody asks to join" in (await admin.get("/")).partition('class="page"')[2]
    assert "to join" not in await member.get("/")


async def test_a_stranger_signs_in_first_and_comes_back(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    await ann.create_group("Family", kind="private")
    path, stranger = await invitation(ann), await visit(None)
    page = await stranger.look(path)
    assert not page.of("input", name="username")  # she does not look after this place: no accounts come of her links
    (door,) = page.of("a", href=f"/sign-in/?next={path}")
    assert f'value="{path}"' in await stranger.get(door["href"])
    into = await stranger.form("/sign-in/", username="bob", password=bob.password, next=path)
    assert into.headers["location"] == path
    assert (await (await visit(None)).form(path, 404, **NEW)).status_code == 404


async def test_the_link_of_an_admin_makes_an_account(chat: Chat, visit: Visit) -> None:
    boss = await chat.member("boss", role="admin")
    await boss.create_group("Family", kind="private")
    path, stranger = await invitation(boss, max_uses=1, role="guest"), await visit(None)
    assert "Boss invites you to Family" in await stranger.get(path)
    weak = await stranger.form(path, 422, **{**NEW, "password": "short"})
    assert "At least 10 characters" in weak.text
    taken = await stranger.form(path, 409, **{**NEW, "username": "boss"})
    assert 'id="problem-username"' in taken.text
    assert 'value="Eve"' in taken.text
    await stranger.form(path, **NEW)
    assert "Family" in await stranger.get("/family/")
    assert "You are a guest here" in await stranger.get("/discover/")
    assert "does not work" in await (await visit(None)).get(path, 404)


async def test_signing_up_is_for_invited_people_only(chat: Chat, visit: Visit) -> None:
    stranger = await visit(None)
    assert "New accounts are made by invitation here." in await stranger.get("/sign-up/", 403)
    await stranger.form("/sign-up/", 403, **NEW)
    assert "/sign-up/" not in await stranger.get("/sign-in/")


class TestOpen:
    @pytest.fixture
    def chat_settings(self) -> dict[str, Any]:
        return {"registration": "open"}

    async def test_anybody_signs_up(self, chat: Chat, visit: Visit) -> None:
        await chat.member("ann")
        stranger = await visit(None)
        assert 'href="/sign-up/"' in await stranger.get("/sign-in/")
        wrong = await stranger.form("/sign-up/", 422, **{**NEW, "username": "E E"})
        assert 'id="problem-username"' in wrong.text
        assert 'id="problem-username"' in (await stranger.form("/sign-up/", 409, **{**NEW, "username": "ann"})).text
        await stranger.form("/sign-up/", **NEW)
        assert "Welcome, Eve" in await stranger.get("/")
        assert (await stranger.http.get("/sign-up/")).headers["location"] == "/"

    async def test_who_comes_in_a_crowd_is_told_when_to_try_again(
        self, chat: Chat, visit: Visit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        boss = await chat.member("boss", role="admin")
        link = await (await chat.signed_in(boss)).call("POST", f"/users/{(await chat.member('ann')).id}/link")
        made = await boss.call("POST", "/invitations", {})
        monkeypatch.setattr("convore_lite.passwords.MOST_WAITING", 0)
        stranger = await visit(None)
        for path in ("/sign-in/", "/sign-up/", link["path"], f"/join/{made['code']}/"):
            crowded = await stranger.form(path, 429, **NEW)
            assert crowded.headers["retry-after"] == "3", path
            assert "Many people are signing in at this moment." in crowded.text
            assert 'type="password"' in crowded.text


async def test_an_old_address_leads_to_the_new_one(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    await ann.create_group("Family", kind="private")
    await ann.call("PATCH", "/groups/family", {"slug": "the-berg"})
    inside, outside = await visit(ann), await visit(bob)
    for path in ("/", "/members/", "/general/?before=9"):
        moved = await inside.http.get(f"/family{path}")
        assert (moved.status_code, moved.headers["location"]) == (308, f"/the-berg{path}"), path
        assert await outside.get(f"/family{path}", 404) == await outside.get(f"/nothing{path}", 404)
    assert (await inside.form("/family/read/", 308)).headers["location"] == "/the-berg/read/"
    await inside.get("/family-2/", 404)
    await ann.create_group("Family")
    assert "Family" in await inside.get("/family/")
