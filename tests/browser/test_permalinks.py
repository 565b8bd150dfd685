"""A link to a message, copied from its menu, leads there whatever the topic is called and wherever the message stands by then."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import expect
from .test_changes import call

# As it is where a page comes over plain HTTP, from another machine.
PLAIN_HTTP = "Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined })"


@pytest.mark.parametrize("init", ["", PLAIN_HTTP], ids=["https", "http"])
def test_a_copied_link(lab: Any, init: str) -> None:
    said = lab.ann.say(lab.backups, "keep this")
    lab.bob.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = lab.bob.tab("/home-lab/backups/", init=init)
    row = page.locator(f"#m-{said['id']}")
    row.hover()
    row.locator("[data-field=more]").click()
    row.locator("[data-action=copy-link]").click()
    expect(row.locator("[data-action=copy-link]")).to_have_text("Copied")
    expect(row.locator("[data-field=menu]")).to_be_hidden()
    page.locator("message-composer textarea").focus()
    page.keyboard.press("Control+v")
    expect(page.locator("message-composer textarea")).to_have_value(
        f"{lab.bob.server.url}/home-lab/backups/{said['id']}/#m-{said['id']}"
    )
    link = page.locator("message-composer textarea").input_value()
    call(lab, "PATCH", f"/topics/{lab.backups}", {"name": "Restores"})
    reader = lab.bob.tab(link.removeprefix(lab.bob.server.url))
    expect(reader.locator(f"#m-{said['id']}.is-linked")).to_contain_text("keep this")
    assert reader.url.endswith(f"/home-lab/restores/{said['id']}/#m-{said['id']}")
    call(lab, "POST", f"/topics/{lab.backups}/move", {"message_ids": [said["id"]], "to": {"topic_id": lab.general}})
    reader = lab.bob.tab(link.removeprefix(lab.bob.server.url))
    expect(reader.locator(f"#m-{said['id']}.is-linked")).to_contain_text("keep this")
    assert reader.url.endswith(f"/home-lab/general/{said['id']}/#m-{said['id']}")
