"""The table: a row for every route, saying who may. A route without one fails `test_census`; a new route begins here."""

from __future__ import annotations

from typing import Any

from .rows import NOWHERE, PLACES, Row

V1 = "/api/v1"

# Whoever is nobody yet signs in as insider, and sees themselves. The form gives the name back that was typed.
SIGNED_IN = (
    "person insider",
    "picture of insider",
    "e-mail of insider",
    "setting of insider",
    "session of insider",
    "person deactivated",
)

OPEN = [
    Row(f"GET {V1}/openapi.json", "nobody at all", places=NOWHERE, by="session"),
    Row("GET /api/", "nobody at all", places=NOWHERE, by="session"),
    Row("GET /healthz", "nobody at all", places=NOWHERE),
    Row("GET /readyz", "nobody at all", places=NOWHERE),
    Row("GET /static/<name>", "nobody at all", fill={"name": "{static}"}, places=NOWHERE),
    Row(
        f"POST {V1}/session",
        "nobody at all",
        json={"username": "{username}", "password": "{password}"},
        places=NOWHERE,
        by="session",
        but={" deactivated": 401, " bot": 401},
        shows=SIGNED_IN,
    ),
    Row("GET /sign-in/", "nobody at all", places=NOWHERE),
    Row(
        "POST /sign-in/",
        "nobody at all",
        form={"username": "{username}", "password": "{password}"},
        places=NOWHERE,
        but={" deactivated": 401, " bot": 401},
        shows=SIGNED_IN,
    ),
    # What lets one in is the secret in the address.
    Row(
        "GET /welcome/<secret>/",
        "nobody at all",
        fill={"secret": "{link}"},
        places=NOWHERE,
        shows=("link", "person former"),
    ),
    Row(
        "POST /welcome/<secret>/",
        "nobody at all",
        fill={"secret": "{link}"},
        form={"password": "a long enough one"},
        places=NOWHERE,
    ),
    Row(
        f"POST {V1}/invitations/use",
        "nobody at all",
        json={"code": "{code}", "username": "newcomer", "password": "a long enough one"},
        places=NOWHERE,
        by="session",
    ),
    Row(
        f"POST {V1}/registration",
        "nobody at all",
        json={"username": "newcomer", "password": "a long enough one"},
        places=NOWHERE,
        by="session",
    ),
]

# Guests do not know of somebody with whom they share no group.
UNKNOWN_TO_GUESTS = {" guest": 404, " visitor": 404}

# What waits is author's.
THEIRS_ALONE = {" yes": 404, " author": 200}

THEIRS_BY_FORM = {" yes": 404, " author": 303}

