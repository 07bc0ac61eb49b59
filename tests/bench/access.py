"""What access costs: lists in each scope at a million rows, as the database takes them, and the permission work of a request."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import (
    Actor,
    actor_of_user,
    decide,
    field_rights,
    find_actor_by_session,
    reading,
    row_condition,
    system_actor,
)
from app.insight import list_records
from app.insight.query import ListQuery
from app.loading import Loaded, catalog_of_tree
from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.store import Store
from app.orm.types import now
from app.plan import first_apply, open_store
from app.record import Refused, create
from app.record import people as written
from app.web.security import sessions
from tests.bench.contenders import Database
from tests.bench.fill import NotWritten
from tests.bench.loading import refresh_statistics

ROWS = 1_000_000
MENU, ROLES = 50, 5
SHARES = {"0.1 %": "n % 1000 = 0", "10 %": "n % 10 = 1", "90 %": ""}
"""Whose rows are which, of the person, team and department of that name; what is left is the last one's."""
SORTS = {"name": "name", "newest": "-updated_at", "amount": "-amount"}
DEFAULT = "newest"  # as most lists of the standard pack
_TIMES = 7
_WHOLE = re.compile(r"^ *SCAN (?:crm_|led_by_)\w+$|Seq Scan on crm_", re.MULTILINE)
_WALK = re.compile(
    r"^ *SCAN (?:crm_|led_by_)\w+ USING|Index (?:Only )?Scan [^\n]* on crm_[^\n]*$(?!\n *Index Cond)", re.MULTILINE
)
_COUNTS = ("SCALAR SUBQUERY", "InitPlan")


@dataclass(frozen=True)
class Listed:
    """A first page: the milliseconds that its statements take in the database, and how it finds its rows: in the scope `by index`,
    along the order until the page is full (`in order`), or by reading the `whole table`.
    """

    scope: str
    share: str
    sort: str
    milliseconds: float
    way: str
    plan: str


@dataclass(frozen=True)
class Permitted:
    """What a request asks of access: statements, and milliseconds."""

    statements: int
    milliseconds: float


def _tree() -> dict[str, Any]:
    fields = {
        "name": {"type": "text", "required": True}, "amount": {"type": "money", "indexed": True}, "since": {"type": "date"},
        "kind": {"type": "picklist", "options": {"a": {}, "b": {}}},
    }  # fmt: skip
    entities = {
        f"thing_{key}": {
            "name_field": "name",
            "fields": fields,
            "list": {"columns": ["name", "amount", "since", "kind", "owner"], "sort": [sort]},
        }
        for key, sort in SORTS.items()
    }
    entities |= {
        f"item_{number:02}": {"name_field": "name", "fields": fields} for number in range(MENU - len(entities))
    }
    roles = {
        scope: {"grants": {key: {"read": scope} for key in entities}} for scope in ("own", "team", "subtree", "all")
    }
    roles |= {
        f"more_{number}": {"grants": {key: {"read": "own", "update": "own"} for key in list(entities)[number::2]}}
        for number in range(ROLES - 1)
    }
    return {"entities": entities, "roles": roles}


def measure_scopes(
    database: Database, rows: int = ROWS, kinds: Iterable[str] = (DEFAULT,)
) -> tuple[list[Listed], Permitted]:
    """First pages in every scope, with every share of the rows in it."""
    url = database.new("access")
    engine = open_engine(url)
    tree = _tree()
    first_apply(engine, Loaded(catalog_of_tree(tree), (), tree, {}, {}))
    store = open_store(engine)
    people = _people(store)
    for key in kinds:
        _fill(engine, store, f"thing_{key}", people, rows)
    refresh_statistics(url)
    found = [
        _listed(store, scope, share, key, actor)
        for key in kinds for scope in ("own", "team", "subtree", "all") for share in SHARES
        if (actor := people.actors.get((scope, share))) is not None
    ]  # fmt: skip
    permitted = _permitted(store, people.busy)
    engine.dispose()
    return found, permitted


@dataclass(frozen=True)
class _People:
    owners: Mapping[str, int]
    teams: Mapping[str, int]
    departments: Mapping[str, int]
    actors: Mapping[tuple[str, str], Actor]
    busy: int


def _people(store: Store) -> _People:
    seed = system_actor("system:seed")

    def add(entity: str, **values: Any) -> int:
        saved = create(store, seed, entity, [values], door="import")
        if isinstance(saved, Refused):
            raise NotWritten(str(saved.refusals))
        return saved.ids[0]

    def person(login: str, roles: list[str], **values: Any) -> int:
        made = add("user", name=login, login=login, **values)
        written.set_roles(store, seed, made, roles)
        return made

    names = [re.sub(r"\W", "", share) for share in SHARES]
    departments = {share: add("department", name=f"D{name}") for share, name in zip(SHARES, names, strict=True)}
    teams = {share: add("team", name=f"T{name}") for share, name in zip(SHARES, names, strict=True)}
    owners = {share: person(f"own{name}", ["own"]) for share, name in zip(SHARES, names, strict=True)}
    ids = {("own", share): owner for share, owner in owners.items()}
    for share, name in zip(SHARES, names, strict=True):
        ids["team", share] = person(f"team{name}", ["team"], team=teams[share])
        ids["subtree", share] = person(f"sub{name}", ["subtree"], department=departments[share])
    ids["all", "90 %"] = person("everything", ["all"])
    busy = person(
        "busy", ["subtree", *(f"more_{number}" for number in range(ROLES - 1))], department=departments["10 %"]
    )
    with store.system_reading() as connection:
        actors = {key: actor_of_user(connection, store.models, each) for key, each in ids.items()}
    return _People(owners, teams, departments, {key: actor for key, actor in actors.items() if actor is not None}, busy)


