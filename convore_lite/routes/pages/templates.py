"""The templates, their filters, and the names of the built files they point to."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader
from quart import Response

from ..context import the_app
from ..static import FOLDER
from .wording import FILTERS


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A page of HTML."""
    html = environment().get_template(template).render(place=the_app().settings.name, **values)
    return Response(html, status, mimetype="text/html")


@cache
def environment() -> Environment:
    """Our own, rather than Quart's: that one renders asynchronously, and no template of ours awaits."""
    made = Environment(loader=PackageLoader("convore_lite"), autoescape=True, auto_reload=False)
    made.filters.update(FILTERS)
    made.globals["asset"] = asset
    return made


def asset(name: str) -> str:
    """The address of a built file. Without a build the pages stand there plain, and work."""
    return f"/static/{built().get(name, name)}"


@cache
def built() -> dict[str, str]:
    try:
        manifest: dict[str, str] = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return manifest