OWN = [
    Row(f"DELETE {V1}/session", "a session", places=NOWHERE),
    Row(f"GET {V1}/me", "a person", places=NOWHERE),
    Row(
        f"DELETE {V1}/me",
        "a session",
        json={"password": "{password}", "messages": "delete"},
        places=NOWHERE,
        but={" owner": 409},
    ),
    Row(f"PUT {V1}/me/avatar", "a person", picture=True, places=NOWHERE),
    Row(f"DELETE {V1}/me/avatar", "a person", places=NOWHERE),
    Row(
        "GET /avatars/<name>",
        "a person",
        fill={"name": "{avatar}"},
        places=NOWHERE,
        by="session",
        but={**UNKNOWN_TO_GUESTS, " console": 404},
    ),
    Row(f"GET {V1}/me/sessions", "a session", places=NOWHERE),
    Row(f"DELETE {V1}/me/sessions", "a session", places=NOWHERE),
    Row(f"DELETE {V1}/me/sessions/<session_id>", "a session", places=NOWHERE, but={" yes": 404, " insider": 204}),
    Row(f"PATCH {V1}/me", "a person", json={"name": "Somebody else"}, places=NOWHERE),
    Row(
        f"PUT {V1}/me/password",
        "a session",
        json={"current": "{password}", "new": "another long one"},
        places=NOWHERE,
    ),
    Row(f"GET {V1}/me/tokens", "a session", places=NOWHERE),
    Row(f"POST {V1}/me/tokens", "a session", json={"name": "one", "scope": "read"}, places=NOWHERE),
    Row(f"DELETE {V1}/me/tokens/<id:token_id>", "a session", places=NOWHERE, but={" yes": 404, " insider": 204}),
    Row(f"GET {V1}/me/keywords", "a person", places=NOWHERE),
    Row(f"PUT {V1}/me/keywords", "a person", json={"keywords": ["tea"]}, places=NOWHERE),
    Row(f"GET {V1}/me/ignored", "a person", places=NOWHERE),
    Row(
        f"PUT {V1}/me/ignored/<who>",
        "a person",
        places=NOWHERE,
        fill={"who": "{stranger}"},
        but={**UNKNOWN_TO_GUESTS, " stranger": 422},
    ),
    Row(
        f"DELETE {V1}/me/ignored/<who>",
        "a person",
        places=NOWHERE,
        fill={"who": "{stranger}"},
        but=UNKNOWN_TO_GUESTS,
    ),
    Row(f"GET {V1}/me/mentions", "a person", places=NOWHERE),
    Row(f"GET {V1}/search", "a person", places=NOWHERE, query="q=plans"),
    Row(f"GET {V1}/search/jump", "a person", places=NOWHERE, query="q=plans"),
    Row(f"GET {V1}/me/searches", "a person", places=NOWHERE),
    Row(f"POST {V1}/me/searches", "a person", json={"query": "plans"}, places=NOWHERE),
    Row(
        f"PUT {V1}/me/searches/<id:search_id>/seen",
        "a person",
        json={"message_id": "{message_id}"},
        places=NOWHERE,
        but={**THEIRS_ALONE, " author": 204},
    ),
    Row(f"DELETE {V1}/me/searches/<id:search_id>", "a person", places=NOWHERE, but={**THEIRS_ALONE, " author": 204}),
    Row(f"GET {V1}/me/drafts", "a person", places=NOWHERE),
    Row(f"GET {V1}/me/scheduled", "a person", places=NOWHERE),
    Row(f"GET {V1}/scheduled/<id:scheduled_id>", "a person", places=NOWHERE, but=THEIRS_ALONE),
    Row(
        f"PATCH {V1}/scheduled/<id:scheduled_id>", "a person", json={"text": "Later"}, places=NOWHERE, but=THEIRS_ALONE
    ),
    Row(f"DELETE {V1}/scheduled/<id:scheduled_id>", "a person", places=NOWHERE, but={**THEIRS_ALONE, " author": 204}),
    Row(
        f"POST {V1}/scheduled/<id:scheduled_id>/send", "a person", places=NOWHERE, but={**THEIRS_ALONE, " author": 201}
    ),
    Row(f"GET {V1}/me/stars", "a person", places=NOWHERE),
    Row(f"GET {V1}/me/unread", "a person", places=NOWHERE),
    Row(f"POST {V1}/read", "a person", json={}, places=NOWHERE),
    Row(
        f"POST {V1}/invitations/accept",
        "a person",
        json={"code": "{commons.code}"},
        places=NOWHERE,
        shows=("commons: name", "commons: description", "person keeper", "picture of keeper"),
    ),
    Row(f"POST {V1}/direct", "a person", json={"usernames": ["{known}"]}, places=NOWHERE),
]

PEOPLE = [
    Row(f"GET {V1}/users", "anyone", places=NOWHERE),
    Row(f"GET {V1}/users/<who>", "anyone", places=NOWHERE, fill={"who": "{stranger}"}, but=UNKNOWN_TO_GUESTS),
]

# Whoever cannot read a group does not learn from asking for it whether it is there.
ASKED = {f"{place} hidden": 202 for place in PLACES}
# What the console makes is the owner's, who is no admin of these groups: it would not work.
OWNER_IS_OUT = {"commons console": 409, "vault console": 409}
# Somebody asks to be let into vault alone.
NOT_ASKED = {"commons yes": 404}
REFUSED = {"commons reader": 403, "commons console": 403}
ONLY_ADMIN = {"commons keeper": 409, "vault keeper": 409, "direct yes": 409}

