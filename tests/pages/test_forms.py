"""The forms, as a browser without script sends them."""

from __future__ import annotations

import pytest

from convore_lite.testing import Chat

from .conftest import Visit


async def test_sign_in_and_out(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    visitor = await visit(None)
    wrong = await visitor.form("/sign-in/", 401, username="ann", password="not it")
    assert "do not belong together" in wrong.text
    assert 'value="ann"' in wrong.text
    into = await visitor.form("/sign-in/", username="ann", password=ann.password, next="/settings/")
    assert into.headers["location"] == "/settings/"
    assert "HttpOnly" in into.headers["set-cookie"]
    await visitor.get("/settings/")
    assert (await visitor.http.get("/sign-in/?next=/mentions/")).headers["location"] == "/mentions/"
    await visitor.form("/sign-out/")
    assert (await visitor.http.get("/settings/")).headers["location"] == "/sign-in/?next=/settings/"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "/\t/evil.example/", "evil", "", "/\r\nx"],
)
async def test_signing_in_never_leads_to_another_site(chat: Chat, visit: Visit, elsewhere: str) -> None:
    ann = await chat.member("ann")
    visitor = await visit(None)
    into = await visitor.form("/sign-in/", username="ann", password=ann.password, next=elsewhere)
    assert into.headers["location"] == "/"


