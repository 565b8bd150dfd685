"""Pictures of people: made anew from whatever comes, and shown to whoever may know of that person."""

from __future__ import annotations

from io import BytesIO

import httpx2
import pytest
import trio
from PIL import Image

from convore_lite import pictures
from convore_lite.testing import Chat, Member
from convore_lite.testing.chat import API
from convore_lite.words.errors import BadInput, Refusal, TooLarge, WrongMediaType

from . import images

AVATAR = f"{API}/me/avatar"


async def put(member: Member, data: bytes, kind: str = "image/png") -> httpx2.Response:
    return await member.http.put(AVATAR, content=data, headers={"content-type": kind})


async def shown(member: Member, address: str) -> Image.Image:
    answer = await member.http.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.content[:4] == b"RIFF"
    return Image.open(BytesIO(answer.content))


def test_what_is_made_of_each_format() -> None:
    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        made = Image.open(BytesIO(pictures.face(images.plain(kind))))
        assert (made.format, made.size) == ("WEBP", (pictures.SIDE, pictures.SIDE))
        red, green, blue = made.convert("RGB").getpixel((128, 128))  # type: ignore[misc]
        assert red > 240
        assert max(green, blue) < 12


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_pixels(mode: str) -> None:
    made = pictures.face(images.encoded(Image.new(mode, (30, 50)), "PNG"))
    assert Image.open(BytesIO(made)).size == (pictures.SIDE, pictures.SIDE)


def test_what_can_be_seen_through_stays_so() -> None:
    made = Image.open(BytesIO(pictures.face(images.encoded(Image.new("RGBA", (99, 99), (1, 2, 3, 0)), "PNG"))))
    assert made.convert("RGBA").getpixel((50, 50))[3] == 0  # type: ignore[index]


def test_the_middle_the_right_way_up() -> None:
    wide = Image.new("RGB", (900, 300), "red")
    wide.paste("blue", (300, 0, 600, 300))
    middle = Image.open(BytesIO(pictures.face(images.encoded(wide, "PNG")))).convert("RGB")
    assert all(middle.getpixel(place)[2] > 200 for place in ((20, 128), (236, 128)))  # type: ignore[index]
    upright = Image.open(BytesIO(pictures.face(images.photograph()))).convert("RGB")
    assert upright.getpixel((230, 128))[2] > 200  # type: ignore[index]
    assert upright.getpixel((20, 128))[0] > 200  # type: ignore[index]


def test_nothing_but_pixels_stays() -> None:
    taken = images.photograph()
    assert images.CAMERA in taken
    assert b"Exif" in taken
    made = pictures.face(taken)
    for secret in (images.CAMERA, b"Exif", b"EXIF", b"XMP", b"ICC"):
        assert secret not in made
    assert not Image.open(BytesIO(made)).getexif()
    assert b"script" not in pictures.face(images.BOTH)