GROUPS = [
    Row(f"GET {V1}/groups", "anyone", places=NOWHERE),
    Row(
        f"POST {V1}/groups",
        "a person",
        json={"name": "New one", "kind": "public"},
        places=NOWHERE,
        console=True,
        but={" guest": 403, " visitor": 403},
    ),
    Row(f"GET {V1}/groups/<which>", "to read"),
    Row(f"PATCH {V1}/groups/<which>", "to keep it", json={"description": "Another one"}, console=True),
    Row(f"DELETE {V1}/groups/<which>", "to keep or manage it", console=True),
    Row(f"POST {V1}/groups/<which>/join", "to read", but=ASKED),
    Row(f"POST {V1}/groups/<which>/leave", "to be in it", but={"commons no": 204, **REFUSED, **ONLY_ADMIN}),
    Row(f"GET {V1}/groups/<which>/members", "to read", console=True),
    Row(f"PUT {V1}/groups/<which>/members/<who>", "to keep it", json={"role": "member"}, console=True),
    Row(f"DELETE {V1}/groups/<which>/members/<who>", "to keep it", console=True),
    Row(f"GET {V1}/groups/<which>/online", "to read"),
    Row(f"POST {V1}/groups/<which>/read", "to read", json={}),
    Row(f"GET {V1}/groups/<which>/topics", "to read"),
    Row(f"POST {V1}/groups/<which>/topics", "to be in it", json={"name": "Another"}, but={"direct yes": 409}),
    Row(f"GET {V1}/groups/<which>/requests", "to keep it"),
    Row(f"POST {V1}/groups/<which>/requests/<who>/accept", "to keep it", fill={"who": "{asks}"}, but=NOT_ASKED),
    Row(f"POST {V1}/groups/<which>/requests/<who>/decline", "to keep it", fill={"who": "{asks}"}, but=NOT_ASKED),
    Row(f"GET {V1}/groups/<which>/invitations", "to keep it", console=True),
    Row(f"POST {V1}/groups/<which>/invitations", "to keep it", json={}, console=True, but=OWNER_IS_OUT),
    Row(f"DELETE {V1}/groups/<which>/invitations/<id:invitation_id>", "to keep it", console=True),
]

# The one topic of a conversation stays as it is.
CONVERSATION = {"direct yes": 409, "direct no": 409, "direct reader": 403, "direct console": 403}

# They are writing something else there, on another device.
HAS_ANOTHER = {f"{place} author": 409 for place in PLACES}