async def test_a_form_of_another_site_is_refused(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    visitor = await visit(ann)
    await visitor.form("/home-lab/general/", text="from here")
    visitor.http.headers["origin"] = "https://evil.example"
    await visitor.form("/home-lab/general/", 403, text="from there")
    await visitor.form("/sign-in/", 403, username="ann", password=ann.password)
    assert [message["text"] for message in await ann.messages(topic)] == ["from here"]


async def test_the_first_link_makes_the_owner_once(chat: Chat, visit: Visit) -> None:
    from convore_lite.actions import links

    secret = await links.make_first_link(chat.appliance.app)
    visitor = await visit(None)
    assert "This is yours now" in await visitor.get(f"/welcome/{secret}/")
    weak = await visitor.form(f"/welcome/{secret}/", 422, name="Runa", username="runa", password="short")
    assert "At least 10 characters" in weak.text
    assert 'value="runa"' in weak.text
    await visitor.form(f"/welcome/{secret}/", name="Runa", username="runa", password="a few good words")
    assert "Welcome, Runa" in await visitor.get("/")
    await visitor.get(f"/welcome/{secret}/", 404)


async def test_a_link_of_ones_own_gives_a_new_password(chat: Chat, visit: Visit) -> None:
    from convore_lite.actions import links
    from convore_lite.routes.sessions import CONSOLE_ASKER

    await chat.member("ann")
    secret = await links.make_link(chat.appliance.app, CONSOLE_ASKER, "ann")
    visitor = await visit(None)
    assert "Welcome, Ann." in await visitor.get(f"/welcome/{secret}/")
    await visitor.form(f"/welcome/{secret}/", password="other good words")
    await visitor.get("/settings/")
    await (await visit(None)).form("/sign-in/", username="ann", password="other good words")
    stranger = await visit(None)
    used = await stranger.get(f"/welcome/{secret}/", 404)
    assert "This link does not work" in used
    assert used == await stranger.get("/welcome/nonsense/", 404)
    assert (await stranger.form(f"/welcome/{secret}/", 404, password="third good words")).text == used


async def test_make_a_group_and_talk_in_it(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    one, other = await visit(ann), await visit(bob)
    assert (await one.form("/discover/", name="Home lab", kind="public")).headers["location"] == "/home-lab/"
    assert "May not be empty" in (await one.form("/discover/", 422, name="  ", kind="public")).text
    assert 'action="/home-lab/join/"' in await other.get("/discover/")
    await other.form("/home-lab/join/")
    opened = await one.form("/home-lab/", name="Backups", text="one\r\ntwo")
    assert opened.headers["location"] == "/home-lab/backups/"
    page = await other.get("/home-lab/backups/")
    assert "one<br>" in page.replace("<br />", "<br>")
    topic_id = int((await other.look("/home-lab/backups/")).of("message-list")[0]["data-topic"])
    assert await other.unread_in_rail(topic_id) == 1
    said = await other.form("/home-lab/backups/", text="and three", client_id="c1")
    assert said.headers["location"].startswith("/home-lab/backups/#m-")
    assert "and three" in await one.get("/home-lab/backups/")
    assert await other.unread_in_rail(topic_id) == 0
    await other.form("/home-lab/leave/")
    assert 'action="/home-lab/join/"' in await other.get("/home-lab/")


async def test_a_double_click_posts_once_and_a_second_thought_posts_too(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    topic = (await ann.create_group("Home lab"))["default_topic_id"]
    visitor = await visit(ann)
    fields = (await visitor.look("/home-lab/general/")).of("input", name="client_id")
    client_id = fields[0]["value"]
    first = await visitor.form("/home-lab/general/", text="hello", client_id=client_id)
    again = await visitor.form("/home-lab/general/", text="hello", client_id=client_id)
    assert first.headers["location"] == again.headers["location"]
    await visitor.form("/home-lab/general/", text="after the back button", client_id=client_id)
    assert [message["text"] for message in await ann.messages(topic)] == ["hello", "after the back button"]


async def test_what_cannot_be_posted_comes_back_as_it_was_typed(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    await ann.create_group("Home lab")
    visitor = await visit(ann)
    long = "much " * 5000
    back = await visitor.form("/home-lab/general/", 413, text=long)
    assert "at most 16 KiB" in back.text
    assert long.strip() in back.text
    assert "Write something first." in (await visitor.form("/home-lab/general/", 422, text="")).text


async def test_mark_a_topic_a_group_and_everything_read(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    await bob.join("home-lab")
    topic = group["default_topic_id"]
    visitor = await visit(bob)
    for path, fields in (("/home-lab/general/read/", {}), ("/home-lab/read/", {}), ("/unread/", {})):
        await ann.post(topic, "news")
        assert await visitor.unread_in_rail(topic) == 1
        await visitor.form(path, **fields)
        assert await visitor.unread_in_rail(topic) == 0


async def test_a_page_marks_read_only_what_it_showed(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    group = await ann.create_group("Home lab")
    await bob.join("home-lab")
    topic = group["default_topic_id"]
    await ann.post(topic, "shown")
    visitor = await visit(bob)
    shown = (await visitor.look("/home-lab/general/")).of("input", name="seq")[0]["value"]
    await ann.post(topic, "came later")
    await visitor.form("/home-lab/general/read/", seq=shown)
    assert await visitor.unread_in_rail(topic) == 1


async def test_the_only_admin_cannot_leave_the_others_alone(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    await ann.create_group("Home lab")
    await bob.join("home-lab")
    refused = await (await visit(ann)).form("/home-lab/leave/", 409)
    assert "Make somebody else an admin" in refused.text
    assert "Home lab" in refused.text


async def test_settings(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    visitor, other = await visit(ann), await visit(ann)
    await visitor.form("/settings/", name="Ann B.", email="ann@example.org", theme="dark")
    page = await visitor.get("/settings/?notice=saved")
    assert 'data-theme="dark"' in page
    assert "Ann B." in page
    assert "Saved." in page
    wrong = await visitor.form("/settings/", 422, name="Ann B.", email="nonsense", theme="dark")
    assert "Is not an e-mail address" in wrong.text
    assert 'value="nonsense"' in wrong.text
    await visitor.form("/settings/password/", 422, current="not it", new="other good words")
    await visitor.form("/settings/password/", current=ann.password, new="other good words")
    await visitor.get("/settings/")
    assert (await other.http.get("/settings/")).status_code == 303
