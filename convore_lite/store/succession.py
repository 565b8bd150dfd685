"""Who looks after a group when one of its admins cannot any more: whoever has been in it longest."""

from __future__ import annotations

from .connections import Writer
from .memberships import other_admins

# Neither guests nor bots look after a group unasked, nor those who have left or may not come in.
HEIRS = """
SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id
WHERE m.group_id = ? AND u.kind = 'person' AND u.role != 'guest' AND u.deactivated_at IS NULL AND m.user_id != ?
ORDER BY m.joined_at, m.user_id LIMIT 1"""


def hand_over(conn: Writer, user_id: int) -> None:
    """Somebody is admin of no group any more. One that has no other admin gets one, if there is anybody in it who can be."""
    stand_in(conn, user_id)
    conn.execute("UPDATE memberships SET role = 'member' WHERE user_id = ?", (user_id,))


def stand_in(conn: Writer, user_id: int) -> None:
    """Somebody can look after no group for now. One that has no other admin gets one beside them, if anybody in it can be."""
    looked_after = "SELECT group_id FROM memberships WHERE user_id = ? AND role = 'admin'"
    for (group_id,) in conn.execute(looked_after, (user_id,)).fetchall():
        if other_admins(conn, group_id, user_id):
            continue
        heir = conn.execute(HEIRS, (group_id, user_id)).fetchone()
        if heir is not None:
            given = "UPDATE memberships SET role = 'admin' WHERE group_id = ? AND user_id = ?"
            conn.execute(given, (group_id, heir[0]))
