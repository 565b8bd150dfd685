"""The pages of whoever looks after the server, and that they are not there for anybody else."""

from __future__ import annotations

import re

import pytest

from convore_lite.testing import Chat, Member

from .conftest import Visit, Visitor

PAGES = ["", "people/", "people/mia/", "groups/", "groups/1/", "invitations/", "storage/", "settings/", "audit/"]
FORMS = [
    ("people/", {"username": "new", "role": "member"}),
    ("people/mia/role/", {"role": "guest"}),
    ("people/mia/link/", {}),
    ("people/mia/deactivate/", {}),
    ("people/mia/reactivate/", {}),
    ("people/mia/erase/", {"confirmation": "mia", "messages": "keep"}),
    ("groups/1/delete/", {"confirmation": "Cellar"}),
    ("invitations/", {"days": "7"}),
    ("invitations/1/revoke/", {}),
]


@pytest.fixture
async def cellar(chat: Chat) -> Member:
    """mia, who made a private group."""
    mia = await chat.member("mia")
    await mia.create_group("Cellar", "private")
    return mia


@pytest.fixture
async def owner(chat: Chat, visit: Visit, cellar: Member) -> Visitor:
    return await visit(await chat.member("runa", role="owner"))


async def audit_acts(chat: Chat) -> list[str]:
    async with chat.client(console=True) as console:
        return [line["act"] for line in (await console.get("/api/v1/admin/audit")).json()["items"]]


async def test_each_page_is_there_for_admins(chat: Chat, visit: Visit, owner: Visitor) -> None:
    admin = await visit(await chat.member("ada", role="admin"))
    for one in (owner, admin):
        for page in PAGES:
            found = await one.look(f"/admin/{page}")
            assert len(found.of("a", class_="tabs__tab")) == 7, page
            assert found.of("a", **{"aria-current": "page", "class": "tabs__tab"}), page
            assert found.of("a", **{"href": "/admin/", "class": "shelf__link", "aria-current": "page"}), page


async def test_for_others_there_is_no_such_page(chat: Chat, visit: Visit, owner: Visitor) -> None:
    """Not even a hint: the page is that of an address where nothing is, to the byte."""
    await owner.get("/admin/people/")
    before = await audit_acts(chat)
    for other in (await visit(await chat.member("bob")), await visit(await chat.member("gus", role="guest"))):
        nothing = await other.get("/nothing/nowhere/", 404)
        for page in PAGES:
            assert await other.get(f"/admin/{page}", 404) == nothing, page
        for page, fields in FORMS:
            assert (await other.form(f"/admin/{page}", 404, **fields)).text == nothing, page
        assert "Administration" not in await other.get("/")
    assert [act for act in await audit_acts(chat) if act not in ("add user", "make token")] == [
        act for act in before if act not in ("add user", "make token")
    ]


async def test_who_is_not_signed_in_is_led_to_the_door(visit: Visit) -> None:
    stranger = await visit(None)
    for page in PAGES:
        answer = await stranger.http.get(f"/admin/{page}")
        assert answer.headers["location"] == f"/sign-in/?next=/admin/{page}"


async def test_make_an_account_and_send_its_link(visit: Visit, owner: Visitor) -> None:
    page = (await owner.form("/admin/people/", 200, username="newt", name="Newt", email="", role="guest")).text
    (link,) = re.findall(r'value="(http[^"]+/welcome/[^"]+)"', page)
    assert "/welcome/" not in await owner.get("/admin/people/newt/")
    newcomer = await visit(None)
    path = link.partition("/welcome/")
    await newcomer.form(f"/welcome/{path[2]}", password="a few good words")
    assert "Newt" in await newcomer.get("/settings/")
    await newcomer.get("/admin/", 404)


async def test_a_new_account_that_cannot_be_comes_back_as_it_was_typed(owner: Visitor) -> None:
    taken = (await owner.form("/admin/people/", 409, username="mia", name="Another", role="member")).text
    assert "is taken" in taken
    assert 'value="Another"' in taken
    assert "open>" in taken
    bad = (await owner.form("/admin/people/", 422, username="no good", role="member", email="nonsense")).text
    assert 'value="no good"' in bad
    await owner.form("/admin/people/", 422, username="fine", role="emperor")


async def test_a_bot_gets_no_link(owner: Visitor) -> None:
    made = await owner.form("/admin/people/", username="robo", role="member", kind="bot")
    page = await owner.get(made.headers["location"])
    assert "a bot" in page
    assert "one-time link" not in page


async def test_find_people(chat: Chat, owner: Visitor) -> None:
    for name in ("ann", "anselm", "bob"):
        await chat.member(name)
    found = await owner.get("/admin/people/?q=AN")
    assert re.findall(r'class="item" href="/admin/people/(\w+)/"', found) == ["ann", "anselm"]
    assert "Nobody" in await owner.get("/admin/people/?q=zz")