TOPICS = [
    Row(f"GET {V1}/topics/<id:topic_id>", "to read"),
    Row(f"GET {V1}/topics/<id:topic_id>/messages", "to read"),
    Row(f"GET {V1}/topics/<id:topic_id>/mentionable", "to read"),
    Row(f"POST {V1}/topics/<id:topic_id>/messages", "to be in it", json={"text": "Hello"}),
    Row(f"POST {V1}/topics/<id:topic_id>/read", "to read", json={}),
    Row(f"GET {V1}/topics/<id:topic_id>/unread", "to read"),
    Row(f"POST {V1}/topics/<id:topic_id>/unread", "to read", json={"seq": 1}),
    Row(f"POST {V1}/topics/<id:topic_id>/typing", "to be in it"),
    Row(f"GET {V1}/topics/<id:topic_id>/draft", "to read"),
    Row(f"PUT {V1}/topics/<id:topic_id>/draft", "to be in it", json={"text": "Half a"}, but=HAS_ANOTHER),
    Row(f"DELETE {V1}/topics/<id:topic_id>/draft", "to be in it"),
    Row(
        f"POST {V1}/topics/<id:topic_id>/scheduled",
        "to be in it",
        json={"text": "Good morning", "send_at": "{tomorrow}"},
    ),
    Row(f"PATCH {V1}/topics/<id:topic_id>", "to have opened it", json={"name": "Another name"}, but=CONVERSATION),
    Row(f"DELETE {V1}/topics/<id:topic_id>", "to keep it", but=CONVERSATION),
    Row(
        f"POST {V1}/topics/<id:topic_id>/move",
        "to keep it",
        json={"message_ids": ["{message}"], "to": {"topic_id": "{default}"}},
        but=CONVERSATION,
    ),
    Row(f"PUT {V1}/topics/<id:topic_id>/level", "to be in it", json={"level": "mute"}),
    Row(f"PUT {V1}/groups/<which>/level", "to be in it", json={"level": "mute"}),
    Row(f"GET {V1}/messages/<id:message_id>", "to read"),
    Row(f"PATCH {V1}/messages/<id:message_id>", "to have written it", json={"text": "In other words"}),
    Row(f"DELETE {V1}/messages/<id:message_id>", "to have written or keep it"),
    Row(f"GET {V1}/messages/<id:message_id>/history", "to read"),
    Row(f"GET {V1}/messages/<id:message_id>/reactions", "to read"),
    Row(f"POST {V1}/messages/<id:message_id>/undo", "to have written it", at_once=True),
    Row(f"PUT {V1}/messages/<id:message_id>/reactions/<emoji>", "to be in it", fill={"emoji": "tada"}),
    Row(f"DELETE {V1}/messages/<id:message_id>/reactions/<emoji>", "to read", fill={"emoji": "tada"}),
    Row(f"DELETE {V1}/messages/<id:message_id>/previews/<id:preview_id>", "to have written or keep it"),
    Row("GET /previews/<id:preview_id>/picture", "to read", but={f"{place} console": 404 for place in PLACES}),
    Row(f"PUT {V1}/messages/<id:message_id>/star", "to read"),
    Row(f"DELETE {V1}/messages/<id:message_id>/star", "to read"),
]

FILES = [
    Row(f"POST {V1}/files", "a person", upload=True, places=NOWHERE),
    Row(f"GET {V1}/files/<id:file_id>/<name>", "to read", fill={"name": "any.txt"}),
    Row(f"GET {V1}/files/<id:file_id>/thumb", "to read", fill={"file_id": "{picture}"}),
]

SOMEBODY: dict[str, Any] = {"fill": {"who": "{stranger}"}}

ADMINISTRATION: list[Row] = [
    Row("GET /metrics", "to administer", places=NOWHERE, console=True),
    Row(f"GET {V1}/admin/users", "to administer", places=NOWHERE, console=True),
    Row(f"GET {V1}/admin/groups", "to administer", places=NOWHERE, console=True),
    Row(f"GET {V1}/admin/audit", "to administer", places=NOWHERE, console=True),
    Row(f"GET {V1}/admin/storage", "to administer", places=NOWHERE, console=True),
    Row(f"GET {V1}/admin/search", "to administer", places=NOWHERE, console=True),
    Row(f"GET {V1}/admin/search/check", "to administer", places=NOWHERE, console=True),
    Row(f"POST {V1}/admin/search/reindex", "to administer", places=NOWHERE, console=True),
    Row(f"GET {V1}/admin/settings", "to administer", places=NOWHERE, console=True),
    Row(f"GET {V1}/invitations", "to administer", places=NOWHERE, console=True),
    Row(f"POST {V1}/invitations", "to administer", json={}, places=NOWHERE, console=True),
    Row(f"DELETE {V1}/invitations/<id:invitation_id>", "to administer", places=NOWHERE, console=True),
    Row(
        f"POST {V1}/users",
        "to administer",
        json={"username": "newcomer", "password": "a long enough one"},
        places=NOWHERE,
        console=True,
    ),
    Row(f"POST {V1}/users/<who>/deactivate", "to administer", places=NOWHERE, console=True),
    Row(f"POST {V1}/users/<who>/reactivate", "to administer", places=NOWHERE, console=True),
    Row(
        f"PUT {V1}/users/<who>/role", "to administer", json={"role": "guest"}, places=NOWHERE, console=True, **SOMEBODY
    ),
    Row(
        f"DELETE {V1}/users/<who>", "to administer", json={"messages": "keep"}, places=NOWHERE, console=True, **SOMEBODY
    ),
    Row(f"POST {V1}/users/<who>/link", "to administer", places=NOWHERE, console=True, by="session", **SOMEBODY),
    Row(
        f"PUT {V1}/users/<who>/password",
        "to administer",
        json={"password": "a long enough one"},
        places=NOWHERE,
        console=True,
        by="session",
        **SOMEBODY,
    ),
    Row(f"GET {V1}/users/<who>/tokens", "the console", places=NOWHERE),
    Row(f"POST {V1}/users/<who>/tokens", "the console", json={"name": "x", "scope": "read"}, places=NOWHERE),
    Row(f"DELETE {V1}/tokens/<id:token_id>", "the console", places=NOWHERE),
    Row(f"POST {V1}/admin/import", "the console", json={"lines": []}, places=NOWHERE),
    Row(f"GET {V1}/admin/export", "the console", query="groups={group}"),
]

