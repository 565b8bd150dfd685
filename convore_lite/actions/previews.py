"""Link previews: after a message was posted, look at what its links lead to; and take a preview away again.

Rule: nothing here is in the way of posting. The follower notes which links are wanted; another task fetches them, a few at a time,
and tells those who read the message. What is wanted and not there yet stands in the table `previews`, so a restart loses nothing.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Never

import trio

from ..bell import Bell
from ..fetcher import Fetched, Unreachable
from ..page_reader import Unreadable, site_of
from ..store import Writer, audit, log, memberships, messages, previews
from ..store.previews import Found
from ..words.asker import Asker
from ..words.errors import Forbidden, Refusal, TooMany
from ..words.events import Event, MessageEdited, MessagePosted, PreviewsChanged
from ..words.limits import LINKS
from ..words.links import host_of, to_preview
from . import App
from .followers import Follower

# Bytes of a page that are looked at: its head is at the beginning.
PAGE_BYTES = 256 * 1024
PICTURE_BYTES = 5 * 1024 * 1024
LIMITS = {"text/html": PAGE_BYTES, "application/xhtml+xml": PAGE_BYTES, "image/": PICTURE_BYTES}
# Pixels each way: of the picture of a page, which is shown small beside its title, and of one that is all there is.
PAGE_PICTURE = 240
PICTURE = 640
# Hosts that are asked at the same time, each by one request: a few that dawdle leave room for others.
MOST_HOSTS = 6
# Seconds after a message until its links are looked at: nobody sees the difference, and who writes many gets one commit for all.
PACE = 0.2
# Seconds between two requests to the same host, however many links to it are posted.
BETWEEN = 1
# Seconds until what could not be kept, on a full disk, is fetched again.
AFTER_TROUBLE = 60
# Addresses looked at when choosing which to fetch next: more than there are hosts at a time.
MOST_WAITING = 100
NOTHING = Found()

lines = logging.getLogger("convore_lite.previews")


class Previewer(Follower):
    """Wants a preview for the links of each message that is posted or edited, and fetches them."""

    name = "previews"
    pace = PACE
    lull = 1.0

    def __init__(self, app: App) -> None:
        super().__init__(app)
        # Switched off, it goes along without looking at anything: what is said meanwhile is not fetched later.
        self.kinds = (MessagePosted, MessageEdited) if app.settings.link_previews else ()
        self._wanted = Bell()
        self._busy: set[str] = set()

    async def take(self, events: Sequence[Event]) -> None:
        ids = [event.message_id for event in events if event.message_id is not None]
        found = await self.app.store.read(previews.linking, ids)
        wanted = [(one.message_id, links) for one in found if (links := self._affordable(one))]
        if wanted:
            await self.app.store.write(_want, wanted, at=self.app.now())
            self._wanted.ring()

    async def start_over(self) -> None:
        """What was posted before anybody looked stays without previews: by now nobody waits for them."""

    async def keep_fetching(self) -> Never:
        """Fetch what is wanted, for as long as the server runs; switched off, nothing."""
        if not self.app.settings.link_previews:
            await trio.sleep_forever()
        async with trio.open_nursery() as nursery:
            while True:
                ring = self._wanted.next_ring()
                with suppress(sqlite3.Error):  # whoever has to know of it learns of it elsewhere
                    for url in await self.app.store.read(previews.waiting, limit=MOST_WAITING):
                        host = host_of(url)
                        if host not in self._busy and len(self._busy) < MOST_HOSTS:
                            self._busy.add(host)
                            nursery.start_soon(self._visit, url, host)
                await ring.wait()

    def _affordable(self, message: previews.Linking) -> dict[str, int]:
        """The new links of a message and their places: as many as its author may still post in this minute."""
        links: dict[str, int] = {}
        for place, url in enumerate(to_preview(message.nodes)):
            if url not in message.known:
                try:
                    self.app.rates.spend(LINKS, message.author_id)
                except TooMany:
                    break
                links[url] = place
        return links

    async def _visit(self, url: str, host: str) -> None:
        """Fetch one address, and keep its host to itself for a moment."""
        pause = BETWEEN
        try:
            await self.app.store.write(keep, url, await look(self.app, url), at=self.app.now())
        except Exception as error:  # whatever it is, it ends here: one link is not worth the others, nor the server
            pause = AFTER_TROUBLE
            lines.warning("A link preview could not be kept: %s.", type(error).__name__)
        await trio.sleep(pause)
        self._busy.discard(host)
        self._wanted.ring()


async def look(app: App, url: str) -> Found:
    """What is to be seen at an address; nothing where it cannot be reached, or is no web page and no picture."""
    try:
        fetched = await app.fetcher.fetch(url, LIMITS)
        if fetched.media_type.startswith("image/"):
            return await _with_picture(app, Found(site=site_of(fetched.url)), fetched, PICTURE)
        page = await app.page_reader.read(fetched.body, url=fetched.url, charset=fetched.charset)
    except (Unreachable, Unreadable, Refusal):
        return NOTHING
    found = Found(page.title, page.description, page.site)
    with suppress(Unreachable, Refusal):
        if page.image_url:
            image = await app.fetcher.fetch(page.image_url, {"image/": PICTURE_BYTES})
            return await _with_picture(app, found, image, PAGE_PICTURE)
    return found


async def remove_preview(app: App, asker: Asker, message_id: int, preview_id: int) -> None:
    """Take a preview away from below one's own message, or as an admin of its group anybody's. Raises NotFound, Forbidden."""
    await app.write(asker, _remove, asker, message_id, preview_id, at=app.now())


async def _with_picture(app: App, found: Found, fetched: Fetched, side: int) -> Found:
    """Raises Refusal for what is no picture, and Unreachable where it is too large."""
    if not fetched.whole:
        raise Unreachable("the picture is too large")
    made = await app.pictures.thumbnail(fetched.body, side)
    return replace(found, image=made.image, width=made.width, height=made.height)


def _want(conn: Writer, wanted: Sequence[tuple[int, dict[str, int]]], *, at: int) -> None:
    for message_id, links in wanted:
        shown = [previews.want(conn, message_id, url, place, at=at) for url, place in links.items()]
        if any(shown):
            _tell(conn, message_id, at=at)


def keep(conn: Writer, url: str, found: Found, *, at: int) -> None:
    """Keep what was found at an address, and tell those who read the messages that waited for it."""
    for message_id in previews.fill(conn, url, found, at=at):
        _tell(conn, message_id, at=at)


def _remove(conn: Writer, asker: Asker, message_id: int, preview_id: int, *, at: int) -> None:
    message = messages.find_for(conn, asker.id, message_id)
    own = message.author.id == asker.id
    if not own and memberships.role_of(conn, message.group_id, asker.id) != "admin":
        raise Forbidden("Only its author and the admins of the group can remove a preview.")
    if not previews.remove(conn, message_id, preview_id):
        return
    _tell(conn, message_id, at=at)
    if not own:
        place = {"group_id": message.group_id, "topic_id": message.topic_id}
        audit.note(conn, asker, "remove preview", at=at, user_id=message.author.id, **place)


def _tell(conn: Writer, message_id: int, *, at: int) -> None:
    """Tell the members what a message shows now. By its author, so that who ignores them does not hear of it."""
    message = messages.bare(conn, message_id)
    fact = PreviewsChanged(message_id, message.topic_id, message.group_id, message.previews)
    log.tell(
        conn,
        fact,
        at=at,
        group_id=message.group_id,
        topic_id=message.topic_id,
        actor_id=message.author.id,
        message_id=message_id,
    )
