"""Is the server alive, is it ready, and what can it do: for supervisors and for programs that read the API's description."""

from __future__ import annotations

import functools
import sqlite3

import msgspec
from quart import Blueprint, Response

from . import openapi
from .context import the_app

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
async def ready() -> Response:
    """The database can be read."""
    await the_app().store.read(_look)
    return Response("ready\n", mimetype="text/plain")


@blueprint.get("/api/v1/openapi.json")
async def description() -> Response:
    response = Response(_document(), mimetype="application/json")
    response.headers["cache-control"] = "no-cache"
    return response


@functools.cache
def _document() -> bytes:
    return msgspec.json.encode(openapi.document())


def _look(conn: sqlite3.Connection) -> None:
    conn.execute("SELECT 1 FROM facts").fetchone()