PAGES: list[Row] = [
    Row("GET /", "a person", places=NOWHERE),
    Row("GET /discover/", "a person", places=NOWHERE),
    Row(
        "POST /discover/",
        "a person",
        form={"name": "New one", "kind": "public"},
        places=NOWHERE,
        but={" guest": 403, " visitor": 403},
    ),
    Row("GET /mentions/", "a person", places=NOWHERE),
    Row("GET /drafts/", "a person", places=NOWHERE),
    Row("GET /drafts/<id:scheduled_id>/", "a person", places=NOWHERE, but=THEIRS_ALONE),
    Row("POST /drafts/<id:scheduled_id>/", "a person", form={"text": "Later"}, places=NOWHERE, but=THEIRS_BY_FORM),
    Row("POST /drafts/<id:scheduled_id>/send/", "a person", places=NOWHERE, but=THEIRS_BY_FORM),
    Row("POST /drafts/<id:scheduled_id>/delete/", "a person", places=NOWHERE, but=THEIRS_BY_FORM),
    Row("GET /starred/", "a person", places=NOWHERE),
    Row("GET /search/", "a person", places=NOWHERE, query="q=plans"),
    Row("POST /search/follow/", "a person", form={"q": "plans", "following": "yes"}, places=NOWHERE),
    Row("GET /search/places/", "a person", places=NOWHERE, query="q=plans"),
    Row("GET /unread/", "a person", places=NOWHERE),
    Row("POST /unread/", "a person", places=NOWHERE),
    Row("GET /people/online/", "a person", places=NOWHERE, query="among={everybody}"),
    Row("GET /settings/", "a person", places=NOWHERE),
    Row("POST /settings/", "a session", form={"name": "Somebody else"}, places=NOWHERE),
    Row(
        "POST /settings/password/",
        "a session",
        form={"current": "{password}", "new": "another long one"},
        places=NOWHERE,
    ),
    Row("POST /sign-out/", "a session", places=NOWHERE, but={" yes": 303, " bot": 303}),
    Row("GET /users/<who>/", "a person", places=NOWHERE, fill={"who": "{stranger}"}, but=UNKNOWN_TO_GUESTS),
    Row("GET /<which>/", "to read"),
    Row("POST /<which>/", "to be in it", form={"name": "Another", "text": ""}, but={"direct yes": 409}),
    Row("POST /<which>/join/", "to read", but=dict.fromkeys(ASKED, 303)),
    Row("POST /<which>/leave/", "to be in it", but={"commons no": 303, **REFUSED, **ONLY_ADMIN}),
    Row("POST /<which>/read/", "to read"),
    Row("GET /<which>/members/", "to read"),
    Row("GET /<which>/<slug>/", "to read"),
    Row("POST /<which>/<slug>/", "to be in it", form={"text": "Hello"}),
    Row("POST /<which>/<slug>/read/", "to read"),
    Row("GET /<which>/<slug>/<id:message_id>/", "to read"),
]

NEWCOMER = {"username": "newcomer", "password": "a long enough one", "name": ""}

