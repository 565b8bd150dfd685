"""When a page cannot be given. No access and no such thing are the same page, byte for byte."""

from __future__ import annotations

from urllib.parse import quote

from quart import Response, request

from ...words.errors import Refusal
from .. import problems
from .door import go
from .templates import page

TITLES = {
    403: "That is not yours to do",
    404: "Nothing here",
    405: "That does not work here",
    409: "That cannot be done",
    413: "Too large",
    422: "Something is not right",
    429: "A little too fast",
    507: "The disk is full",
}
SENTENCES = {404: "There is nothing at this address that you can see.", 405: "Go back and try it from the page itself."}
UNEXPECTED = "Something went wrong here. It was written down."


async def problem_page(status: int, refusal: Refusal | None) -> Response:
    """The page for a refusal, or for what the web framework itself refuses. Who is not signed in is led to the door."""
    if status == 401:
        here = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return go(f"/sign-in/?next={quote(here, safe='/')}" if here != "/" else "/sign-in/")
    title = TITLES.get(status, "That did not work")
    sentence = SENTENCES.get(status) or (refusal.sentence if refusal else UNEXPECTED)
    return with_wait(page("problem.html", status, title=title, sentence=sentence), refusal)


def with_wait(response: Response, refusal: Refusal | None) -> Response:
    """The same answer, with how long to wait before another try where the refusal says so."""
    response.headers.update(problems.when_again(refusal))
    return response
