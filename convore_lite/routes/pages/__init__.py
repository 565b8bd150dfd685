"""The pages."""

from quart import Blueprint, Response

from ...words.errors import Refusal

blueprint = Blueprint("pages", __name__)


async def problem_page(status: int, refusal: Refusal | None) -> Response:
    return Response(refusal.sentence if refusal else "", status, mimetype="text/plain")
