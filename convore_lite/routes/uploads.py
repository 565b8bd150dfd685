"""Files on their way in. Pure ASGI, before Quart: a form's files go to the disk while they come, and what is left goes on.

Quart would read a body as quickly as it comes, whether or not anybody takes it, and wait for ever for one that stalls.

Rule: nothing of a body is read before it is known who sends it, and that they may. What is refused is handed on as a refusal: the
doors behind answer it as they answer everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from quart import Quart, request
from werkzeug.exceptions import HTTPException
from werkzeug.sansio import multipart

from ..actions import App, files
from ..words.asker import Asker
from ..words.errors import BadInput, Forbidden, NotSignedIn, TooLarge, TooMany, Unavailable
from ..words.limits import FILES, UPLOADED_KILOBYTES
from ..words.models import MOST_FILES, File
from ..words.sizes import size_text
from .form_body import KIND, Body, FormBody, Left
from .limits import declared_length
from .sessions import find_asker, headers_of

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]
View = TypeVar("View", bound=Callable[..., Any])

# The field of a form that holds files.
FIELD = "file"
# All other fields of a form together: the longest text, and what stands around it.
MOST_FIELDS = 128 * 1024
# Uploads at once, of one person and of all: each takes half a megabyte of memory, and one of the disk's turns.
MOST_OF_ONE = 6
MOST_AT_ONCE = 32
# In the scope of a request whose files were taken out of it.
SENT = "convore_lite.sent"
# How many files each view takes.
TAKING: dict[Callable[..., Any], int] = {}


@dataclass
class Sent:
    """What became of a form: the files that are kept, its other fields, and why it was not taken whole."""

    files: list[File] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    failure: Exception | None = None


def takes_files(most: int = MOST_FILES) -> Callable[[View], View]:
    """To this view come forms with so many files."""

    def note(view: View) -> View:
        TAKING[view] = most
        return view

    return note


def sent_files() -> list[File]:
    """The files that came with the request at hand. Raises what they were refused for."""
    sent = cast(Sent | None, cast(dict[str, Any], request.scope).get(SENT))
    if sent is not None and sent.failure is not None:
        raise sent.failure
    return sent.files if sent else []


def was_form() -> bool:
    """Was the request at hand a form whose files were taken out?"""
    return SENT in cast(dict[str, Any], request.scope)


class Uploads:
    """Takes the files out of forms for views of *website* that take some; everything goes on to *inner*."""

    def __init__(self, app: App, website: Quart, inner: ASGIApp) -> None:
        self._app = app
        self._views = website.view_functions
        self._addresses = website.url_map.bind("localhost")
        self._inner = inner
        self._under_way: Counter[int] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        most = self._most_files(scope)
        if not most:
            await self._inner(scope, receive, send)
            return
        sent = Sent()
        try:
            await self._take(scope, receive, most, sent)
        except Left:
            return
        except Exception as error:
            sent.failure = error
        body = urlencode(sent.fields).encode()
        await self._inner({**scope, "headers": _headers(scope, body), SENT: sent}, _receive(body, receive), send)

    def _most_files(self, scope: Mapping[str, Any]) -> int:
        """How many files may be in this request; 0 where it is none of ours."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return 0
        kind = headers_of(scope).get("content-type", "").partition(";")[0].strip().lower()
        if kind != KIND:
            return 0
        try:
            endpoint, _ = self._addresses.match(scope["path"], method="POST")
        except HTTPException:
            return 0
        return TAKING.get(self._views[endpoint], 0)

    async def _take(self, scope: Mapping[str, Any], receive: Any, most: int, sent: Sent) -> None:
        """Raises Refusal, Left."""
        asker = await find_asker(self._app, scope)
        if asker is None:
            raise NotSignedIn()
        if asker.via == "console":
            raise Forbidden()
        with self._turn(asker):
            body = Body(receive, self._most_bytes(most), self._count(scope, asker, most))
            form = FormBody(headers_of(scope)["content-type"], body)
            await self._read(form, asker, most, sent)

    def _most_bytes(self, files: int) -> int:
        return files * self._app.settings.max_file_size + MOST_FIELDS

    def _count(self, scope: Mapping[str, Any], asker: Asker, most: int) -> Callable[[int], None]:
        """What is said of the length counts at once, else each piece as it comes. Raises TooLarge, TooMany."""
        spend = partial(self._spend, asker)
        try:
            declared = declared_length(scope["headers"])
        except ValueError:
            return spend  # the limit behind will say what is wrong with it
        if declared > self._most_bytes(most):
            raise self._too_large()
        if not declared:
            return spend
        spend(declared)
        return lambda length: None

    def _spend(self, asker: Asker, length: int) -> None:
        self._app.rates.spend(UPLOADED_KILOBYTES, asker.id, cost=length / 1000)

    @contextmanager
    def _turn(self, asker: Asker) -> Iterator[None]:
        """Raises TooMany, Unavailable."""
        if self._under_way[asker.id] >= MOST_OF_ONE:
            raise TooMany(f"You are sending {MOST_OF_ONE} files already. Wait until one has arrived.")
        if self._under_way.total() >= MOST_AT_ONCE:
            raise Unavailable("Too many people send files just now. Try again in a moment.")
        self._under_way[asker.id] += 1
        try:
            yield
        finally:
            self._under_way[asker.id] -= 1
            self._under_way += Counter()

    async def _read(self, form: FormBody, asker: Asker, most: int, sent: Sent) -> None:
        """Read the form to its end. Raises Refusal, Left."""
        room = MOST_FIELDS
        while not isinstance(event := await form.next(), multipart.Epilogue):
            if isinstance(event, multipart.File) and event.filename and event.name == FIELD:
                if len(sent.files) == most:
                    raise BadInput(FIELD, f"at most {most} at once")
                await self._take_file(form, asker, event.filename, most, sent)
            elif isinstance(event, multipart.File):
                await _skip(form)
            elif isinstance(event, multipart.Field):
                value = await _value(form, room)
                room -= len(value)
                sent.fields.append((str(event.name), value.decode(errors="replace")))

    async def _take_file(self, form: FormBody, asker: Asker, name: str, most: int, sent: Sent) -> None:
        """A program that sends one file is told at once what is wrong; of a page's form the other fields are still wanted."""
        try:
            file = await self._keep(form, asker, name, most)
        except (BadInput, TooLarge) as refusal:
            if most == 1:
                raise
            sent.failure = sent.failure or refusal
            return
        sent.files.append(file)
        sent.fields.append(("file_ids", str(file.id)))

    async def _keep(self, form: FormBody, asker: Asker, name: str, most: int) -> File:
        self._app.rates.spend(FILES, asker.id)
        async with self._app.files.incoming() as incoming:
            more = True
            while more:
                event = cast(multipart.Data, await form.next())
                more = event.more_data
                if incoming.size + len(event.data) <= self._app.settings.max_file_size:
                    await incoming.write(event.data)
                    continue
                if more and most > 1:
                    await _skip(form)
                raise self._too_large()
            return await files.keep_file(self._app, asker, incoming, _unescaped(name))

    def _too_large(self) -> TooLarge:
        return TooLarge(f"A file may have at most {size_text(self._app.settings.max_file_size)}.")