def test_only_the_first_frame() -> None:
    made = Image.open(BytesIO(pictures.face(images.film(50))))
    assert getattr(made, "n_frames", 1) == 1
    assert made.convert("RGB").getpixel((99, 99))[1] > 150  # type: ignore[index]


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", BadInput),
        (b"\x89PNG\r\n\x1a\n", Refusal),
        (b"GIF89a", Refusal),
        (b"not a picture at all", WrongMediaType),
        (images.SVG, WrongMediaType),
        (images.PAGE, WrongMediaType),
        (images.encoded(Image.new("RGB", (9, 9)), "TIFF"), WrongMediaType),
        (images.encoded(Image.new("RGB", (9, 9)), "BMP"), WrongMediaType),
        (images.encoded(Image.effect_noise((400, 400), 60), "PNG")[:5000], BadInput),
        (images.encoded(Image.effect_noise((400, 400), 60), "JPEG")[:3000], BadInput),
        (images.encoded(Image.effect_noise((400, 400), 60), "WEBP")[:3000], Refusal),
        (images.png_head(60_000, 60_000), TooLarge),
        (images.png_head(7_000, 7_000), TooLarge),
        (images.png_head(2**31 - 1, 2**31 - 1), Refusal),
        (images.png_head(0, 9), Refusal),
        (images.png_head(100, 100), BadInput),
        (images.gif_head(60_000, 60_000, frames=1000), TooLarge),
        (images.jpeg_of_layers(1000), BadInput),
    ],
)
def test_what_is_no_picture_of_ours_is_refused(data: bytes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        pictures.face(data)


def test_a_photograph_in_layers_is_no_hostile_one() -> None:
    assert pictures.face(images.encoded(Image.effect_noise((400, 400), 60).convert("RGB"), "JPEG", progressive=True))


async def test_a_picture_instead_of_initials(chat: Chat) -> None:
    ann, bob = await chat.member("ann"), await chat.member("bob")
    assert (await ann.call("GET", "/me"))["avatar_url"] is None
    me = (await put(ann, images.plain())).json()
    assert me["avatar_url"].startswith("/avatars/")
    assert (await bob.call("GET", "/users/ann"))["avatar_url"] == me["avatar_url"]
    assert (await shown(bob, me["avatar_url"])).size == (256, 256)
    answer = await bob.http.get(me["avatar_url"])
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await ann.call("DELETE", "/me/avatar"))["avatar_url"] is None
    assert (await bob.http.get(me["avatar_url"])).status_code == 404


async def test_a_form_does_as_well(chat: Chat) -> None:
    ann = await chat.member("ann")
    answer = await ann.http.put(AVATAR, files={"file": ("me.txt", images.plain("JPEG"), "text/plain")})
    assert answer.status_code == 200, answer.text
    assert (await ann.http.put(AVATAR, files={"other": ("me.png", images.plain())})).status_code == 422


async def test_another_picture_has_another_address(chat: Chat) -> None:
    ann = await chat.member("ann")
    first, second = [(await put(ann, images.plain())).json()["avatar_url"] for _ in range(2)]
    assert first != second
    assert (await ann.http.get(first)).status_code == 404
    assert (await ann.http.get(second)).status_code == 200


async def test_only_for_those_who_may_know_of_them(chat: Chat) -> None:
    ann, guest = await chat.member("ann"), await chat.member("guest", role="guest")
    address = (await put(ann, images.plain())).json()["avatar_url"]
    refused, missing = await guest.http.get(address), await guest.http.get("/avatars/nothing")
    assert (refused.status_code, refused.content) == (missing.status_code, missing.content)
    assert refused.status_code == 404
    async with chat.client() as stranger:
        assert (await stranger.get(address)).status_code == 303
    group = await ann.create_group("Home lab", "private")
    await ann.call("PUT", f"/groups/{group['id']}/members/guest", {"role": "member"})
    assert (await guest.http.get(address)).status_code == 200


async def test_one_clear_sentence_for_each_mistake(chat: Chat) -> None:
    ann = await chat.member("ann")
    for data, kind, status in (
        (images.plain(), "application/json", 415),
        (images.plain(), "", 415),
        (images.SVG, "image/svg+xml", 415),
        (images.plain()[:80], "image/png", 422),
        (b"", "image/png", 422),
        (images.png_head(60_000, 60_000), "image/png", 413),
        (bytes(11_000_000), "image/png", 413),
    ):
        answer = await put(ann, data, kind)
        assert answer.status_code == status, (kind, answer.text)
        assert answer.json()["detail"].endswith((".", "picture", "empty"))
    assert (await ann.call("GET", "/me"))["avatar_url"] is None


async def test_nobody_waits_for_a_picture_but_who_sent_it(chat: Chat) -> None:
    """The chat goes on while a large one is made small."""
    ann, bob = await chat.member("ann"), await chat.member("bob")
    large = images.encoded(Image.new("RGB", (6000, 6000)), "PNG")
    done = trio.Event()

    async def upload() -> None:
        assert (await put(ann, large)).status_code == 200
        done.set()

    asked = 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(upload)
        while not done.is_set():
            await bob.call("GET", "/me")
            asked += 1
    assert asked > 3
