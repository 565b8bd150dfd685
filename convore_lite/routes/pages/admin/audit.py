"""The audit log, line by line."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct
from quart import Response, request

from ....store import audit, overview
from ....words.acts import detail_text, said
from ....words.models import AuditEntry, Id
from ... import forms
from ..door import Found, blueprint
from .door import show

LINES = 50


class Line(Struct, frozen=True):
    """An entry as a sentence. *group* is what an admin may read of it: the name of one that is there and is no conversation."""

    entry: AuditEntry
    did: str
    where: str
    group: str | None
    detail: str


class Before(Struct, frozen=True):
    before: Id | None = None


@blueprint.get("/admin/audit/")
async def admin_audit() -> Response:
    return await show("audit", {}, _audit, forms.convert(request.args, Before).before)


def lines(conn: sqlite3.Connection, entries: Sequence[AuditEntry]) -> list[Line]:
    names = overview.group_names(conn, {entry.group_id for entry in entries if entry.group_id is not None})
    return [
        Line(entry, *said(entry.act), names.get(entry.group_id or 0), detail_text(entry.detail)) for entry in entries
    ]


def _audit(conn: sqlite3.Connection, user_id: int, before: int | None) -> Found:
    found = audit.entries(conn, before=before, limit=LINES + 1)
    more = found[LINES - 1].id if len(found) > LINES else None
    return {"lines": lines(conn, found[:LINES]), "more": more, "before": before}
