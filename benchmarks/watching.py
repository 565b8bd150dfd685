"""What a process uses, as the kernel counts it."""

from __future__ import annotations

import time
from pathlib import Path


def cpu_ns(pid: int) -> int:
    """User and system time of all its threads, also of those that ended.

    The same sum stands in /proc/PID/stat, in hundredths of a second; this clock has nanoseconds. How a process id becomes
    the id of a clock: clock_getcpuclockid(3) and CPUCLOCK_SCHED in Linux' posix-timers.h.
    """
    return time.clock_gettime_ns((~pid << 3) | 2)


def rss(pid: int) -> int:
    """Resident bytes. Exact, which VmRSS in /proc/PID/status is not where a process has many threads."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Rss:")).split()[1]) * 1024


def held_by_all(pid: int) -> int:
    """Bytes that a process and those it started hold in memory; what several share counts once among them (Pss)."""
    return _pss(pid) + sum(held_by_all(child) for child in children(pid))


def children(pid: int) -> list[int]:
    """The processes that a process started, from whichever of its threads."""
    found = (path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children"))
    return [int(child) for some in found for child in some]


def _pss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) * 1024


def socket_state(local_port: int, remote_port: int) -> tuple[str, int, int]:
    """State of a TCP connection on loopback, and the bytes in its send and receive queue: /proc/net/tcp, proc(5)."""
    ends = f":{local_port:04X}", f":{remote_port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, queues, *_ = line.split()
        if local.endswith(ends[0]) and remote.endswith(ends[1]):
            sending, receiving = (int(part, 16) for part in queues.split(":"))
            return state, sending, receiving
    return GONE, 0, 0


ESTABLISHED, GONE = "01", "gone"


def overflows() -> int:
    """How often a connect found the queue of a listening socket full, on this machine since it was started."""
    names, values = (line.split() for line in Path("/proc/net/netstat").read_text().splitlines()[:2])
    return int(dict(zip(names, values, strict=True))["ListenOverflows"])
