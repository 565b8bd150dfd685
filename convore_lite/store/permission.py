"""Who may read a group, in SQL: the condition that every look-up has, on the group g and its reader's membership m."""

from __future__ import annotations

# A guest reads only what they are in. Where nobody with this id is, the role is NULL and nothing public is READABLE.
NO_GUEST = "(SELECT role FROM users WHERE id = :me) != 'guest'"
READABLE = f"(m.user_id IS NOT NULL OR (g.kind = 'public' AND {NO_GUEST}))"
