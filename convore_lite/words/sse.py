"""Server-sent events as bytes (WHATWG HTML, section 9.2). Bytes in, bytes out; knows no stream.

Rule: nothing that comes from a person can forge an event. Lines end at CR, LF or CRLF only: ``str.splitlines`` also splits at
U+2028 and others and would change the text; an id or a name that holds CR, LF or NUL is refused.
"""

from __future__ import annotations

import re

LINE_END = re.compile(rb"\r\n|\r|\n")
FORBIDDEN = re.compile(r"[\r\n\0]")

HEARTBEAT = b": still here\n\n"
# What ends an HTTP/1.1 body in chunks (RFC 9112, section 7.1).
LAST_CHUNK = b"0\r\n\r\n"


def frame(kind: str, data: bytes, event_id: str | None = None) -> bytes:
    """One event. Raises ValueError where *kind* or *event_id* holds a line end or NUL."""
    if FORBIDDEN.search(kind) or FORBIDDEN.search(event_id or ""):
        raise ValueError("an event's name and id are one line without NUL")
    head = f"id: {event_id}\n" if event_id is not None else ""
    lines = b"".join(b"data: " + line + b"\n" for line in LINE_END.split(data))
    return f"{head}event: {kind}\n".encode() + lines + b"\n"


def retry(milliseconds: int) -> bytes:
    """Tell the reader how long to wait before it comes back."""
    return b"retry: %d\n\n" % milliseconds


def chunk(data: bytes) -> bytes:
    """*data* as one chunk of an HTTP/1.1 body (RFC 9112, section 7.1)."""
    return b"%x\r\n%s\r\n" % (len(data), data)
