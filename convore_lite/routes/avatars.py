"""Pictures of people: for whoever is signed in and may know of them."""

from __future__ import annotations

from quart import Blueprint, Response

from ..store import avatars
from .context import the_app
from .sessions import require_asker

# A picture never changes under its name. "private": a cache that others share does not ask whether they may see it.
KEPT = "private, max-age=31536000, immutable"
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"

blueprint = Blueprint("avatars", __name__)


@blueprint.get("/avatars/<name>")
async def picture(name: str) -> Response:
    asker = await require_asker()
    image = await the_app().store.read(avatars.find_for, asker.id, name)
    headers = {"cache-control": KEPT, "content-security-policy": POLICY}
    return Response(image, content_type="image/webp", headers=headers)
