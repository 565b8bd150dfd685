"""How a command ends that could not do what it was asked: one line on standard error, and an exit status."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Iterator

import click

from ..words.errors import Refusal
from .output import complain

REFUSED = 1
# What shells say of a program that was interrupted: 128 and the number of the signal.
INTERRUPTED = 130
# EX_SOFTWARE of sysexits.h: the disk failed under the writer.
STORAGE_FAILED = 70


def farewell(error: BaseException) -> int:
    """Say what went wrong, and give the exit status. Does not return where nothing may be done any more."""
    leaves = list(_leaves(error))
    if isinstance(error, BaseExceptionGroup):
        _leave_failed_storage(leaves)
    for leaf in leaves:
        match leaf:
            case SystemExit():
                return leaf.code if isinstance(leaf.code, int) else REFUSED
            case click.ClickException():
                context = getattr(leaf, "ctx", None)
                help_wanted = f" See {context.command_path} --help." if context else ""
                sentence = " ".join(leaf.format_message().split())
                complain(f"convore-lite: {sentence}{help_wanted}")
                return leaf.exit_code
            case Refusal():
                complain(f"convore-lite: {leaf.sentence}")
                return REFUSED
            case KeyboardInterrupt() | click.Abort():
                complain("convore-lite: Interrupted.")
                return INTERRUPTED
            case BrokenPipeError():
                # Python would try to write what is left when it ends, and complain.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return REFUSED
            case OSError() if leaf.filename is not None:
                complain(f"convore-lite: {leaf.filename}: {leaf.strerror}.")
                return REFUSED
            case OSError(errno=errno.ENOSPC):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                complain("convore-lite: There is no room left where the output goes.")
                return REFUSED
    # A mistake of ours. Where a log is kept its place is written down there.
    if logging.getLogger().handlers:
        logging.getLogger("convore_lite").critical("failed", exc_info=error)
    complain(f"convore-lite: This should not happen: {leaves[0]!r}.")
    return REFUSED


def _leave_failed_storage(leaves: list[BaseException]) -> None:
    """After the disk failed nothing may be acknowledged or cleaned up: the next start recovers from the log."""
    from ..store import StorageFailed

    for leaf in leaves:
        if isinstance(leaf, StorageFailed):
            complain(f"convore-lite: {leaf}")
            sys.stderr.flush()
            os._exit(STORAGE_FAILED)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