async def _skip(form: FormBody) -> None:
    while cast(multipart.Data, await form.next()).more_data:
        pass


async def _value(form: FormBody, room: int) -> bytes:
    """Raises TooLarge."""
    value = bytearray()
    more = True
    while more:
        event = cast(multipart.Data, await form.next())
        value += event.data
        more = event.more_data
        if len(value) > room:
            raise TooLarge("The text of this form is too long.")
    return bytes(value)


def _unescaped(name: str) -> str:
    """A name as browsers write it into a form: https://html.spec.whatwg.org/#multipart-form-data escapes these and nothing else."""
    for escaped, character in (("%22", '"'), ("%0D", " "), ("%0A", " ")):
        name = name.replace(escaped, character)
    return name


def _headers(scope: Mapping[str, Any], body: bytes) -> list[tuple[bytes, bytes]]:
    """Those of the request, with what was left of it as its body."""
    about_body = (b"content-type", b"content-length", b"transfer-encoding", b"expect")
    kept = [(name, value) for name, value in scope["headers"] if name.lower() not in about_body]
    length = str(len(body)).encode()
    return [*kept, (b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", length)]


def _receive(body: bytes, receive: Any) -> Callable[[], Awaitable[Any]]:
    """The body that is left, and then nothing but the end. What still comes of a form that was refused is read, and forgotten."""
    given = False

    async def receiving() -> Any:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        while (message := await receive())["type"] == "http.request":
            pass
        return message

    return receiving
