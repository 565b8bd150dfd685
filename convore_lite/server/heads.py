"""The request heads that apps get to see, in either version of HTTP."""

from __future__ import annotations

import re

# Room for a proxy's headers and several cookies. Apache and nginx allow 8 KiB a line, browsers send under 16 KiB.
HEAD_LIMIT = 32 * 1024

_METHOD = re.compile(rb"[A-Za-z][A-Za-z-]*")
_TARGET = re.compile(rb"/[\x21-\x7e]*")


def is_plain(method: bytes, target: bytes) -> bool:
    """Whether an app can answer this: a method of letters other than CONNECT, and a path of visible ASCII."""
    return bool(_METHOD.fullmatch(method) and _TARGET.fullmatch(target)) and method.upper() != b"CONNECT"
