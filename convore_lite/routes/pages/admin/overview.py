"""What there is at a glance: how much, where it is kept, and how the server is set."""

from __future__ import annotations

import sqlite3

from quart import Response

from ....actions.administration import settings_in_use
from ....store import audit as audit_store
from ....store import storage as storage_store
from ....words.settings import FILE_NAME, Settings, flag, variable
from ...context import the_app
from ..door import Found, blueprint
from .audit import lines
from .door import show

# Of the audit log, the beginning.
LATEST = 6


@blueprint.get("/admin/")
async def admin_overview() -> Response:
    settings = the_app().settings
    return await show("overview", {"registration": settings.registration}, _overview, settings)


@blueprint.get("/admin/storage/")
async def admin_storage() -> Response:
    settings = the_app().settings
    return await show("storage", {"folder": settings.data}, _storage, settings)


@blueprint.get("/admin/settings/")
async def admin_settings() -> Response:
    app = the_app()
    more = {"settings": settings_in_use(app), "file": app.settings.data / FILE_NAME, "flag": flag, "variable": variable}
    return await show("settings", more, lambda conn, user_id: {})


def _overview(conn: sqlite3.Connection, user_id: int, settings: Settings) -> Found:
    latest = audit_store.entries(conn, limit=LATEST)
    return {"storage": storage_store.measure(conn, settings.database, settings.files), "lines": lines(conn, latest)}


def _storage(conn: sqlite3.Connection, user_id: int, settings: Settings) -> Found:
    return {"storage": storage_store.measure(conn, settings.database, settings.files)}
