"""The built files, from memory: a handful, each under a name that changes with its content, so a browser asks only once."""

from __future__ import annotations

import mimetypes
from functools import cache
from pathlib import Path

from quart import Blueprint, Response

from ..words.errors import NotFound

FOLDER = Path(__file__).parents[1] / "static"
FOR_EVER = "public, max-age=31536000, immutable"
# A shared worker lives by the policy its script came with: ours loads nothing, and talks to nobody but us.
WORKER_POLICY = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"

blueprint = Blueprint("static_files", __name__)


@blueprint.get("/static/<name>")
async def built_file(name: str) -> Response:
    if name not in _names():
        raise NotFound()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = Response(_content(name), content_type=kind, headers={"cache-control": FOR_EVER})
    if name.endswith(".js"):
        response.headers["content-security-policy"] = WORKER_POLICY
    return response


@cache
def _names() -> frozenset[str]:
    """The files of the build; no name that is not among them touches the disk."""
    return frozenset(path.name for path in FOLDER.iterdir() if path.is_file()) if FOLDER.is_dir() else frozenset()


@cache
def _content(name: str) -> bytes:
    return (FOLDER / name).read_bytes()
