"""The shared worker that holds the live connection of all tabs. Its script brings it a policy of its own."""

from __future__ import annotations

from quart import Response, request

from .door import blueprint
from .templates import asset

# It loads nothing, and talks to nobody but us.
POLICY = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"


@blueprint.after_app_request
async def let_worker_connect(response: Response) -> Response:
    if request.path == asset("live_worker.js"):
        response.headers["content-security-policy"] = POLICY
    return response
