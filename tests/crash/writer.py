"""Says things in a topic, marks each that was acknowledged, and dies without closing anything.

To be recorded: what it does to its files is all that a power cut leaves. It must not end in order, for closing the database
syncs everything (a test of a writer that does passes even if it never synced before).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import trio

from convore_lite import store as store_module
from convore_lite.actions import App, files, groups, people, post, tokens
from convore_lite.actions.sign_in import fingerprint
from convore_lite.appliance import open_appliance
from convore_lite.store import StorageFailed, in_thread, inline, topics
from convore_lite.words.asker import Asker
from convore_lite.words.errors import Unavailable
from convore_lite.words.models import User
from convore_lite.words.settings import Settings

SPEAKERS = 3
# Few, so that a short recording has many checkpoints in it.
ROWS = 60
# How often a text is repeated in a letter, which comes to more than one write for some.
LENGTH = 400


async def speak(app: App, asker: Asker, topic: int, texts: list[str], marks: int, with_files: bool) -> None:
    while texts:
        text = texts.pop()
        try:
            file_ids = [await send_file(app, asker, text)] if with_files else []
            message, _ = await post.post_message(
                app, asker, topic, text=text, client_id=text.split()[0], file_ids=file_ids
            )
        except Unavailable:
            await trio.sleep_forever()  # the store has failed, and ends all of this
        os.write(marks, f"{message.client_id}\n".encode())


async def send_file(app: App, asker: Asker, text: str) -> int:
    """A letter, in which the text stands again and again; its id."""
    async with app.files.incoming() as incoming:
        await incoming.write(text.encode() * LENGTH)
        return (await files.keep_file(app, asker, incoming, "letter.txt")).id


async def look_around(app: App) -> None:
    """Reads that overlap with checkpoints, which then can fold only a part of the log."""
    while True:
        await app.store.read(lambda conn: conn.execute("SELECT count(*), max(text) FROM messages").fetchone())


async def main(options: argparse.Namespace) -> None:
    store_module.CHECKPOINT_AFTER = options.rows
    marks = os.open(options.folder.with_name("marks"), os.O_WRONLY | os.O_CREAT, 0o600)
    run_sync = inline if options.alone else in_thread
    async with (
        # Alone means without what the server writes for itself, whenever it gets to it.
        open_appliance(Settings(data=options.folder), run_sync=run_sync, follows=not options.alone) as appliance,
        trio.open_nursery() as readers,
    ):
        app = appliance.app
        app.store._writer.execute(f"PRAGMA synchronous={options.synchronous}")
        console = Asker(User(0, "console", "Console"), "owner", "console", "write", b"")
        ann = await people.add_user(app, console, username="ann")
        token = await tokens.make_token(app, console, ann, name="writer", scope="write")
        asker = Asker(ann, "member", "token", "write", fingerprint(str(token.token)))
        group = await groups.create_group(app, asker, name="Home lab", kind="public")
        topic = (await app.store.read(topics.of_group, ann.id, group.id, limit=1))[0].id
        texts = [f"message-{number} {'x' * (number * 37 % 900)}" for number in range(options.count)]
        if not options.alone:
            readers.start_soon(look_around, app)
        async with trio.open_nursery() as speakers:
            for _ in range(1 if options.alone else SPEAKERS):
                speakers.start_soon(speak, app, asker, topic, texts, marks, options.files)
        os._exit(0)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int, help="how many messages are said")
    parser.add_argument("--synchronous", choices=["FULL", "NORMAL"], default="FULL")
    parser.add_argument("--rows", type=int, default=ROWS, help="changed rows after which the log is folded in")
    parser.add_argument("--files", action="store_true", help="each message has one")
    parser.add_argument("--alone", action="store_true", help="one speaker in one thread: the same steps each time")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        trio.run(main, read_options())
    except* StorageFailed:
        sys.exit(70)
