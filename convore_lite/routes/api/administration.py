"""Looking after the server in the API: who and what is there, what was done with a privilege. It only tells."""

from __future__ import annotations

from ...actions import App, administration
from ...store import audit, overview, storage
from ...words.asker import Asker, require_admin
from ...words.models import Account, AuditEntry, GroupSummary, Setting, Storage
from .door import Page, Paging, offset_of, operation, page


class Search(Paging, frozen=True):
    q: str = ""


@operation("GET", "/admin/users", {200: Page[Account]}, query=Search, console=True)
async def list_accounts(app: App, asker: Asker, query: Search) -> Page[Account]:
    """Every account, by username; with q, those whose username, name or e-mail address begins with it. For admins."""
    require_admin(asker)
    found = await app.store.read(overview.accounts, query.q, after=query.cursor, limit=query.limit + 1)
    return page(found, query.limit, lambda account: account.user.username)


@operation("GET", "/admin/groups", {200: Page[GroupSummary]}, query=Search, console=True)
async def list_group_summaries(app: App, asker: Asker, query: Search) -> Page[GroupSummary]:
    """Public and private groups from outside, by address; with q, those whose name or address begins with it. For admins."""
    require_admin(asker)
    found = await app.store.read(overview.groups, query.q, after=query.cursor, limit=query.limit + 1)
    return page(found, query.limit, lambda group: group.slug)


@operation("GET", "/admin/audit", {200: Page[AuditEntry]}, query=Paging, console=True)
async def list_audit(app: App, asker: Asker, query: Paging) -> Page[AuditEntry]:
    """What was done with a privilege, newest first. For admins."""
    require_admin(asker)
    found = await app.store.read(audit.entries, before=offset_of(query) or None, limit=query.limit + 1)
    return page(found, query.limit, lambda entry: str(entry.id))


@operation("GET", "/admin/storage", {200: Storage}, console=True)
async def get_storage(app: App, asker: Asker) -> Storage:
    """How much there is: bytes in the data folder, free bytes on its disk, people, groups and messages. For admins."""
    require_admin(asker)
    return await app.store.read(storage.measure, app.settings.database, app.settings.files)


@operation("GET", "/admin/settings", {200: Page[Setting]}, console=True)
async def list_settings(app: App, asker: Asker) -> Page[Setting]:
    """Every setting of the running server, and where it comes from. For admins."""
    require_admin(asker)
    return Page(administration.settings_in_use(app), None)
