"""Files: sent before the message they are posted with, and gone from the disk when nobody can read them any more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import trio

from ..files import Incoming
from ..pictures import Thumbnail
from ..store import files as file_store
from ..store.files import Described
from ..words.asker import Asker
from ..words.errors import BadInput, Refusal, Unavailable
from ..words.file_names import file_name
from ..words.media import HEAD, is_picture, sniff
from ..words.models import File
from . import App

# What nobody posted by then was given up.
UNPOSTED_FOR = 24 * 3600 * 1000
# Rows forgotten, or bytes looked at, in one step.
STEP = 500


async def keep_file(app: App, asker: Asker, incoming: Incoming, name: str) -> File:
    """Keep what somebody sent, until they post it.

    What it is, its bytes say. A picture loses what is hidden in it, and gets a small one beside it. Raises BadInput (it is
    empty, or a picture that nobody can tell what is in), DiskFull, and what `App.write` does.
    """
    await incoming.flush()
    if not incoming.size:
        raise BadInput("file", "is empty")
    described: Described | None = None
    try:
        async with described_bytes(app, incoming, name) as described:
            return await _write_row(app, asker, described)
    except Unavailable:
        raise  # the server ends, and the row may be on the disk or not: the next one sweeps
    except Refusal:
        if described is not None:
            with trio.CancelScope(shield=True):
                await _discard(app, [hash_ for hash_ in (described.bytes, described.thumb) if hash_])
        raise


@asynccontextmanager
async def described_bytes(app: App, incoming: Incoming, name: str) -> AsyncIterator[Described]:
    """Bytes that are on the disk, and what they are: write the row within the block. Raises BadInput, DiskFull."""
    shown = file_name(name)
    media_type = await incoming.looked_at(partial(sniff, name=shown), HEAD)
    async with AsyncExitStack() as stack:
        parts, small = [incoming], None
        if is_picture(media_type):
            parts, small = await stack.enter_async_context(_prepared(app, incoming, media_type))
        hashes = await stack.enter_async_context(app.files.kept(*parts))
        yield Described(
            name=shown,
            media_type=media_type,
            size=parts[0].size,
            bytes=hashes[0],
            thumb=hashes[1] if small else None,
            width=small.full_width if small else None,
            height=small.full_height if small else None,
        )


@asynccontextmanager
async def _prepared(
    app: App, incoming: Incoming, media_type: str
) -> AsyncIterator[tuple[list[Incoming], Thumbnail | None]]:
    """A picture with nothing hidden in it, and a small one where one can be made."""
    async with AsyncExitStack() as stack:
        bare = await stack.enter_async_context(app.files.incoming())
        found = await app.pictures.prepare(incoming.path, bare.path, media_type)
        if found.rewritten:
            await bare.look_again()
        parts = [bare if found.rewritten else incoming]
        if found.thumbnail:
            small = await stack.enter_async_context(app.files.incoming())
            await small.write(found.thumbnail.image)
            await small.flush()
            parts.append(small)
        yield parts, found.thumbnail


async def _write_row(app: App, asker: Asker, described: Described) -> File:
    """Shielded: whoever waits for it must learn what came of it, before the bytes are let go."""
    with trio.CancelScope(shield=True):
        return await app.write(asker, file_store.insert, asker.id, described, at=app.now())
    raise AssertionError("a shield swallows nothing")


async def _used(app: App, names: Sequence[str]) -> set[str]:
    return await app.store.read(file_store.used, names)


async def _discard(app: App, names: Sequence[str]) -> None:
    await app.files.discard(names, partial(_used, app))


async def clear_loose(app: App) -> None:
    """Take the bytes away that lost their last row. Raises DiskFull, Unavailable."""
    while names := await app.store.read(file_store.loose, limit=STEP):
        await _discard(app, names)
        await app.store.write(file_store.tied_up, names)


async def forget_unposted(app: App) -> None:
    """Forget what nobody posted. Raises DiskFull, Unavailable."""
    while await app.store.write(file_store.remove_unposted, before=app.now() - UNPOSTED_FOR, limit=STEP):
        pass


async def sweep(app: App) -> None:
    """Take away all bytes that no row speaks of: a crash came between the one and the other."""
    await app.files.sweep(partial(_used, app))
