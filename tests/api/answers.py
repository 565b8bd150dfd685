"""What answers of the API look like, and what is in the database before and after."""

from __future__ import annotations

import sqlite3
from typing import Any

import httpx2

from convore_lite.testing import Chat

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    415: "Unsupported Media Type",
    422: "Unprocessable",
    429: "Too Many Requests",
}


def check_problem(answer: httpx2.Response, status: int, field: str | None = None) -> dict[str, Any]:
    """The answer is a refusal with this status, in the one form they all have (RFC 9457); the problem."""
    asked = f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    assert answer.status_code == status, asked
    assert answer.headers["content-type"] == "application/problem+json", asked
    assert answer.headers["cache-control"] == "no-store", asked
    problem: dict[str, Any] = answer.json()
    assert set(problem) == {"type", "title", "status", "detail"} | ({"errors"} if status == 422 else set()), asked
    assert (problem["type"], problem["status"]) == ("about:blank", status), asked
    assert problem["title"].startswith(TITLES.get(status, "")), asked
    assert problem["detail"], asked
    assert "Traceback" not in answer.text
    for error in problem.get("errors", []):
        assert set(error) == {"field", "message"}, asked
    if field is not None:
        assert [error["field"] for error in problem["errors"]] == [field], asked
    return problem


async def count_rows(chat: Chat) -> dict[str, int]:
    """How many rows each table has."""

    def count(conn: sqlite3.Connection) -> dict[str, int]:
        tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {table: conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}

    return await chat.appliance.app.store.read(count)
