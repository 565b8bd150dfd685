"""Who looks after a group when one of its admins cannot any more: whoever has been in it longest."""

from __future__ import annotations

from .connections import Writer

# Neither guests nor bots look after a group unasked, nor those who have left or may not come in.
HEIRS = """
SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id
WHERE m.group_id = ? AND u.kind = 'person' AND u.role != 'guest' AND u.deactivated_at IS NULL AND m.user_id != ?
ORDER BY m.joined_at, m.user_id LIMIT 1"""


def hand_over(conn: Writer, user_id: int) -> None:
    """Somebody is admin of no group any more. One that has no other admin gets one, if there is anybody in it who can be."""
    lost = "UPDATE memberships SET role = 'member' WHERE user_id = ? AND role = 'admin' RETURNING group_id"
    for (group_id,) in conn.execute(lost, (user_id,)).fetchall():
        if conn.execute("SELECT 1 FROM memberships WHERE group_id = ? AND role = 'admin'", (group_id,)).fetchone():
            continue
        heir = conn.execute(HEIRS, (group_id, user_id)).fetchone()
        if heir is not None:
            given = "UPDATE memberships SET role = 'admin' WHERE group_id = ? AND user_id = ?"
            conn.execute(given, (group_id, heir[0]))