ENTRANCE_PAGES = [
    Row(
        "GET /join/<code>/",
        "nobody at all",
        fill={"code": "{vault.code}"},
        places=NOWHERE,
        shows=("code", "vault: new name", "person keeper", "picture of keeper"),
    ),
    Row(
        "POST /join/<code>/",
        "nobody at all",
        fill={"code": "{code}"},
        form=NEWCOMER,
        places=NOWHERE,
        but={" console": 403},
    ),
    Row("GET /sign-up/", "nobody at all", places=NOWHERE),
    Row("POST /sign-up/", "nobody at all", form=NEWCOMER, places=NOWHERE),
]

SETTINGS_PAGES = [
    Row("GET /settings/account/", "a person", places=NOWHERE),
    Row("GET /settings/alerts/", "a person", places=NOWHERE),
    Row("POST /settings/alerts/", "a person", form={"keywords": "tea"}, places=NOWHERE),
    Row(
        "POST /settings/erase/",
        "a session",
        form={"password": "{password}", "messages": "delete"},
        places=NOWHERE,
        but={" owner": 409, " yes": 303},
    ),
    Row("POST /settings/picture/", "a person", picture=True, places=NOWHERE),
    Row("POST /settings/picture/remove/", "a person", places=NOWHERE),
    Row("GET /settings/sessions/", "a session", places=NOWHERE),
    Row("POST /settings/sessions/end/", "a session", form={"session": ""}, places=NOWHERE),
    Row("GET /settings/tokens/", "a session", places=NOWHERE),
    Row("POST /settings/tokens/", "a session", form={"name": "one", "scope": "read"}, places=NOWHERE),
    Row(
        "POST /settings/tokens/revoke/",
        "a session",
        form={"token": "{token_id}"},
        places=NOWHERE,
        but={" yes": 404, " insider": 303},
    ),
    Row(
        "POST /users/<who>/ignore/",
        "a person",
        fill={"who": "{stranger}"},
        form={"on": "1"},
        places=NOWHERE,
        but={**UNKNOWN_TO_GUESTS, " stranger": 422},
    ),
]

GROUP_PAGES = [
    Row("GET /direct/", "a person", places=NOWHERE),
    Row("POST /direct/", "a person", form={"usernames": "{known}"}, places=NOWHERE),
    Row("POST /discover/ask/", "a person", form={"address": "{vault.slug}"}, places=NOWHERE),
    Row("POST /<which>/members/", "to keep it", form={"username": "{who}"}),
    Row("POST /<which>/members/<who>/", "to keep it", form={"role": "member"}),
    Row("POST /<which>/members/<who>/remove/", "to keep it"),
    Row("POST /<which>/requests/<who>/accept/", "to keep it", fill={"who": "{asks}"}, but=NOT_ASKED),
    Row("POST /<which>/requests/<who>/decline/", "to keep it", fill={"who": "{asks}"}, but=NOT_ASKED),
    Row("GET /<which>/settings/", "to keep it"),
    Row(
        "POST /<which>/settings/",
        "to keep it",
        form={
            "name": "Another",
            "slug": "another-one",
            "description": "",
            "kind": "private",
            "default_topic_id": "{default}",
        },
    ),
    Row("POST /<which>/settings/delete/", "to keep it", form={"confirmation": "{name}"}),
    Row("POST /<which>/settings/invitations/", "to keep it", form={"days": "1", "uses": "", "role": "member"}),
    Row("POST /<which>/settings/invitations/<id:invitation_id>/revoke/", "to keep it"),
]


