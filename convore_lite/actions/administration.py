"""What the running server is set to."""

from __future__ import annotations

from ..words.models import Setting
from ..words.settings import as_text, describe
from . import App

# A setting whose name ends like this is a secret: that it is set is all that anybody is told.
SECRET_ENDINGS = ("_password", "_secret", "_token")


def settings_in_use(app: App) -> list[Setting]:
    """Every setting, in the order of the documentation."""
    return [
        Setting(name, shown(name, as_text(getattr(app.settings, name))), app.sources.get(name, "default"), meaning)
        for name, _, meaning in describe()
    ]


def shown(name: str, value: str) -> str:
    """The value of a setting as admins may see it."""
    return "set, not shown" if name.endswith(SECRET_ENDINGS) and value != "not set" else value
