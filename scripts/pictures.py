"""Make the pictures of docs/images anew, from the real thing with a sample chat in it.

    .venv-test-3.13/bin/python scripts/pictures.py

Needs what `sh scripts/test` sets up: Playwright, and a Chromium that CHROMIUM may name.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, sync_playwright

from convore_lite.testing import ChatServer, Member, serve_chat

IMAGES = Path(__file__).parent.parent / "docs" / "images"
SIZE = ViewportSize(width=1240, height=780)
PEOPLE = {"mia": "Mia Lindqvist", "tom": "Tom Okafor", "ada": "Ada Weiss", "jun": "Jun Mori", "otto": "Otto Brandt"}
# Groups and their topics, with what waits there to be read.
GROUPS = {
    "Home lab": {"Backups": 0, "New switch": 2, "Solar panel on the shed": 0},
    "Allotment": {"Tomatoes 2026": 12, "Who waters in August?": 0},
    "Book club": {"The Dispossessed": 0, "Next book": 3},
}
# Who, how many minutes ago, what.
BACKUPS = [
    ("tom", 1502, "The old disk in the NAS clicks. I would rather not wait until it stops."),
    ("mia", 1497, "Same model as mine? Then *all four* are from the same week."),
    ("tom", 1496, "They are."),
    ("otto", 1480, "Two new ones are on my shelf. Come by, there is coffee as well."),
    (
        "ada",
        96,
        "I have moved the nightly copy to restic. This is all of it:\n\n"
        "```sh\n"
        "restic -r sftp:attic:/srv/backup backup /home --exclude-caches\n"
        "restic forget --keep-daily 7 --keep-weekly 8 --prune\n"
        "```",
    ),
    ("ada", 95, "@tom the key is on the paper in the drawer, not on the NAS."),
    (
        "tom",
        61,
        "> on the paper in the drawer\n\nFound it. Restored the photos of 2019 to a fresh disk, **41 GB, no errors**.",
    ),
    (
        "jun",
        33,
        "Nice. What is left to do?\n\n- label the disks\n- test one restore a month\n- tell my father where the drawer is",
    ),
    ("mia", 12, "I take the first Sunday of the month. Notes are at https://attic.example/restore-test"),
    ("tom", 4, "Thank you all. @mia the second disk is yours."),
]


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_chat(Path(folder), name="Lindenhof", rate_limits=False) as server,
    ):
        mia = fill(server)
        with sync_playwright() as started:
            browser = started.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport=SIZE, color_scheme=scheme, device_scale_factor=1.5)
                take(page, server, mia, IMAGES / f"topic-{scheme}.png")
            browser.close()


def chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def take(page: Page, server: ChatServer, member: Member, target: Path) -> None:
    page.goto(f"{server.url}/sign-in/?next=/home-lab/backups/")
    page.fill("[name=username]", member.username)
    page.fill("[name=password]", member.password)
    page.click("button.primary")
    page.wait_for_url("**/home-lab/backups/")
    page.screenshot(path=target)


def fill(server: ChatServer) -> Member:
    """People, groups and what they have said; somebody to look at it."""
    people = {username: server.call(add, server, username) for username in PEOPLE}
    mia = people["mia"]
    for name, topics in GROUPS.items():
        group = server.call(mia.create_group, name)
        for username in people.keys() - {"mia"}:
            server.call(people[username].join, group["slug"])
        for topic, waiting in topics.items():
            opened = server.call(mia.open_topic, group["slug"], topic)
            if topic == "Backups":
                server.call(take_in, server, group["slug"], opened["slug"])
            for count in range(waiting):
                server.call(people["jun"].post, opened["id"], f"Sample {count}")
    return mia


async def add(server: ChatServer, username: str) -> Member:
    return await server.chat.member(username, name=PEOPLE[username])


async def take_in(server: ChatServer, group: str, topic: str) -> None:
    """Say the sample conversation at the times it was said, as an import does."""
    now = datetime.now(UTC)
    lines: list[dict[str, Any]] = []
    for seq, (author, minutes, text) in enumerate(BACKUPS, 1):
        at = (now - timedelta(minutes=minutes)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        lines.append(
            {
                "kind": "message",
                "group": group,
                "topic": topic,
                "seq": seq,
                "author": author,
                "client_id": f"sample {seq}",
                "text": text,
                "created_at": at,
                "edited_at": None,
                "reply_to": None,
            }
        )
    async with server.chat.client(console=True) as console:
        taken = await console.post("/api/v1/admin/import", json={"lines": lines})
        assert taken.is_success, taken.text


if __name__ == "__main__":
    main()
