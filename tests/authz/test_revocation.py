"""What is taken away is gone with the next byte: every revocation on every channel.

Before it the channel gives the thing to the same person, and after it to somebody who keeps it; or, where nobody does, the same
person hears on of what was not touched.
"""

from __future__ import annotations

import pytest

from convore_lite.routes.api import BASE

from .channels import CHANNELS, Channel
from .revocations import REVOCATIONS, SPEAKERS, UNICORN, Revocation, Scene, speak, speak_and_react
from .world import Ready, picture, show_preview

# How each channel refuses who has no key any more, and who does not see the place; a stream ends, and brings nothing.
WITHOUT_KEY = {"page": {303}, "long poll taken up again": {401}}
WITHOUT_PLACE = {"page": {404}, "API": {404}}


async def say(scene: Scene, word: str) -> None:
    scene.said = await speak_and_react(scene, word)
    scene.preview = await show_preview(scene.world.chat, scene.said, f"shown{word}")


async def wait_in_queue(scene: Scene, channels: list[Channel], word: str) -> None:
    """Whoever does not read has one thing on its way already; what comes after it waits in the server."""
    for channel in channels:
        channel.shut()
    await speak(scene, "on its way")
    await say(scene, word)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("revocation", REVOCATIONS)
async def test_it_is_gone_at_once(ready: Ready, revocation: str, channel: str) -> None:
    row, open_channel = REVOCATIONS[revocation], CHANNELS[channel]
    async with ready.copied() as world:
        scene = Scene(world, row.group)
        async with open_channel(scene, row.victim) as mine, open_channel(scene, row.witness) as theirs:
            await say(scene, "wordbefore")
            before = await mine.hear()
            assert b"wordbefore" in before
            assert b"shownwordbefore" in before
            assert UNICORN.encode() in before or channel == "long poll taken up again"
            if row.takes != "words":
                assert b"wordbefore" in await theirs.hear()
            if channel == "stream of one who does not read":
                await wait_in_queue(scene, [mine, theirs], "wordqueued")
            await row.act(scene)
            await (row.after or speak_and_react)(scene, "wordafter")
            await scene.do(
                "keeper", "POST", f"/topics/{world.ids['commons.topic']}/messages", {"text": "worduntouched"}
            )
            mine.reopen()
            theirs.reopen()
            heard = await mine.hear()
            for word in (b"wordbefore", b"wordqueued", b"wordafter", UNICORN.encode()):
                assert word not in heard
            await check_the_others(row, heard, theirs)
            if row.takes == "key":
                assert mine.refused == WITHOUT_KEY.get(channel, {401})
            elif row.takes == "place" and channel in WITHOUT_PLACE:
                assert mine.refused == WITHOUT_PLACE[channel]


async def check_the_others(row: Revocation, heard: bytes, theirs: Channel) -> None:
    if row.takes == "words":
        assert b"worduntouched" in heard
    else:
        assert b"wordafter" in await theirs.hear()


@pytest.mark.parametrize("revocation", REVOCATIONS)
async def test_a_known_address_of_a_picture(ready: Ready, revocation: str) -> None:
    row = REVOCATIONS[revocation]
    async with ready.copied() as world:
        scene = Scene(world, row.group)
        await say(scene, "hello")
        path = f"/avatars/{world.ids[f'{row.avatar_of or SPEAKERS[row.group]}.avatar']}"
        before = await row.victim.ask(world, "GET", path)
        assert before.status == 200
        await row.act(scene)
        after = await row.victim.ask(world, "GET", path)
        if row.avatar_stays and revocation != "words erased with their author":
            assert (after.status, after.body) == (200, before.body), row.avatar_stays
            return
        assert after.status == (303 if row.takes == "key" else 404)  # 303: to where one signs in
        assert before.body not in after.all
        if row.takes != "words":
            assert (await row.witness.ask(world, "GET", path)).body == before.body


@pytest.mark.parametrize("revocation", REVOCATIONS)
async def test_a_known_address_of_the_picture_of_a_preview(ready: Ready, revocation: str) -> None:
    row = REVOCATIONS[revocation]
    async with ready.copied() as world:
        scene = Scene(world, row.group)
        await say(scene, "hello")
        path = f"/previews/{scene.preview}/picture"
        before = await row.victim.ask(world, "GET", path)
        assert (before.status, before.body) == (200, b"behind the link")
        await row.act(scene)
        after = await row.victim.ask(world, "GET", path)
        assert after.status == (303 if row.takes == "key" else 404)
        assert before.body not in after.body
        if row.takes != "words":
            assert (await row.witness.ask(world, "GET", path)).body == before.body


@pytest.mark.parametrize("revocation", REVOCATIONS)
async def test_a_known_address_of_a_file(ready: Ready, revocation: str) -> None:
    """Of the file itself and of the small picture, asked for whole, by a stretch, and by whoever has it already."""
    row = REVOCATIONS[revocation]
    async with ready.copied() as world:
        scene = Scene(world, row.group)
        speaker = world.member(SPEAKERS[row.group])
        file = await speaker.send_file(picture("navy"), "a.png")
        scene.said = (await speaker.post(scene.topic, "hello", file_ids=[file["id"]]))["id"]
        await speaker.http.aclose()
        before = {url: await row.victim.ask(world, "GET", url) for url in (file["url"], file["thumb_url"])}
        assert {answer.status for answer in before.values()} == {200}
        await row.act(scene)
        for url, known in before.items():
            for more in ({}, {"range": "bytes=0-3"}, {"if-none-match": known.header("etag")}):
                headers = {**row.victim.headers(world), **more}
                after = await world.ask(row.victim.role, "GET", url, headers=headers, by="session")
                assert after.status == (401 if row.takes == "key" else 404)
                assert known.body[:4] not in after.body
            if row.takes != "words":
                assert (await row.witness.ask(world, "GET", url)).body == known.body


async def test_what_an_answer_marks_as_read(ready: Ready) -> None:
    """A long poll that marks a topic as read on its way does so for nobody who has just lost it."""
    async with ready.copied() as world:
        scene = Scene(world, "porch")
        counts = await scene.do("guest", "GET", "/me/unread")
        await say(scene, "wordbefore")
        assert (await scene.do("guest", "GET", "/me/unread"))["total"] == counts["total"] + 1
        query = f"after={counts['at_id']}&read_topic={scene.topic}"
        answer = await world.poll("guest", query)
        assert answer is not None
        assert b"wordbefore" in answer.body
        assert (await scene.do("guest", "GET", "/me/unread"))["total"] == 0
        await REVOCATIONS["taken out"].act(scene)
        again = await world.poll("guest", query)
        assert again is not None
        assert b"wordbefore" not in again.body
        assert (await world.ask("guest", "GET", f"{BASE}/topics/{scene.topic}")).status == 404
