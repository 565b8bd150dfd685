"""How much one wants to hear of a group, chosen on its page."""

from __future__ import annotations

from convore_lite.testing import Chat

from .conftest import Visit


async def test_a_group_is_followed_and_muted(chat: Chat, visit: Visit) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    for name in ("Allotment", "Home lab"):
        await ann.create_group(name)
    visitor = await visit(ann)
    choices = (await visitor.look("/home-lab/")).of("button", name="level")
    assert [choice["value"] for choice in choices if "aria-current" in choice] == ["normal"]

    def order(page: str) -> list[int]:
        return [page.index(f'<h2 class="rail__title"><a href="/{slug}/"') for slug in ("allotment", "home-lab")]

    assert order(await visitor.get("/")) == sorted(order(await visitor.get("/")))
    followed = await visitor.form("/home-lab/level/", level="follow")
    assert followed.headers["location"] == "/home-lab/"
    assert order(await visitor.get("/")) == sorted(order(await visitor.get("/")), reverse=True)
    await visitor.form("/home-lab/level/", level="mute")
    assert "rail__group--muted" in await visitor.get("/")
    assert (await ann.call("GET", "/groups/home-lab"))["my"]["level"] == "mute"
    await visitor.form("/home-lab/level/", 422, level="loud")
    onlooker = await visit(bob)
    assert not (await onlooker.look("/home-lab/")).of("button", name="level")
    await onlooker.form("/home-lab/level/", 403, level="mute")
    await onlooker.form("/nothing/level/", 404, level="mute")


async def test_what_is_muted_looks_muted_unless_it_is_followed(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    await ann.create_group("Home lab")
    followed = await ann.open_topic("home-lab", "Backups")
    await ann.call("PUT", "/groups/home-lab/level", {"level": "mute"})
    await ann.call("PUT", f"/topics/{followed['id']}/level", {"level": "follow"})
    rows = (await (await visit(ann)).look("/settings/")).of("a")
    classes = {row["href"]: row["class"].split() for row in rows if "data-topic" in row}
    assert "rail__topic--muted" in classes["/home-lab/general/"]
    assert "rail__topic--followed" in classes["/home-lab/backups/"]
