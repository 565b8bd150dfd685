"""Look-up is permission: an object reaches a handler only through a look-up that joins on what its asker may read.

Read from the code with `ast`. A function of the store gives an object if it says so in what it returns. If it takes no *user_id*,
it asks nobody's permission: it may be used only where ALLOWED says why. If it takes one, that must be the asker's own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import convore_lite

PACKAGE = Path(convore_lite.__file__).parent
# What somebody could learn something from. Ids, counts, yes and no are not: an id leads nowhere without a look-up.
OBJECTS = frozenset(
    "Group Topic Message User Me Member Token Session Version JoinRequest Invitation AuditEntry Mention Event Unread Row "
    "Draft Scheduled Due "
    "bytes".split()
)
# The parameter that says whose permission counts, and the expressions that are the asker's id by any of its names.
ASKING = ("user_id",)
THE_ASKER = frozenset({"asker.id", "user_id", "asker.user.id", "me"})
SQL = frozenset({"execute", "executemany", "executescript"})

# These write, or turn a row that was found already into what it means.
MAKERS = frozenset({"log.tell", "log.from_row", "people.insert"})

# Why a function may be used without the asker's permission, or with somebody else's id; and by whom ("file function").
ALLOWED_FOR = {
    "the archive is taken in by the console alone, which is nobody and may all": {
        "actions/archive.py Batch": "people.find groups.find topics.bare intake.find_topic",
        "routes/api/archive.py _group": "groups.find",
    },
    "the console has no id; for everybody else the same function looks up with theirs": {
        "actions/groups.py find_to_manage": "groups.find",
        "actions/groups.py _change": "groups.find",
        "actions/groups.py maker": "people.owner",
        "actions/members.py _known": "people.find",
        "actions/tokens.py make_token": "keys.tokens_of",
        "routes/api/admin.py list_tokens": "keys.tokens_of",
        "routes/api/admin.py _owner": "people.find",
        "routes/api/groups.py list_groups": "groups.all_groups",
        "routes/api/groups.py _members": "groups.find memberships.of_group",
        "routes/api/people.py get_user": "people.find",
        "routes/api/people.py _people": "people.search",
    },
    "as everybody sees it, for an event: it was looked up, or made, with the asker's permission before": {
        "actions/editing.py _edit": "messages.bare",
        "actions/post.py insert_message": "messages.bare",
        "actions/moving.py _move": "topics.bare",
        "actions/topics.py insert_topic": "topics.bare",
        "actions/topics.py _change": "topics.bare",
        "actions/topics.py _move": "topics.bare",
        "actions/groups.py _create": "groups.find_for",
        "actions/groups.py _tell_changed": "groups.bare",
        "actions/erasing.py _delete_messages": "messages.bare",
        "actions/erasing.py _take_back_reactions": "messages.bare",
    },
    "as everybody sees it, for an event that the server tells by itself": {
        "actions/previews.py _tell": "messages.bare",
    },
    "looks at one thing about what was found with the asker's permission before": {
        "actions/members.py _check_admin_remains": "groups.bare",
        "actions/members.py _put_member": "memberships.find",
        "actions/members.py _accept_request": "memberships.find requests.take",
        "actions/members.py _decline_request": "requests.take",
        "actions/topics.py check_no_conversation": "groups.bare",
        "actions/topics.py check_not_first": "groups.bare",
        "actions/mentions.py _tell_everyone": "memberships.ids_among",
        "routes/api/groups.py list_online": "memberships.users_among",
        "routes/api/groups.py _requests": "requests.of_group",
        "routes/api/invitations.py _of_group": "invitations.of_group",
        "routes/pages/frame.py how_many_ask": "requests.of_group",
        "routes/pages/group_settings.py _read": "requests.of_group memberships.of_group invitations.of_group",
        "routes/pages/members.py read_members": "memberships.of_group",
    },
    "what its author scheduled is sent with its author's permission": {
        "actions/scheduled.py _send_due": "scheduled.due",
        "actions/scheduled.py _send_due_one": "scheduled.find_due",
        "actions/scheduled.py _send_now": "scheduled.find_due",
    },
    "it is the asker themselves": {
        "actions/direct.py _people": "people.find",
        "actions/members.py _join": "people.find",
        "actions/members.py _ask": "people.find",
        "actions/members.py _leave": "people.find",
        "actions/invitations.py _accept": "people.find",
    },
    "the secret in a link is the permission": {
        "actions/invitations.py _find_offer": "groups.bare",
        "actions/links.py make_first_link": "people.owner",
        "actions/links.py _link_owner": "people.find",
        "actions/links.py _make_owner": "people.owner people.claim",
    },
    "only for admins of the server, which is checked there": {
        "actions/invitations.py _make": "invitations.find",
        "actions/invitations.py _revoke": "invitations.find",
        "actions/people.py cared_for": "people.find",
        "actions/people.py _deactivate": "people.find",
        "actions/people.py _reactivate": "people.find",
        "routes/api/administration.py list_audit": "audit.entries",
        "routes/api/invitations.py list_invitations": "invitations.of_server",
        "routes/pages/admin/audit.py _audit": "audit.entries",
        "routes/pages/admin/invitations.py _invitations": "invitations.of_server",
        "routes/pages/admin/overview.py _overview": "audit.entries",
    },
}
ALLOWED = {
    (place, function)
    for places in ALLOWED_FOR.values()
    for place, functions in places.items()
    for function in functions.split()
}


@dataclass(frozen=True)
class Use:
    """One place where the code names a function of the store. *given* are the arguments after the connection."""

    file: str
    line: int
    inside: str
    function: str
    given: tuple[str, ...]

    @property
    def place(self) -> tuple[str, str]:
        return f"{self.file} {self.inside}", self.function


@dataclass(frozen=True)
class Function:
    """What the store's own code says of a function: its parameters after the connection, and the types it gives."""

    parameters: tuple[str, ...]
    gives: frozenset[str]

    @property
    def gives_objects(self) -> bool:
        return bool(self.gives & OBJECTS)


