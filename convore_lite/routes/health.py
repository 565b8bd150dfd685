"""Is the server alive, and is it ready: for whatever supervises it."""

from __future__ import annotations

import sqlite3

from quart import Blueprint, Response

from ..words.errors import Unavailable
from .context import the_app

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
async def ready() -> Response:
    """The database can be read."""
    try:
        await the_app().store.read(_look)
    except sqlite3.Error as error:
        raise Unavailable("The database cannot be read.") from error
    return Response("ready\n", mimetype="text/plain")


def _look(conn: sqlite3.Connection) -> None:
    conn.execute("SELECT 1 FROM facts").fetchone()
