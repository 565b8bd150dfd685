"""Previews without script: the cards are there, and a button takes one away."""

from __future__ import annotations

from convore_lite.actions.previews import keep
from convore_lite.store import Writer, previews
from convore_lite.store.previews import Found
from convore_lite.testing import Chat

from .conftest import Visit


async def test_cards_and_their_button(chat: Chat, visit: Visit) -> None:
    ann, bob, cleo = [await chat.member(name) for name in ("ann", "bob", "cleo")]
    group = await ann.create_group("Home lab")
    await bob.join("home-lab")
    said = await bob.post(group["default_topic_id"], "http://example.org/")
    url, found = "http://example.org/", Found("<b>Sensor</b>", "Dry & warm", "Example", b"picture", 240, 120)

    def find(conn: Writer) -> None:
        previews.want(conn, said["id"], url, 0, at=1)
        keep(conn, url, found, at=1)

    await chat.appliance.app.store.write(find)
    [preview] = (await ann.call("GET", f"/messages/{said['id']}"))["previews"]
    address = f"/home-lab/general/{said['id']}/previews/"
    admin, author, onlooker = await visit(ann), await visit(bob), await visit(cleo)
    for reader, buttons in ((admin, 1), (author, 1), (onlooker, 0)):
        page = await reader.get("/home-lab/general/")
        assert "&lt;b&gt;Sensor&lt;/b&gt;" in page
        assert f'src="/previews/{preview["id"]}/picture" width="240" height="120"' in page
        body = page.partition('<template id="message">')[0]
        assert body.count('class="card__remove"') == buttons
    await onlooker.form(address, 403, remove=str(preview["id"]))
    for wrong in ("", "x", "0", "999", "1" * 30, "-1"):
        await author.form(address, 404, remove=wrong)
    done = await author.form(address, 303, remove=str(preview["id"]))
    assert done.headers["location"] == f"/home-lab/general/{said['id']}/#m-{said['id']}"
    assert "Sensor" not in await onlooker.get("/home-lab/general/")
    assert (await ann.call("GET", f"/messages/{said['id']}"))["previews"] == []
