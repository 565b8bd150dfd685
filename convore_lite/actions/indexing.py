"""The search index follows the event log: what is said, changed, moved or deleted is found, or not, a moment later.

Rule: only the index knows how far it has come. Its place is committed together with what it holds, so that after whatever
happened it goes on from there, and handling an event twice comes to the same. (That is why it is no `Follower`, whose place is in
the database: a place that is written down before the index would lose messages in a crash.)

Rule: nothing that happens to the index reaches anybody but those who search.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Never

import trio

from ..index.handle import IndexAway
from ..store import documents
from ..store.documents import Changed
from ..words.search.documents import Change, Doc
from . import App

# Seconds between two commits while much is said. Each costs some ten milliseconds and a few small files.
PACE = 0.2
# Events in one commit.
STRETCH = 500
# Messages handed over at once: a third of a megabyte.
BATCH = 2_000
# Seconds until it is tried again, after each time that it did not work; the last goes on for ever.
PAUSES = (1, 1, 5, 15, 60)
# Seconds between two looks at all files of the index.
VERIFY_EVERY = 24 * 3600

lines = logging.getLogger("convore_lite.index")


async def keep_indexed(app: App) -> Never:
    """From the moment on that somebody wants the index: bring it up to date whenever something was committed, and mend it."""
    await app.index.wait_wanted()
    failures = 0
    while True:
        # Taken before looking: what is committed from now on rings it, and so does the index when it breaks.
        ring, began = app.bell.next_ring(), trio.current_time()
        try:
            await catch_up(app)
        except Exception as error:  # a full disk, a process that ended, and what nobody thought of
            app.index.trouble = _kind(error)
            if failures:
                await _look(app)
            await trio.sleep(_pause(error, failures))
            failures += 1
            continue
        failures, app.index.trouble = 0, None
        await trio.sleep_until(began + PACE)
        await ring.wait()


async def keep_verifying(app: App) -> Never:
    """Compare the files of the index with their checksums once a day. One that is damaged is made anew."""
    await app.index.wait_wanted()
    while True:
        await trio.sleep(VERIFY_EVERY)
        await _look(app)


async def _look(app: App) -> None:
    """Are its files as they were written? Where one is not, the index is given up, and a new one is made."""
    with suppress(IndexAway):  # whatever it is, it is mended where it is used
        if not await app.index.verify():
            lines.warning("A file of the search index was damaged. The index is made anew.")


async def catch_up(app: App) -> None:
    """Let the index hold what the tables hold now. Raises IndexAway, and what `Store.read` does."""
    last, _ = await app.store.read(documents.ends)
    while True:
        state = await app.index.wait_open()
        if not state.ready or app.index.anew:
            await rebuild(app)
        elif state.event >= last:
            return
        else:
            await _step(app, state.event, state.newest)


async def wait_until_current(app: App) -> None:
    """Until the index holds all that is in the tables at this moment."""
    app.index.want()
    last, _ = await app.store.read(documents.ends)
    while app.index.anew or not app.index.standing.whole or app.index.standing.event < last:
        await app.index.wait_changed()


async def rebuild(app: App) -> None:
    """Make a new index, from the newest message to the oldest, and let it take the place of the old one.

    What happens meanwhile comes after it in the log. Raises IndexAway.
    """
    event, newest = await app.store.read(documents.ends)
    await app.index.begin(app.now())
    docs = await app.store.read(documents.docs_before, newest + 1, limit=BATCH)
    while docs:
        await app.index.fill(Change(docs=docs), progress=1 - docs[-1].id / (newest + 1))
        docs = await app.store.read(documents.docs_before, docs[-1].id, limit=BATCH)
    await app.index.fill(Change(titles=await app.store.read(documents.titles)), progress=1)
    await app.index.finish(event, newest)


@dataclass
class Refill:
    """Messages that are put in again, more than one commit takes; the place in the log moves on with what comes after them."""

    app: App
    event: int
    newest: int
    topics_whole: list[int] = field(default_factory=list)
    docs: list[Doc] = field(default_factory=list)

    async def add(self, topic_id: int, *, after: int) -> None:
        """All messages of a topic, or those after one. Raises IndexAway."""
        while docs := await self.app.store.read(documents.docs_of_topic, topic_id, after=after, limit=BATCH):
            self.docs += docs
            after = docs[-1].id
            if len(self.docs) >= BATCH:
                await self.flush()

    async def flush(self) -> None:
        """Raises IndexAway."""
        if self.docs or self.topics_whole:
            ids = [doc.id for doc in self.docs]
            change = Change(
                messages=ids, topics_whole=self.topics_whole, docs=self.docs, event=self.event, newest=self.newest
            )
            await self.app.index.apply(change)
        self.topics_whole, self.docs = [], []


async def _step(app: App, event: int, newest: int) -> None:
    """Take what follows on an event into the index; where the log does not tell any more, make the index anew. Raises IndexAway."""
    changed = await app.store.read(documents.changed, event, newest, limit=STRETCH)
    if not changed.whole:
        await rebuild(app)
        return
    await _refill(app, changed, event, newest)
    await app.index.apply(await _change(app, changed))


async def _refill(app: App, changed: Changed, event: int, newest: int) -> None:
    """Topics that stand in another group now with all that is in them, or that a history was imported into."""
    refill = Refill(app, event, newest, topics_whole=sorted(changed.moved_or_gone))
    for topic_id in sorted(changed.moved_or_gone):
        await refill.add(topic_id, after=0)
    for topic_id in sorted(changed.imported - changed.moved_or_gone):
        await refill.add(topic_id, after=newest)
    await refill.flush()


async def _change(app: App, changed: Changed) -> Change:
    """All else that some events come to, and the place after them."""
    renamed = changed.topics | changed.moved_or_gone | changed.imported
    return Change(
        messages=sorted(changed.messages),
        topics=sorted(renamed),
        groups_whole=sorted(changed.groups_gone),
        docs=await app.store.read(documents.docs, changed.messages),
        titles=await app.store.read(documents.titles, renamed),
        event=changed.event,
        newest=changed.newest,
    )


def _pause(error: Exception, failures: int) -> float:
    """How long to wait now. Only the kind of an error is told: what it says may quote what people wrote."""
    if not isinstance(error, IndexAway) or failures == len(PAUSES):
        lines.warning("The search index cannot be brought up to date (%s). It is tried again.", _kind(error))
    return PAUSES[min(failures, len(PAUSES) - 1)]


def _kind(error: Exception) -> str:
    return error.kind if isinstance(error, IndexAway) else type(error).__name__
