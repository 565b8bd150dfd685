"""What came of the lines of an import: counted, and the refused ones written down."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..words.archive import KINDS
from .files import written_whole
from .output import complain, counted, print_json, say

# Refused lines that are shown where no report was asked for: what is wrong is wrong in the same way again and again.
SHOWN = 10


@dataclass
class Tally:
    """*write_down* gets every refused line; here only the first ones are kept."""

    write_down: Callable[[dict[str, Any]], None]
    taken: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    refused_count: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def count(self, kind: str, *, new: bool) -> None:
        (self.taken if new else self.present)[kind] += 1

    def leave_out(self, kind: str) -> None:
        self.left_out[kind] += 1

    def refuse(self, number: int, reason: str) -> None:
        line = {"line": number, "reason": reason}
        self.refused_count += 1
        if len(self.refused) < SHOWN:
            self.refused.append(line)
        self.write_down(line)

    def counts(self) -> dict[str, Any]:
        return {
            "taken": dict(self.taken),
            "present": dict(self.present),
            "left_out": dict(self.left_out),
            "refused_count": self.refused_count,
        }


@contextmanager
def reported(report: Path | None, **about: Any) -> Iterator[Tally]:
    """A tally whose refused lines go into a file as they come, however many they are. Raises OSError."""
    if report is None:
        yield Tally(lambda line: None)
        return
    with written_whole(str(report)) as file:
        begun = json.dumps(about, ensure_ascii=False)[1:-1]
        file.write(f'{{{begun}, "refused": ['.encode())
        separator = iter(["\n"])

        def write_down(line: dict[str, Any]) -> None:
            file.write((next(separator, ",\n") + json.dumps(line, ensure_ascii=False)).encode())

        tally = Tally(write_down)
        yield tally
        file.write(f"\n], {json.dumps(tally.counts())[1:]}\n".encode())


def summarize(tally: Tally, *, dry_run: bool, report: Path | None, as_json: bool) -> None:
    """Say what came of it: counts to standard output, the first refused lines to standard error."""
    if as_json:
        print_json({"dry_run": dry_run, **tally.counts(), "refused": tally.refused})
        return
    say(f"{'Would take in' if dry_run else 'Taken in'}: {_listed(tally.taken)}.")
    if tally.present:
        say(f"Here already: {_listed(tally.present)}.")
    if tally.left_out:
        say(f"Left out: {_listed(tally.left_out)}.")
    if not tally.refused_count:
        return
    complain(f"Refused: {counted(tally.refused_count, 'line')}.")
    for line in tally.refused:
        complain(f"  line {line['line']}: {line['reason']}")
    if tally.refused_count > len(tally.refused) and report is None:
        complain(f"  … and {tally.refused_count - len(tally.refused):,} more; --report FILE writes all of them down.")


def _listed(counts: Counter[str]) -> str:
    return ", ".join(counted(counts[kind], kind) for kind in KINDS if counts[kind]) or "nothing"
