"""A rule of the website: which requests are for a route."""

from __future__ import annotations

from typing import Any, NoReturn

from quart.routing import QuartRule


class MatchingRule(QuartRule):
    """A rule that finds the route of a request, and builds no addresses.

    werkzeug writes two functions in Python for each rule, which build its address, and compiles them: for two hundred rules that is
    a sixth of a second of every start. Our addresses stand in the templates as they are.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        return _no_address


def _no_address(*_: Any, **__: Any) -> NoReturn:
    raise LookupError("No address is built from a rule here.")
