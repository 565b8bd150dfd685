"""A process that keeps, posts and deletes files, and is killed at a step of its own choice.

Run as ``python -m tests.crash.dying FOLDER``: it counts the steps of a whole run, and then forks one run for each, which is killed
(SIGKILL) right before that step. Each has a folder of its own. Steps are all calls that change the disk, and all commits.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio

from convore_lite.store import Store, inline
from convore_lite.testing import Chat, open_chat
from tests.accounts import images

STEPS = ((os, "fsync"), (os, "replace"), (os, "mkdir"), (os, "unlink"), (Store, "_commit"))
_places = [0]


def count(function: Callable[..., Any], die_at: int) -> Callable[..., Any]:
    """*function*, before which the process may be killed."""

    def counted(*args: Any, **options: Any) -> Any:
        pass_by(die_at)
        return function(*args, **options)

    return counted


def pass_by(die_at: int) -> None:
    _places[0] += 1
    if _places[0] == die_at:
        os.kill(os.getpid(), signal.SIGKILL)


async def live(folder: Path, die_at: int) -> None:
    async with open_chat(folder, run_sync=inline) as chat:
        ann = await chat.member("ann")
        topic = (await ann.create_group("Home lab"))["default_topic_id"]
        for owner, name in STEPS:
            setattr(owner, name, count(getattr(owner, name), die_at))
        await act(chat, ann, topic)


async def act(chat: Chat, ann: Any, topic: int) -> None:
    """A picture and a letter in a message; the same letter again in another one; the first is deleted."""
    picture, letter = await ann.send_file(images.photograph(), "a.jpg"), await ann.send_file(b"letter")
    first = await ann.post(topic, "", file_ids=[picture["id"], letter["id"]])
    again = await ann.send_file(b"letter")
    await ann.post(topic, "", file_ids=[again["id"]])
    await ann.call("DELETE", f"/messages/{first['id']}")


def main(folder: Path) -> None:
    live_once(folder / "whole", 0)
    print(_places[0], flush=True)  # noqa: T201
    for die_at in range(1, _places[0] + 1):
        child = os.fork()
        if not child:
            _places[0] = 0
            live_once(folder / str(die_at), die_at)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), die_at


def live_once(folder: Path, die_at: int) -> None:
    whole = [(owner, name, getattr(owner, name)) for owner, name in STEPS]
    trio.run(live, folder, die_at)
    for owner, name, function in whole:
        setattr(owner, name, function)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
