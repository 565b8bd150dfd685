"""Direct messages: the list of conversations, beginning one, and where it stands beside the groups."""

from __future__ import annotations

from urllib.parse import quote

from convore_lite.testing import Chat, Member

from .conftest import Visit


async def write_to(member: Member, *usernames: str, text: str) -> str:
    """The address of the conversation."""
    group = await member.call("POST", "/direct", {"usernames": list(usernames)})
    await member.post(group["default_topic_id"], text)
    return f"/{group['slug']}/general/"


async def test_begin_a_conversation(chat: Chat, visit: Visit) -> None:
    ann, bob, _ = [await chat.member(name) for name in ("ann", "bob", "eve")]
    visitor = await visit(ann)
    begun = await visitor.form("/direct/", usernames="@bob, eve")
    address = begun.headers["location"]
    assert address.startswith("/direct-")
    await visitor.get(address)
    again = await (await visit(bob)).http.post("/direct/", data={"who": ["ann", "eve"]})
    assert again.headers["location"] == address
    assert (await visitor.http.get(address.removesuffix("general/"))).headers["location"] == address
    alone = await visitor.form("/direct/", 422, usernames="")
    assert "1 to 19 other people" in alone.text
    nobody = await visitor.form("/direct/", 422, usernames="bob, nobody")
    assert "“nobody” is nobody here" in nobody.text.lower()
    assert 'value="bob, nobody"' in nobody.text


async def test_conversations_stand_in_the_rail_and_on_their_page(chat: Chat, visit: Visit) -> None:
    ann, bob, eve = [await chat.member(name) for name in ("ann", "bob", "eve")]
    first = await write_to(bob, "ann", text="hello Ann")
    second = await write_to(eve, "ann", "bob", text="hello both")
    visitor = await visit(ann)
    for path in ("/direct/", "/settings/"):
        page = await visitor.look(path)
        rows = {row["href"]: row for row in page.of("a") if "rail__topic--direct" in row.get("class", "")}
        assert [rows[address]["data-unread"] for address in (first, second)] == ["1", "1"]
    html = await visitor.get("/direct/")
    page = html.partition('class="page"')[2]
    assert page.index(second) < page.index(first)
    assert "Bob, Eve" in page
    assert "hello both" in page
    assert "Ann, Bob" in await (await visit(eve)).get("/direct/")
    outsider = await visit(await chat.member("mallory"))
    assert "hello" not in await outsider.get("/direct/")
    assert await outsider.get(first, 404) == await outsider.get("/nothing/general/", 404)
    for path in ("/", "/discover/"):
        assert "direct-" not in await outsider.get(path)


async def test_what_is_said_in_a_conversation_is_for_its_reader(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    address = await write_to(bob, "ann", text="hello Ann")
    visitor = await visit(ann)
    home = (await visitor.get("/")).partition('class="page"')[2]
    assert home.index("For you") < home.index("Direct message") < home.index("hello Ann")
    assert "General" not in home
    unread = (await visitor.get("/unread/")).partition('class="page"')[2]
    assert "pill--you" in unread
    assert "General" not in unread
    await visitor.form(f"{address}level/", level="mute")
    await bob.post((await bob.call("POST", "/direct", {"usernames": ["ann"]}))["default_topic_id"], "more")
    assert "For you" not in await visitor.get("/")
    await visitor.form("/unread/")
    assert "nothing new" not in await visitor.get("/")  # a conversation is no group in which to start a topic


async def test_a_conversation_offers_nothing_that_cannot_be_done_with_it(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    address = (await write_to(bob, "ann", text="hello")).removesuffix("general/")
    visitor = await visit(ann)
    await visitor.get(f"{address}settings/", 403)
    members = await visitor.get(f"{address}members/")
    assert 'popovertarget="member-' not in members
    refused = await visitor.form(f"{address}leave/", 409)
    assert "A conversation keeps the people it was begun with." in refused.text
    await visitor.get(f"{address}general/")


async def test_a_conversation_shows_all_of_its_people(chat: Chat, visit: Visit) -> None:
    ann, _, _ = [await chat.member(name) for name in ("ann", "bob", "eve")]
    address = await write_to(ann, "bob", "eve", text="nobody has answered yet")
    beside = (await (await visit(ann)).get(address)).partition("In this conversation")[2]
    assert all(f'href="/users/{name}/"' in beside for name in ("ann", "bob", "eve"))


async def test_people_are_found_by_name_and_stay_chosen(chat: Chat, visit: Visit) -> None:
    ann, _, _ = [await chat.member(name) for name in ("ann", "bob", "eve")]
    visitor = await visit(ann)
    everybody = await visitor.look("/direct/")
    assert [box["value"] for box in everybody.of("input", name="who")] == ["bob", "eve"]
    # Enter in the field that finds people sends the whole form.
    found = await visitor.http.post("/direct/", data={"usernames": "bob", "who": ["eve"], "q": "ev", "words": ""})
    assert found.headers["location"] == f"/direct/?usernames=bob&q={quote('ev')}&who=eve"
    page = await visitor.look(found.headers["location"])
    assert [(box["value"], "checked" in box) for box in page.of("input", name="who")] == [("eve", True)]
    assert page.of("input", name="usernames", value="bob")
