"""What a request is in the middle of: the App it works with."""

from __future__ import annotations

from typing import cast

from quart import current_app

from ..actions import App

EXTENSION = "convore_lite"


def the_app() -> App:
    """The App of the web application that is answering."""
    return cast(App, current_app.extensions[EXTENSION])
