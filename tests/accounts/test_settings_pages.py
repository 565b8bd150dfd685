"""The pages of one's own settings, as a browser without script uses them."""

from __future__ import annotations

import re

import httpx2
import pytest

from convore_lite.testing import Chat, Member
from convore_lite.testing.chat import API, PASSWORD

from . import images

PARTS = ["/settings/", "/settings/alerts/", "/settings/sessions/", "/settings/tokens/", "/settings/account/"]


@pytest.fixture
async def ann(chat: Chat) -> Member:
    return await chat.signed_in(await chat.member("ann"))


async def page(member: Member, path: str) -> str:
    answer = await member.http.get(path)
    assert answer.status_code == 200, path
    return answer.text


async def form(member: Member, path: str, status: int = 303, **fields: str) -> httpx2.Response:
    answer = await member.http.post(path, data=fields)
    assert answer.status_code == status, (path, answer.status_code, answer.text[-2000:])
    return answer


async def test_the_way_from_one_to_the_other(ann: Member) -> None:
    for path in PARTS:
        html = await page(ann, path)
        for other in PARTS:
            assert f'href="{other}"{" aria-current=" if other == path else ""}' in html


async def test_a_picture(ann: Member) -> None:
    sent = {"file": ("me.png", images.plain(), "image/png")}
    answer = await ann.http.post("/settings/picture/", files=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/?notice=picture")
    address = (await ann.call("GET", "/me"))["avatar_url"]
    assert f'src="{address}"' in await page(ann, "/settings/")
    assert f'src="{address}"' in await page(ann, "/users/ann/")
    await form(ann, "/settings/picture/remove/")
    assert address not in await page(ann, "/settings/")


@pytest.mark.parametrize(
    ("data", "status"),
    [(images.SVG, 415), (b"", 422), (images.plain()[:70], 422), (images.png_head(60_000, 60_000), 413)],
)
async def test_a_picture_that_is_none(ann: Member, data: bytes, status: int) -> None:
    answer = await ann.http.post("/settings/picture/", files={"file": ("me.png", data, "image/png")})
    assert answer.status_code == status
    assert 'id="problem-file"' in answer.text
    assert "Traceback" not in answer.text


async def test_devices(chat: Chat, ann: Member) -> None:
    other = await chat.signed_in(ann)
    html = await page(ann, "/settings/sessions/")
    assert html.count("this device") == 1
    session = re.search(r'name="session" value="(\w+)".*?</form>', html.split("this device")[1], re.DOTALL)
    assert session
    await form(ann, "/settings/sessions/end/", session=session[1])
    assert (await other.refused("GET", "/me"))["status"] == 401
    third = await chat.signed_in(ann)
    await form(ann, "/settings/sessions/end/")
    assert (await third.refused("GET", "/me"))["status"] == 401
    assert "all other devices" not in await page(ann, "/settings/sessions/")


async def test_tokens(chat: Chat, ann: Member) -> None:
    html = (await form(ann, "/settings/tokens/", 200, name="my script", scope="read")).text
    shown = re.search(r'readonly autofocus value="([^"]+)"', html)
    assert shown
    async with chat.client(headers={"authorization": f"Bearer {shown[1]}"}) as program:
        assert (await program.get(f"{API}/me")).json()["username"] == "ann"
        html = await page(ann, "/settings/tokens/")
        assert "my script" in html
        assert shown[1] not in html
        number = re.findall(r'name="token" value="(\d+)"', html)[-1]
        await form(ann, "/settings/tokens/revoke/", token=number)
        assert (await program.get(f"{API}/me")).status_code == 401
    await form(ann, "/settings/tokens/", 422, name="", scope="read")


async def test_alerts(chat: Chat, ann: Member) -> None:
    await chat.member("bob")
    await form(ann, "/settings/alerts/", keywords="kubernetes\r\n\r\ncoffee machine, tea")
    html = await page(ann, "/settings/alerts/")
    assert all(word in html for word in ("kubernetes", "coffee machine", "tea"))
    await form(ann, "/settings/alerts/", 422, keywords="x" * 500)
    await form(ann, "/users/bob/ignore/", on="1")
    assert "@bob" in await page(ann, "/settings/alerts/")
    assert "Hear again" in await page(ann, "/users/bob/")
    answer = await form(ann, "/users/bob/ignore/", next="/settings/alerts/#ignored")
    assert answer.headers["location"] == "/settings/alerts/#ignored"
    assert "@bob" not in await page(ann, "/settings/alerts/")
    elsewhere = await form(ann, "/users/bob/ignore/", next="//evil.example/")
    assert elsewhere.headers["location"] == "/users/bob/"


async def test_the_page_of_somebody(chat: Chat, ann: Member) -> None:
    await chat.member("bob")
    html = await page(ann, "/users/bob/")
    assert '<form method="post" action="/direct/"><input type="hidden" name="usernames" value="bob">' in html
    assert "Ignore" in html
    own = await page(ann, "/users/ann/")
    assert "/ignore/" not in own
    assert '/direct/"><input' not in own
    guest = await chat.signed_in(await chat.member("guest", role="guest"))
    assert (await guest.http.get("/users/bob/")).status_code == 404


async def test_leaving_for_good(chat: Chat, ann: Member) -> None:
    await form(ann, "/settings/erase/", 422, password="wrong", messages="keep")
    await ann.call("GET", "/me")
    answer = await form(ann, "/settings/erase/", password=PASSWORD, messages="delete")
    assert answer.headers["location"] == "/sign-in/"
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert (await ann.refused("GET", "/me"))["status"] == 401
    boss = await chat.signed_in(await chat.member("boss", role="owner"))
    assert "only owner" in await page(boss, "/settings/account/")
    assert "last owner" in (await form(boss, "/settings/erase/", 409, password=PASSWORD, messages="keep")).text
