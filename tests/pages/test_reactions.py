"""Reactions without script: buttons below a message, and a page for any emoji."""

from __future__ import annotations

from convore_lite.testing import Chat

from .conftest import Visit


async def test_react_and_take_it_back(chat: Chat, visit: Visit) -> None:
    ann, bob, cleo = [await chat.member(name) for name in ("ann", "bob", "cleo")]
    group = await ann.create_group("Home lab")
    await bob.join("home-lab")
    said = await ann.post(group["default_topic_id"], "Found it")
    address, thumb = f"/home-lab/general/{said['id']}/", "\U0001f44d"
    writer, onlooker = await visit(bob), await visit(cleo)
    done = await writer.form(f"{address}react/", 303, add=thumb)
    assert done.headers["location"] == f"{address}#m-{said['id']}"

    async def buttons(visitor: object) -> list[dict[str, str]]:
        page = await visitor.look("/home-lab/general/")  # type: ignore[attr-defined]
        return [one for one in page.of("button") if one.get("class") == "reaction" and one["value"]]

    [mine] = await buttons(writer)
    assert (mine["name"], mine["value"], mine["aria-pressed"], mine["aria-label"]) == (
        "remove",
        thumb,
        "true",
        f"{thumb}, 1",
    )
    [seen] = await buttons(onlooker)
    assert (seen["name"], seen["aria-pressed"], "disabled" in seen) == ("add", "false", True)
    await onlooker.form(f"{address}react/", 403, add=thumb)
    await onlooker.get(f"{address}react/", 403)
    await writer.form(f"{address}react/", 303, remove=thumb)
    assert await buttons(writer) == []


async def test_any_emoji(chat: Chat, visit: Visit) -> None:
    ann = await chat.member("ann")
    group = await ann.create_group("Home lab")
    said = await ann.post(group["default_topic_id"], "Found it")
    address = f"/home-lab/general/{said['id']}/react/"
    writer = await visit(ann)
    assert "Found it" in await writer.get(address)
    wrong = await writer.form(address, 422, add="no emoji at all")
    assert "That is not one emoji." in wrong.text
    assert 'value="no emoji at all"' in wrong.text
    await writer.form(address, 303, add=":tada:")
    assert "\U0001f389" in (await ann.messages(group["default_topic_id"]))[0]["reactions"][0]["emoji"]
    await ann.call("DELETE", f"/messages/{said['id']}")
    await writer.get(address, 404)
