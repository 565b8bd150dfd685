"""An admin of the server deletes a group that they cannot read, and no conversation of others."""

from __future__ import annotations

import pytest

from .conftest import Server


@pytest.mark.parametrize("by", ["id", "slug"])
async def test_an_admin_deletes_a_private_group_from_outside(server: Server, by: str) -> None:
    assert (await server.ada.refused("GET", "/groups/cellar"))["status"] == 404
    await server.ada.call("DELETE", f"/groups/{server.cellar[by]}")
    assert (await server.mia.refused("GET", "/groups/cellar"))["status"] == 404
    assert (await server.ada.call("GET", "/admin/groups"))["items"] == []
    (line, *_) = (await server.ada.call("GET", "/admin/audit"))["items"]
    assert (line["act"], line["actor"]["username"], line["group_id"]) == ("delete group", "ada", server.cellar["id"])
    assert line["detail"] == {"slug": "cellar"}


async def test_others_do_not(server: Server) -> None:
    assert (await server.gus.refused("DELETE", "/groups/cellar"))["status"] == 404
    public = await server.mia.create_group("Attic")
    bob = await server.chat.member("bob")
    assert (await bob.refused("DELETE", f"/groups/{public['id']}"))["status"] == 403
    lines = (await server.ada.call("GET", "/admin/audit"))["items"]
    assert "delete group" not in [line["act"] for line in lines]


async def test_nobody_deletes_a_conversation(server: Server) -> None:
    others = await server.mia.call("POST", "/direct", {"usernames": ["runa"]})
    own = await server.ada.call("POST", "/direct", {"usernames": ["mia"]})
    assert (await server.ada.refused("DELETE", f"/groups/{others['id']}"))["status"] == 404
    assert (await server.ada.refused("DELETE", f"/groups/{own['id']}"))["status"] == 403
    assert await server.mia.call("GET", f"/groups/{others['id']}")