async def test_change_a_role(chat: Chat, visit: Visit, owner: Visitor) -> None:
    await owner.form("/admin/people/mia/role/", role="admin")
    assert "admin" in (await owner.look("/admin/people/mia/")).of("input", value="admin", checked="")[0]["value"]
    ada = await visit(await chat.member("ada", role="admin"))
    page = await ada.get("/admin/people/mia/")
    assert "Only an owner looks after" in page
    assert 'name="role"' not in page
    assert "Only an owner" in (await ada.form("/admin/people/mia/role/", 403, role="member")).text
    assert "last owner" in (await owner.form("/admin/people/runa/role/", 409, role="member")).text


async def test_deactivate_and_reactivate(visit: Visit, owner: Visitor, cellar: Member) -> None:
    mia = await visit(cellar)
    await owner.form("/admin/people/mia/deactivate/")
    assert (await mia.http.get("/settings/")).status_code == 303
    assert "deactivated" in await owner.get("/admin/people/mia/")
    await owner.form("/admin/people/mia/reactivate/")
    await visit(cellar)


async def test_erase_somebody_who_is_meant(chat: Chat, owner: Visitor, cellar: Member) -> None:
    wrong = await owner.form("/admin/people/mia/erase/", 422, confirmation="mio", messages="keep")
    assert "Write “mia” to erase it" in wrong.text
    await owner.get("/admin/people/mia/")
    done = await owner.form("/admin/people/mia/erase/", confirmation="mia", messages="delete")
    assert "The account is erased." in await owner.get(done.headers["location"])
    await owner.get("/admin/people/mia/", 404)
    assert "Somebody who left" not in await owner.get("/admin/people/")
    gone = await owner.look(f"/admin/people/{cellar.id}/")
    assert not gone.of("form", action=f"/admin/people/gone-{cellar.id}/reactivate/")
    assert "erase user" in await audit_acts(chat)


async def test_delete_a_group_that_is_meant(owner: Visitor) -> None:
    assert "Cellar" in await owner.get("/admin/groups/")
    await owner.get("/cellar/", 404)
    refused = await owner.form("/admin/groups/1/delete/", 422, confirmation="cellar?")
    assert "Write “Cellar” to delete it" in refused.text
    done = await owner.form("/admin/groups/1/delete/", confirmation="Cellar")
    page = await owner.get(done.headers["location"])
    assert "The group is deleted." in page
    assert "Cellar" not in page
    await owner.get("/admin/groups/1/", 404)


async def test_invite_to_the_server_and_take_it_back(chat: Chat, visit: Visit, owner: Visitor) -> None:
    page = (await owner.form("/admin/invitations/", 200, days="7", uses="2", role="member", group="")).text
    (code,) = re.findall(r'value="http[^"]+/join/([^"/]+)/"', page)
    stranger = await visit(None)
    assert "runa" in (await stranger.get(f"/join/{code}/")).lower()
    again = await owner.get("/admin/invitations/")
    assert code not in again
    assert "not used yet, of 2" in again
    (number,) = re.findall(r"/admin/invitations/(\d+)/revoke/", again)
    await owner.form(f"/admin/invitations/{number}/revoke/")
    await stranger.get(f"/join/{code}/", 404)
    assert {"make invitation", "revoke invitation"} <= set(await audit_acts(chat))


async def test_a_guest_is_invited_into_a_group(owner: Visitor) -> None:
    assert "into a group" in (await owner.form("/admin/invitations/", 422, days="7", role="guest", group="")).text
    # Into one that its maker does not look after, nobody is.
    await owner.form("/admin/invitations/", 422, days="7", role="guest", group="1")
    await owner.form("/discover/", name="Attic", kind="private")
    (group,) = re.findall(r'<option value="(\d+)">Attic', await owner.get("/admin/invitations/"))
    assert "/join/" in (await owner.form("/admin/invitations/", 200, days="7", role="guest", group=group)).text


async def test_what_is_told_of_the_server(chat: Chat, owner: Visitor) -> None:
    assert "CONVORE_REGISTRATION" in await owner.get("/admin/settings/")
    assert str(chat.appliance.app.settings.data) in await owner.get("/admin/storage/")
    await owner.form("/admin/people/mia/role/", role="guest")
    log = await owner.get("/admin/audit/")
    assert "Changed the role of" in log
    assert "role guest, before member" in log


async def test_the_audit_log_goes_on(chat: Chat, owner: Visitor) -> None:
    for turn in range(60):
        await owner.form("/admin/people/mia/role/", role="guest" if turn % 2 else "admin")
    newest = await owner.get("/admin/audit/")
    assert newest.count('class="acts__one"') == 50
    (older,) = re.findall(r'href="/admin/audit/(\?before=\d+)"', newest)
    assert "Made the account of" in await owner.get(f"/admin/audit/{older}")
