"""Python's garbage collector, told what kind of program this is: one with many objects that stay, and few cycles.

A full collection looks at every object there is: with five thousand open streams it takes a third of a second in which nobody
is answered, and while they open it comes again with each quarter more. A connection leaves no cycles behind, so it can wait.
"""

from __future__ import annotations

import gc
from typing import Never

# New objects, in net, until the young are looked at: those of some ten requests at once, and not of one.
YOUNG = 10_000
# Collections of the young until those that survived one are looked at as well.
MIDDLE = 20
# As good as never: `collect_hourly` does it.
OLD = 1_000_000
HOUR = 3600


def hold_off() -> None:
    """Look at nothing until `settle`: what is made while a program is imported stays, and looking takes a tenth of the time."""
    gc.disable()


def settle() -> None:
    """Leave alone what was made at the start, and look at what is old only when `collect_hourly` says so."""
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.enable()


async def collect_hourly() -> Never:
    """Look at everything, for the cycles that a library or we may have left."""
    import trio  # not before: it is imported while `hold_off` holds

    while True:
        await trio.sleep(HOUR)
        gc.collect()