# Pages of a conversation's one topic stay away; what may be done to it is said by the API (409), or not offered (403).
TOPIC_PAGES = [
    Row("GET /<which>/<slug>/<id:message_id>/edit/", "to have written it"),
    Row("POST /<which>/<slug>/<id:message_id>/edit/", "to have written it", form={"text": "In other words"}),
    Row("GET /<which>/<slug>/<id:message_id>/delete/", "to have written or keep it"),
    Row("POST /<which>/<slug>/<id:message_id>/delete/", "to have written or keep it"),
    Row("GET /<which>/<slug>/<id:message_id>/history/", "to read"),
    Row("POST /<which>/<slug>/<id:message_id>/unread/", "to read"),
    Row("GET /<which>/<slug>/<id:message_id>/react/", "to be in it"),
    Row(
        "POST /<which>/<slug>/<id:message_id>/previews/",
        "to have written or keep it",
        form={"remove": "{preview_id}"},
    ),
    Row("POST /<which>/<slug>/<id:message_id>/react/", "to be in it", form={"add": "tada"}),
    Row("POST /<which>/<slug>/<id:message_id>/undo/", "to have written it", at_once=True),
    Row("POST /<which>/<slug>/draft/", "to be in it", form={"text": "Half a"}),
    Row("GET /<which>/<slug>/later/", "to be in it"),
    Row("POST /<which>/<slug>/later/", "to be in it", form={"text": "Good morning", "minutes": "60"}),
    Row("POST /<which>/<slug>/<id:message_id>/star/", "to read", form={"starred": "yes"}),
    Row("GET /<which>/<slug>/move/", "to keep it"),
    Row(
        "POST /<which>/<slug>/move/",
        "to keep it",
        form={"message": "{message}", "to": "topic", "topic": "{default}"},
        but={"direct yes": 403, "direct no": 403},
    ),
    Row("GET /<which>/<slug>/change/", "to have opened it", but={"direct yes": 403}),
    Row("POST /<which>/<slug>/change/", "to have opened it", form={"name": "Another name"}, but={"direct yes": 403}),
    Row("GET /<which>/<slug>/delete/", "to keep it"),
    Row(
        "POST /<which>/<slug>/delete/",
        "to keep it",
        but={"direct no": 409, "direct reader": 403, "direct console": 403},
    ),
    Row("POST /<which>/level/", "to be in it", form={"level": "mute"}),
    Row("POST /<which>/<slug>/level/", "to be in it", form={"level": "mute"}),
]


def admin_page(route: str, **more: Any) -> Row:
    """To everybody else these pages are not there."""
    reading = {} if route.startswith("GET") else {" reader": 403}
    but = {" no": 404, " console": 403, **reading}
    return Row(route, "to administer", places=NOWHERE, but=but, **more)


ADMIN_PAGES = [
    *(
        admin_page(f"GET /admin/{section}")
        for section in ("", "audit/", "groups/", "invitations/", "people/", "settings/", "storage/")
    ),
    admin_page("GET /admin/groups/<id:group_id>/", fill={"group_id": "{vault}"}),
    admin_page(
        "POST /admin/groups/<id:group_id>/delete/",
        fill={"group_id": "{vault}"},
        form={"confirmation": "{vault.name}"},
    ),
    admin_page("POST /admin/invitations/", form={"days": "1", "uses": "", "role": "member", "group": ""}),
    admin_page("POST /admin/invitations/<id:invitation_id>/revoke/"),
    admin_page("POST /admin/people/", form={"username": "newcomer", "name": "", "email": "", "role": "member"}),
    admin_page("GET /admin/people/<who>/", **SOMEBODY),
    admin_page("POST /admin/people/<who>/role/", form={"role": "guest"}, **SOMEBODY),
    admin_page("POST /admin/people/<who>/link/", **SOMEBODY),
    admin_page("POST /admin/people/<who>/deactivate/", **SOMEBODY),
    admin_page("POST /admin/people/<who>/reactivate/", **SOMEBODY),
    admin_page(
        "POST /admin/people/<who>/erase/", form={"confirmation": "{stranger}", "messages": "delete"}, **SOMEBODY
    ),
]

EVERY = [
    *OPEN,
    *OWN,
    *PEOPLE,
    *GROUPS,
    *TOPICS,
    *FILES,
    *ADMINISTRATION,
    *PAGES,
    *ENTRANCE_PAGES,
    *SETTINGS_PAGES,
    *GROUP_PAGES,
    *TOPIC_PAGES,
    *ADMIN_PAGES,
]
ROWS = {row.route: row for row in EVERY}
