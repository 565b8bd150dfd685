"""Who is asking: a session cookie, an API token, or the console. And is it really them: the same-origin check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from msgspec.structs import replace
from quart import Response, request
from werkzeug.sansio.http import parse_cookie

from ..actions import App, sign_in
from ..words.asker import Asker
from ..words.errors import Forbidden, NotSignedIn
from ..words.models import User
from ..words.networks import counted_as
from ..words.settings import Settings
from .context import the_app

# A request through the data folder's own socket carries this in its scope; no header can put it there.
CONSOLE = "convore_lite.console"
# And of each, once it is known, who sent it.
ASKER = "convore_lite.asker"
CONSOLE_ASKER = Asker(User(0, "console", "Console"), "owner", "console", "write", b"console")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def find_asker(app: App, scope: Mapping[str, Any]) -> Asker | None:
    """Who sent the request of an ASGI *scope*; None where they do not say.

    Raises NotSignedIn where what they say is not true (any more), and Forbidden for a request that another site made a browser
    send or a read token's unsafe request. Knows nothing of the body: it is called before that is read.
    """
    if scope.get(CONSOLE):
        return CONSOLE_ASKER
    headers = headers_of(scope)
    unsafe = scope["method"] not in SAFE_METHODS
    if "authorization" in headers:
        asker = await _bearer(app, headers["authorization"])
        if unsafe and asker.scope == "read":
            raise Forbidden("This token may only read.")
        return asker
    if unsafe:
        check_origin(app.settings, scope, headers)
    secret = cookie_of(app.settings, headers)
    if secret and not unsafe:
        check_reader(headers)
    return await sign_in.asker_of_cookie(app, secret) if secret else None


async def this_asker() -> Asker | None:
    """Who sent the request that is being answered."""
    scope = cast(dict[str, Any], request.scope)
    if ASKER not in scope:
        asker = await find_asker(the_app(), scope)
        if asker is not None and asker.via != "console":
            asker = replace(asker, origin=_sent_to(scope, headers_of(scope)))
        scope[ASKER] = asker
    return cast(Asker | None, scope[ASKER])


def look_again() -> None:
    """Let who asks be looked up anew: a body may take its time to arrive, and their key may have been taken away meanwhile."""
    cast(dict[str, Any], request.scope).pop(ASKER, None)


async def require_asker() -> Asker:
    """Raises NotSignedIn."""
    asker = await this_asker()
    if asker is None:
        raise NotSignedIn()
    return asker


def cookie_name(settings: Settings) -> str:
    """With ``__Host-`` a browser takes the cookie only over https and from this very host (RFC 6265bis, 4.1.3.2)."""
    return "__Host-convore" if settings.secure else "convore"


async def let_in(response: Response, secret: str) -> None:
    """Sign the browser in that is being answered. The session it came with ends: nobody could sign out of that any more."""
    asker = await this_asker()
    if asker is not None and asker.via == "session":
        await sign_in.sign_out(the_app(), asker)
    _set_cookie(response, secret)


def _set_cookie(response: Response, secret: str) -> None:
    settings = the_app().settings
    response.set_cookie(
        cookie_name(settings),
        secret,
        max_age=sign_in.SESSION_DAYS * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=settings.secure,
        path="/",
    )


def clear_cookie(response: Response) -> None:
    settings = the_app().settings
    response.delete_cookie(cookie_name(settings), path="/", httponly=True, samesite="Lax", secure=settings.secure)


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The headers of an ASGI scope; of one that is there twice, the first.

    All but cookies: over HTTP/2 each may come in a header of its own (RFC 9113, 8.2.3).
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == "cookie" and name in headers:
            headers[name] += f"; {value}"
        headers.setdefault(name, value)
    return headers


def address_of(scope: Mapping[str, Any]) -> str:
    """The network address a request counts as coming from, of IPv6 the /64; "" for a unix socket.

    Where a proxy is trusted, the doors have put into the scope what it says (`Doors`).
    """
    client = scope.get("client")
    return counted_as(str(client[0])) if client else ""


def cookie_of(settings: Settings, headers: Mapping[str, str]) -> str | None:
    """The secret in our cookie. Other programs on the same host may have set cookies that are not well-formed."""
    # Not http.cookies: at the first cookie it cannot read it forgets all the others.
    return parse_cookie(headers.get("cookie", "")).get(cookie_name(settings))


def check_origin(settings: Settings, scope: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Refuse an unsafe request that another site made a browser send. Raises Forbidden.

    A browser says where a request comes from (Origin, Sec-Fetch-Site). What says neither is no browser; it is let through
    only where it carries no cookie that could have been sent against its owner's will.
    """
    if headers.get("sec-fetch-site") == "same-origin":
        return
    origin = headers.get("origin")
    if origin is None and cookie_of(settings, headers) is None and "sec-fetch-site" not in headers:
        return
    if origin is None or origin not in own_origins(settings, scope, headers):
        raise Forbidden("This request came from another site.")


def check_reader(headers: Mapping[str, str]) -> None:
    """Refuse what another site's page loads from us with our cookie; a link from there to here may be followed. Raises Forbidden.

    After https://web.dev/articles/fetch-metadata, but for its other sites of the same domain: they may be somebody else's.
    """
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
        return
    if (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) != ("navigate", "document"):
        raise Forbidden("This request came from another site.")


def own_origins(settings: Settings, scope: Mapping[str, Any], headers: Mapping[str, str]) -> set[str]:
    """The origins of our own pages: the configured address, and the host this request was sent to."""
    if settings.base_url:
        parts = urlsplit(settings.base_url)
        return {f"{parts.scheme}://{parts.netloc}"}
    return {_sent_to(scope, headers)}


def _sent_to(scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    return f"{scope['scheme']}://{headers.get('host', '')}"


async def _bearer(app: App, value: str) -> Asker:
    kind, _, secret = value.partition(" ")
    asker = await sign_in.asker_of_token(app, secret.strip()) if kind.lower() == "bearer" else None
    if asker is None:
        raise NotSignedIn("This token is not valid.")
    return asker
