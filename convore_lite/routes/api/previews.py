"""Link previews in the API: take one away. They come by themselves."""

from __future__ import annotations

from ...actions import App, previews
from ...words.asker import Asker
from .door import operation


@operation("DELETE", "/messages/<id:message_id>/previews/<id:preview_id>", {204: None})
async def remove_preview(app: App, asker: Asker, message_id: int, preview_id: int) -> None:
    """Remove a preview from below one's own message, or as an admin of its group anybody's. It does not come back."""
    await previews.remove_preview(app, asker, message_id, preview_id)