def _fill(engine: Engine, store: Store, entity: str, people: _People, rows: int) -> None:
    """A million copies of one record, each with a place and values of its own: by one statement, for speed."""
    saved = create(
        store,
        system_actor("system:seed"),
        entity,
        [{"name": "Thing", "amount": "1", "since": "2026-01-01", "kind": "a"}],
        door="import",
    )
    assert not isinstance(saved, Refused), saved
    table = store.models.tables[entity]
    mixed = f"(n * 7919 % {rows + 3})"
    own = {
        "id": f"{saved.ids[0]} + n", "name": f"'Thing ' || {mixed}", "name__sort": f"'thing ' || {mixed}", "amount": mixed,
        "changed_seq": "n",
        "owner": _by_share(people.owners), "team": _by_share(people.teams), "department": _by_share(people.departments),
        "updated_at": _moment(engine, mixed), "created_at": _moment(engine, "n"),
    }  # fmt: skip
    names = [column.name for column in table.columns]
    values = ", ".join(own.get(name, f't."{name}"') for name in names)
    series = (
        f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows})"  # noqa: S608
        if engine.dialect.name == "sqlite"
        else f"WITH s AS (SELECT generate_series(1, {rows})::bigint AS n)"
    )
    listed = ", ".join(f'"{name}"' for name in names)
    statement = f"INSERT INTO {table.name} ({listed}) {series} SELECT {values} FROM {table.name} t, s WHERE t.id = {saved.ids[0]}"  # noqa: S608
    if engine.dialect.name == "postgresql":
        statement = f"{series} INSERT INTO {table.name} ({listed}) SELECT {values} FROM {table.name} t, s WHERE t.id = {saved.ids[0]}"  # noqa: S608
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.exec_driver_sql(statement.replace("%", "%%") if engine.dialect.name == "postgresql" else statement)


def _by_share(ids: Mapping[str, int]) -> str:
    whens = " ".join(f"WHEN {condition} THEN {ids[share]}" for share, condition in SHARES.items() if condition)
    return f"CASE {whens} ELSE {ids['90 %']} END"


def _moment(engine: Engine, number: str) -> str:
    if engine.dialect.name == "postgresql":
        return f"timestamptz '2026-01-01 00:00:00+00' + {number} * interval '1 second'"
    return f"1767225600000 + {number} * 1000"


def _listed(store: Store, scope: str, share: str, key: str, actor: Actor) -> Listed:
    query = ListQuery(f"thing_{key}", limit=25)
    with _statements(store.engine) as sent, reading(store, actor) as session:
        page = list_records(session, actor, query)
    assert page.rows, (scope, share)
    best, plans = 0.0, []
    with store.engine.connect() as connection:
        for statement, parameters in sent:
            spent = []
            for _ in range(_TIMES):
                began = time.perf_counter()
                connection.exec_driver_sql(statement, parameters).fetchall()
                spent.append(time.perf_counter() - began)
            best += min(spent)
            plans.append(plan_of(connection, statement, parameters))
    plan = "\n".join(plans)
    return Listed(scope, share, key, best * 1_000, way_of(plan), plan)


def way_of(plan: str) -> str:
    """How the rows are found, leaving out how they are counted: up to a thousand and no further."""
    shown = "\n".join(_without_counts(plan))
    return "whole table" if _WHOLE.search(shown) else "in order" if _WALK.search(shown) else "by index"


def _without_counts(plan: str) -> Iterator[str]:
    depth: int | None = None
    for line in plan.splitlines():
        here = len(line) - len(line.lstrip())
        if depth is not None and here > depth:
            continue
        depth = here if line.lstrip().startswith(_COUNTS) else None
        if depth is None:
            yield line


def plan_of(connection: sa.Connection, statement: str, parameters: Any) -> str:
    """How the database goes about a statement, in its own words; what is part of a step is indented below it."""
    if connection.dialect.name != "sqlite":
        return "\n".join(str(row[0]) for row in connection.exec_driver_sql("EXPLAIN " + statement, parameters))
    depths, lines = {0: -1}, []
    for step, above, _, words in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters):
        depths[step] = depths[above] + 1
        lines.append("  " * depths[step] + words)
    return "\n".join(lines)


@contextmanager
def _statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith(("SET ", "SHOW ", "BEGIN")):
            sent.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)


def _permitted(store: Store, user: int) -> Permitted:
    """Who acts is found; the menu is decided on, and the list with its fields and rows."""
    policy = store.catalog.pack.security.session
    with store.housekeeping() as connection:
        token = sessions.digest(
            sessions.start(connection, policy, sessions.NewSession(user, "page", sessions.Visitor(None, None)), now())
        )
    keys = [key for key in store.catalog.entities if key.startswith(("thing_", "item_"))]
    assert len(keys) == MENU
    spent, sent = [], 0
    for _ in range(200):
        with _statements(store.engine) as asked, store.system_reading() as connection:
            began = time.perf_counter()
            found = find_actor_by_session(connection, store.models, token, now())
            asked_for = time.perf_counter() - began
            assert found is not None
            began = time.perf_counter()
            for key in keys:
                decide(store.catalog, found.actor, "read", key)
            field_rights(store.catalog, found.actor, keys[0])
            row_condition(store.models, found.actor, "read", keys[0])
            spent.append(time.perf_counter() - began + asked_for)
            sent = len(asked)
    return Permitted(sent, min(spent) * 1_000)
