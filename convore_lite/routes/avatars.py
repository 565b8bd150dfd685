"""Pictures of people, as they come with a request, and for whoever is signed in and may know of them."""

from __future__ import annotations

from typing import cast

from quart import Blueprint, Response, request

from ..store import avatars
from ..words.errors import BadInput, WrongMediaType
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


async def sent_picture() -> bytes:
    """The picture in the request at hand. Raises WrongMediaType, BadInput."""
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind.startswith("image/"):
        return cast(bytes, await request.get_data())
    if kind != "multipart/form-data":
        raise WrongMediaType("Send a picture: the bytes of a PNG, JPEG, GIF or WebP with its content type, or a form.")
    file = (await request.files).get("file")
    if file is None:
        raise BadInput("file", "is missing")
    return bytes(file.read())
