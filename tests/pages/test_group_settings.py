"""The settings of a group: who gets them, and each form in them as a browser without script sends it."""

from __future__ import annotations

import re

import pytest

from convore_lite.testing import Chat, Member

from .conftest import Visit, Visitor

LINK = re.compile(r"http://chat\.test/join/([\w-]+)/")


@pytest.fixture
async def ann(chat: Chat) -> Member:
    """The admin of a private group."""
    ann = await chat.member("ann")
    await ann.create_group("Family", kind="private")
    return ann


async def put(ann: Member, *usernames: str) -> None:
    for username in usernames:
        await ann.call("PUT", f"/groups/family/members/{username}", {"role": "member"})


def about(**changes: str) -> dict[str, str]:
    return {"name": "Family", "slug": "family", "description": "", "kind": "private", **changes}


async def make_link(visitor: Visitor, **fields: str) -> str:
    """The code of a new invitation into the group."""
    page = await visitor.form("/family/settings/invitations/", 200, **fields)
    return LINK.findall(page.text)[0]


async def test_who_gets_the_settings(chat: Chat, visit: Visit, ann: Member) -> None:
    bob, eve = await chat.member("bob"), await chat.member("eve")
    await put(ann, "bob")
    admin, member, outside = await visit(ann), await visit(bob), await visit(eve)
    assert "/family/settings/" in await admin.get("/family/")
    assert "/family/settings/" not in await member.get("/family/")
    assert "Family" in await admin.get("/family/settings/")
    assert "That is not yours to do" in await member.get("/family/settings/", 403)
    assert await outside.get("/family/settings/", 404) == await outside.get("/nothing/settings/", 404)
    for path in ("", "invitations/", "delete/"):
        forbidden = await member.form(
            f"/family/settings/{path}", 403, **about(confirmation="Family"), default_topic_id="1"
        )
        assert "That is not yours to do" in forbidden.text
        await outside.form(f"/family/settings/{path}", 404, **about(confirmation="Family"), default_topic_id="1")
    assert "Family" in await admin.get("/family/settings/")


async def test_what_a_group_is_can_be_changed(visit: Visit, ann: Member) -> None:
    visitor = await visit(ann)
    other = await ann.open_topic("family", "Summer house")
    fields = about(name="The family", slug="the-family", description="Us", kind="public")
    fields["default_topic_id"] = str(other["id"])
    saved = await visitor.form("/family/settings/", **fields)
    assert saved.headers["location"] == "/the-family/settings/?notice=saved"
    assert "Saved." in await visitor.get("/the-family/settings/?notice=saved")
    group = await ann.call("GET", "/groups/the-family")
    assert (group["name"], group["description"], group["kind"]) == ("The family", "Us", "public")
    assert group["default_topic_id"] == other["id"]


async def test_what_is_wrong_stands_beside_the_field(visit: Visit, ann: Member) -> None:
    visitor = await visit(ann)
    foreign = str((await ann.create_group("Book club"))["default_topic_id"])
    topic = str((await ann.call("GET", "/groups/family"))["default_topic_id"])
    taken = await visitor.form("/family/settings/", 409, **about(slug="book-club"), default_topic_id=topic)
    assert 'id="problem-slug"' in taken.text
    assert 'value="book-club"' in taken.text
    empty = await visitor.form("/family/settings/", 422, **about(name=" "), default_topic_id=topic)
    assert 'id="problem-name"' in empty.text
    other = await visitor.form("/family/settings/", 422, **about(), default_topic_id=foreign)
    assert "Is no topic of this group." in other.text
    assert (await ann.call("GET", "/groups/family"))["slug"] == "family"


async def test_the_page_says_what_a_change_of_kind_means(visit: Visit, ann: Member) -> None:
    visitor = await visit(ann)
    assert "All that was said here so far becomes readable" in await visitor.get("/family/settings/")
    await ann.call("PATCH", "/groups/family", {"kind": "public"})
    assert "everybody else loses sight of it at once" in await visitor.get("/family/settings/")


async def test_an_invitation_link_is_shown_once_and_can_be_taken_back(chat: Chat, visit: Visit, ann: Member) -> None:
    visitor, bob = await visit(ann), await visit(await chat.member("bob"))
    code = await make_link(visitor, days="7", uses="1")
    page = await visitor.get("/family/settings/")
    assert code not in page
    assert "not used yet, of 1" in page
    assert "Ann invites you to Family" in await bob.get(f"/join/{code}/")
    (form,) = [f for f in (await visitor.look("/family/settings/")).of("form") if "/revoke/" in f.get("action", "")]
    await visitor.form(form["action"])
    assert "does not work" in await bob.get(f"/join/{code}/", 404)
    await visitor.form("/family/settings/invitations/", 422, days="9999", uses="1")
    assert 'id="problem-uses"' in (await visitor.form("/family/settings/invitations/", 422, days="1", uses="-1")).text


async def test_who_asks_is_let_in_or_not(chat: Chat, visit: Visit, ann: Member) -> None:
    bob, eve = await chat.member("bob"), await chat.member("eve")
    visitor = await visit(ann)
    assert "asks to join" not in await visitor.get("/")
    for asking in (bob, eve):
        await (await visit(asking)).form("/family/join/")
    assert "2 ask to join" in await visitor.get("/")
    assert "Settings, 2 asking to join" in await visitor.get("/family/")
    await visitor.form("/family/requests/bob/accept/")
    await visitor.form("/family/requests/eve/decline/")
    await (await visit(bob)).get("/family/")
    await (await visit(eve)).get("/family/", 404)
    assert "ask to join" not in await visitor.get("/")


async def test_members_are_added_promoted_and_removed(chat: Chat, visit: Visit, ann: Member) -> None:
    bob = await chat.member("bob")
    visitor = await visit(ann)
    await visitor.form("/family/members/", username="@Bob")
    nobody = await visitor.form("/family/members/", 422, username="nobody")
    assert "“nobody” is nobody here" in nobody.text
    other = await visit(bob)
    assert 'popovertarget="member-' not in await other.get("/family/members/")
    await other.form("/family/members/", 403, username="ann")
    await visitor.form("/family/members/bob/", role="admin")
    assert 'popovertarget="member-' in await other.get("/family/members/")
    back = await visitor.form("/family/members/bob/", role="member", next="/family/settings/#members")
    assert back.headers["location"] == "/family/settings/#members"
    last = await visitor.form("/family/members/ann/", 409, role="member")
    assert "Make somebody else an admin of the group first." in last.text
    await visitor.form("/family/members/bob/remove/")
    await other.get("/family/", 404)


async def test_a_group_is_deleted_by_its_name(visit: Visit, ann: Member) -> None:
    visitor = await visit(ann)
    again = await visitor.form("/family/settings/delete/", 422, confirmation="family?")
    assert "Write “Family” to delete it." in again.text
    assert "Family" in await visitor.get("/family/")
    assert (await visitor.form("/family/settings/delete/", confirmation="Family")).headers["location"] == "/"
    await visitor.get("/family/", 404)
