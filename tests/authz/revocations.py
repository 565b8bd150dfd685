"""What can be taken away, from whom, and how: the rows of the revocation matrix.

After reliability.md's table "each revocation × each channel" (OWASP ASVS 7.4.1 to 7.4.3, 8.3.2): refused with the next byte.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from convore_lite.routes.api import BASE
from convore_lite.testing.chat import PASSWORD

from .recorder import Answer
from .world import World

SPEAKERS = {"commons": "author", "vault": "author", "yard": "outsider", "porch": "outsider"}


@dataclass(frozen=True)
class Key:
    """What somebody comes in with: a token, the session of their browser, or their other one "elsewhere"."""

    role: str
    by: Literal["token", "session", "elsewhere"] = "token"

    def headers(self, world: World) -> dict[str, str]:
        if self.by == "elsewhere":
            name = world.facts.cookies[self.role].partition("=")[0]
            return {"cookie": f"{name}={world.ids['elsewhere']}", "sec-fetch-site": "same-origin"}
        return world.credentials(self.role, self.by)

    async def ask(self, world: World, method: str, path: str, json: Any = None) -> Answer:
        return await world.ask(self.role, method, path, json=json, headers=self.headers(world), by="session")


@dataclass
class Scene:
    """A world with a topic in which the victim has just read something: the message *said*, with a *preview*."""

    world: World
    group: str
    said: int = 0
    preview: int = 0

    @property
    def topic(self) -> int:
        return int(self.world.ids[f"{self.group}.plans"])

    async def do(
        self, who: str, method: str, path: str, json: Any = None, by: Literal["token", "session"] = "token"
    ) -> Any:
        answer = await self.world.ask(who, method, BASE + path, json=json, by=by)
        assert answer.is_done, f"{method} {path}: {answer.status} {answer.body!r}"
        return answer.json if answer.body else None

    def user(self, role: str) -> str:
        return f"/users/{self.world.facts.users[role]['id']}"

    def member(self, role: str) -> str:
        return f"/groups/{self.world.ids[self.group]}/members/{self.world.facts.users[role]['id']}"


@dataclass(frozen=True)
class Revocation:
    """*takes* says what is gone: the key that the victim comes in with, the place, or the words alone.

    *witness* keeps what the victim loses; of words nobody does, and the victim hears on of what was not *touched*.
    """

    takes: Literal["key", "place", "words"]
    victim: Key
    group: str
    act: Callable[[Scene], Awaitable[Any]]
    witness: Key = Key("author", "session")
    # Says something more that is not for the victim: by default in the same topic.
    after: Callable[[Scene, str], Awaitable[Any]] | None = None
    avatar_of: str = ""  # whose picture the victim saw and does not see any more; else why they still do:
    avatar_stays: str = ""


# On no page by itself.
UNICORN = "\U0001f984"


async def speak(scene: Scene, word: str) -> int:
    """The id of what was said."""
    path = f"/topics/{scene.topic}/messages"
    return int((await scene.do(SPEAKERS[scene.group], "POST", path, {"text": word}))["id"])


async def speak_and_react(scene: Scene, word: str) -> int:
    said = await speak(scene, word)
    await scene.do(SPEAKERS[scene.group], "PUT", f"/messages/{said}/reactions/{UNICORN}")
    return said


async def edit(scene: Scene, word: str) -> None:
    await scene.do("author", "PATCH", f"/messages/{scene.said}", {"text": word})


async def nothing(_: Scene, __: str) -> None:
    """Nobody can say any more there."""


async def sign_out(scene: Scene) -> None:
    await scene.do("insider", "DELETE", "/session", by="session")


async def sign_out_the_others(scene: Scene) -> None:
    await scene.do("insider", "DELETE", "/me/sessions", by="session")


async def end_one_session(scene: Scene) -> None:
    """From their other one."""
    path = f"{BASE}/me/sessions/{scene.world.ids['session']}"
    assert (await Key("insider", "elsewhere").ask(scene.world, "DELETE", path)).is_done


async def change_password(scene: Scene) -> None:
    await scene.do("insider", "PUT", "/me/password", {"current": PASSWORD, "new": "a few new words"}, by="session")


async def be_given_a_password(scene: Scene) -> None:
    await scene.do("owner", "PUT", f"{scene.user('insider')}/password", {"password": "a few new words"}, by="session")


async def revoke_token(scene: Scene) -> None:
    await scene.do("insider", "DELETE", f"/me/tokens/{scene.world.ids['token']}", by="session")


async def deactivate(scene: Scene) -> None:
    await scene.do("owner", "POST", f"{scene.user('insider')}/deactivate")


async def erase_oneself(scene: Scene) -> None:
    await scene.do("insider", "DELETE", "/me", {"password": PASSWORD, "messages": "keep"}, by="session")


async def erase_with_words(scene: Scene) -> None:
    await scene.do("author", "DELETE", "/me", {"password": PASSWORD, "messages": "delete"}, by="session")


async def make_a_guest(scene: Scene) -> None:
    await scene.do("owner", "PUT", f"{scene.user('insider')}/role", {"role": "guest"})


async def take_out(scene: Scene) -> None:
    await scene.do("outsider", "DELETE", scene.member("guest"))


async def leave(scene: Scene) -> None:
    await scene.do("guest", "POST", f"/groups/{scene.world.ids['porch']}/leave")


async def make_private(scene: Scene) -> None:
    await scene.do("outsider", "PATCH", f"/groups/{scene.world.ids['yard']}", {"kind": "private"})


async def delete_group(scene: Scene) -> None:
    await scene.do("keeper", "DELETE", f"/groups/{scene.world.ids['vault']}")


async def delete_topic(scene: Scene) -> None:
    await scene.do("keeper", "DELETE", f"/topics/{scene.topic}")


async def move_topic(scene: Scene) -> None:
    await scene.do("keeper", "PATCH", f"/topics/{scene.topic}", {"group_id": scene.world.ids["vault"]})


async def delete_message(scene: Scene) -> None:
    await scene.do("keeper", "DELETE", f"/messages/{scene.said}")


async def move_message(scene: Scene) -> None:
    to = {"topic_id": scene.world.ids["vault.plans"]}
    await scene.do("keeper", "POST", f"/topics/{scene.topic}/move", {"message_ids": [scene.said], "to": to})


def key(
    act: Callable[[Scene], Awaitable[Any]], by: Literal["token", "session", "elsewhere"], role: str = "insider"
) -> Revocation:
    return Revocation("key", Key(role, by), "vault", act, avatar_of="author")


def words(act: Callable[[Scene], Awaitable[Any]], victim: str, group: str, **more: Any) -> Revocation:
    return Revocation("words", Key(victim, "session"), group, act, avatar_stays="a member sees everybody", **more)


REVOCATIONS = {
    "signed out": key(sign_out, "session"),
    "signed out from elsewhere": key(sign_out_the_others, "elsewhere"),
    "session ended": key(end_one_session, "session"),
    "password changed": key(change_password, "elsewhere"),
    "password given": key(be_given_a_password, "session"),
    "token revoked": key(revoke_token, "token", "reader"),
    "deactivated, by session": key(deactivate, "session"),
    "deactivated, by token": key(deactivate, "token"),
    "erased, by session": key(erase_oneself, "session"),
    "erased, by token": key(erase_oneself, "token"),
    "made a guest": Revocation(
        "place", Key("insider", "session"), "yard", make_a_guest, Key("keeper", "session"), avatar_of="outsider"
    ),
    "taken out": Revocation(
        "place", Key("guest", "session"), "porch", take_out, Key("outsider", "session"), avatar_of="outsider"
    ),
    "left": Revocation(
        "place", Key("guest", "session"), "porch", leave, Key("outsider", "session"), avatar_of="outsider"
    ),
    "group made private": Revocation(
        *("place", Key("insider", "session"), "yard", make_private, Key("outsider", "session")),
        avatar_stays="a member sees everybody",
    ),
    "group deleted": words(delete_group, "insider", "vault", after=nothing),
    "topic deleted": words(delete_topic, "outsider", "commons", after=nothing),
    "topic moved to a private group": words(move_topic, "outsider", "commons"),
    "message deleted": words(delete_message, "outsider", "commons", after=nothing),
    "message moved to a private group": words(move_message, "outsider", "commons", after=edit),
    "words erased with their author": words(erase_with_words, "outsider", "commons", after=nothing),
}
