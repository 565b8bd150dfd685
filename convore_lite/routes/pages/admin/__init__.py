"""The pages of whoever looks after the server. To everybody else they are not there."""

from __future__ import annotations

from . import audit, groups, invitations, overview, people, person

__all__ = ["audit", "groups", "invitations", "overview", "people", "person"]