def store_functions() -> dict[str, Function]:
    """By module and name: ``groups.find_for``."""
    found = {}
    for path in sorted((PACKAGE / "store").glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                names = {part.id for part in ast.walk(node.returns or ast.Tuple([])) if isinstance(part, ast.Name)}
                every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                parameters = tuple(argument.arg for argument in every)[1:]
                found[f"{path.stem}.{node.name}"] = Function(parameters, frozenset(names))
    return found


def uses(file: str, source: str) -> list[Use]:
    """Every function of the store that a module of the package names, called or handed on to be called."""
    tree = ast.parse(source, file)
    modules, names = _imported(tree)
    arguments = dict(_arguments(tree))
    found = []
    for outer in tree.body:
        for node in ast.walk(outer):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
                function = f"{modules[node.value.id]}.{node.attr}"
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
                function = names[node.id]
            else:
                continue
            inside = getattr(outer, "name", "")
            found.append(Use(file, node.lineno, inside, function, arguments.get(id(node), ())))
    return found


def _imported(tree: ast.Module) -> tuple[dict[str, str], dict[str, str]]:
    """The store's modules and functions by the names that this module gives them."""
    modules, names = {}, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            *_, last = ["", *(node.module or "").split(".")]
            inside = "store" in (node.module or "").split(".")
            for alias in node.names:
                if inside and last == "store":
                    modules[alias.asname or alias.name] = alias.name
                elif inside:
                    names[alias.asname or alias.name] = f"{last}.{alias.name}"
    return modules, names


def _arguments(tree: ast.Module) -> Iterator[tuple[int, tuple[str, ...]]]:
    """For each expression that is called: what it is called with, after the connection.

    ``groups.find_for(conn, asker.id, which)`` and ``store.read(groups.find_for, asker.id, which)`` are the same.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = tuple(ast.unparse(argument) for argument in node.args)
            yield id(node.func), given[1:]
            for place, argument in enumerate(node.args):
                yield id(argument), given[place + 1 :]


def complaints(found: list[Use], functions: dict[str, Function], allowed: set[tuple[str, str]]) -> list[str]:
    wrong = []
    for use in found:
        function = functions.get(use.function)
        if function is None or not function.gives_objects or use.function in MAKERS or use.place in allowed:
            continue
        where = f"{use.file}:{use.line} ({use.inside}) uses {use.function}"
        if not function.parameters or function.parameters[0] not in ASKING:
            wrong.append(f"{where}, which asks for nobody's permission")
        elif not use.given or use.given[0] not in THE_ASKER:
            wrong.append(f"{where} with the permission of {use.given[:1] or 'nobody'}, who is not the asker")
    return wrong


def sql(file: str, source: str) -> list[str]:
    """Statements outside the store."""
    return [
        f"{file}:{node.lineno}"
        for node in ast.walk(ast.parse(source, file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SQL
    ]


SOURCES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
    if "static" not in path.parts
}
FUNCTIONS = store_functions()
USES = [
    use for file, source in SOURCES.items() if file.startswith(("routes/", "actions/")) for use in uses(file, source)
]


def test_every_look_up_asks_for_permission() -> None:
    assert len(USES) > 150
    assert complaints(USES, FUNCTIONS, ALLOWED) == []


def test_no_permission_is_given_for_nothing() -> None:
    """An entry of ALLOWED that is no longer needed is taken out."""
    places = {use.place for use in USES}
    assert [place for place in ALLOWED if place not in places] == []


def test_only_the_store_speaks_sql() -> None:
    outside = {file: source for file, source in SOURCES.items() if not file.startswith(("store/", "garbage"))}
    found = [place for file, source in outside.items() for place in sql(file, source)]
    # Whether the database can be read at all: it looks at no row of anybody's.
    assert [place.partition(":")[0] for place in found] == ["routes/health.py"]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("from ...store import topics\ndef f(conn, asker): return topics.bare(conn, 1)", "nobody's permission"),
        (
            "from ...store import groups as g\nasync def f(app, a): await app.store.read(g.find, 1)",
            "nobody's permission",
        ),
        ("from ...store.people import find\ndef f(conn): return find(conn, 'ann')", "nobody's permission"),
        (
            "from ...store import topics as t\ndef f(conn, topic): t.find_for(conn, topic.creator.id, 1)",
            "not the asker",
        ),
        ("from ...store import topics as t\ndef f(g): return g(t.find_for)", "not the asker"),
    ],
)
def test_a_way_around_is_noticed(source: str, complaint: str) -> None:
    [sentence] = complaints(uses("routes/api/x.py", source), FUNCTIONS, set())
    assert complaint in sentence
    assert sentence.startswith("routes/api/x.py:2 (f)")


@pytest.mark.parametrize(
    "source",
    [
        "from ...store import topics\ndef f(conn, user_id, which): return topics.find_for(conn, user_id, which)",
        "from ...store import topics as t\nasync def f(app, asker): return await app.store.read(t.find_for, asker.id, 1)",
        "from ...store import groups\ndef f(conn, user_id): return groups.id_for(conn, user_id, 'home-lab')",
    ],
)
def test_what_asks_is_right(source: str) -> None:
    assert complaints(uses("routes/api/x.py", source), FUNCTIONS, set()) == []


def test_a_statement_outside_the_store_is_noticed() -> None:
    assert sql("routes/x.py", "def f(conn):\n    conn.execute('SELECT text FROM messages')") == ["routes/x.py:2"]


# Where that is done; and what may be done by whoever had the key a moment ago: signing out, and noting what was exported.
UNCHECKED = {
    ("actions/__init__.py", "write"),
    ("actions/sign_in.py", "sign_out"),
    ("actions/archive.py", "note_export"),
}


def test_whoever_writes_is_looked_at_again() -> None:
    """An action that knows who asks writes with `App.write`: in the same transaction they are looked at once more."""
    found = {
        (file, function.name)
        for file, source in SOURCES.items()
        if file.startswith(("routes/", "actions/"))
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.AsyncFunctionDef) and "asker" in {argument.arg for argument in function.args.args}
        if "store.write(" in ast.unparse(function)
    }
    assert found == UNCHECKED
