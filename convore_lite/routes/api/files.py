"""Files in the API: send one, and read those in messages."""

from __future__ import annotations

from ...actions import App
from ...store import files
from ...words.asker import Asker
from ...words.errors import BadInput, NotFound, WrongMediaType
from ...words.limits import FILE_READS
from ...words.models import File
from ..downloads import download, small_picture
from ..uploads import FIELD, sent_files, was_form
from .door import operation


@operation("POST", "/files", {201: File}, upload=True)
async def send_file(app: App, asker: Asker) -> File:
    """Send a file, to be posted with a message within a day. Until then it is one's own."""
    if not was_form():
        raise WrongMediaType("Send a form (multipart/form-data) with the file as its field file.")
    sent = sent_files()
    if not sent:
        raise BadInput(FIELD, "is missing")
    return sent[0]


@operation("GET", "/files/<id:file_id>/<name>", {200: bytes, 206: bytes, 304: None}, rate=FILE_READS)
async def get_file(app: App, asker: Asker, file_id: int, name: str) -> object:
    """A file in a message that one may read, or one's own that is not posted yet. It is found by its id, whatever the name."""
    return await download(await app.store.read(files.find_for, asker.id, file_id))


@operation("GET", "/files/<id:file_id>/thumb", {200: bytes, 304: None}, rate=FILE_READS)
async def get_thumb(app: App, asker: Asker, file_id: int) -> object:
    """The small picture of a picture, as WebP."""
    found = await app.store.read(files.find_for, asker.id, file_id)
    if found.thumb is None:
        raise NotFound()
    return await small_picture(app.files.path(found.thumb), found.thumb)
