"""Ways around a session's scope that were once found open, or that a reader might try. Each yields what is in scope, or is refused.

Account 1 is mine. Account 2 is someone else's, account 3 is mine and in the bin.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, undefer

from app.definition import Catalog
from app.orm.engine import WriteOutsideUnit
from app.orm.store import LED, Store, UnscopedRead
from app.orm.types import now
from tests import pgtemp
from tests.unit.company import open_store

MINE, FOREIGN, BINNED = 1, 2, 3
ME, OTHER = 1, 2


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def store(
    request: pytest.FixtureRequest, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """Made once: what a test of this module changes, it puts back."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('escapes') / 'crm.db'}"
        else:
            url = stack.enter_context(pgtemp.reserved_name(request.getfixturevalue("pg_cluster")))
        yield stack.enter_context(open_store(url, catalog))


@pytest.fixture(autouse=True, scope="module")
def records(store: Store) -> None:
    account, opportunity, user = (store.models.tables[key] for key in ("account", "opportunity", "user"))
    stamp = {"created_at": now(), "updated_at": now()}
    with store.writing_session(lambda _entity: None) as session:
        write = session.connection()
        write.execute(sa.insert(user), [{"id": key, "name": f"user {key}", **stamp} for key in (ME, OTHER)])
        write.execute(
            sa.insert(account),
            [
                {"id": key, "name": f"account {key}", "owner": owner, "deleted_at": deleted, "active": True, **stamp}
                for key, owner, deleted in ((MINE, ME, None), (FOREIGN, OTHER, None), (BINNED, ME, now()))
            ],
        )
        write.execute(
            sa.insert(opportunity),
            [{"id": key, "name": f"deal {key}", "account": key, "owner": ME, **stamp} for key in (1, 2, 3)],
        )


@contextmanager
def reader(store: Store) -> Iterator[Session]:
    """A session that sees what user 1 owns of accounts, and every opportunity."""

    def criteria(entity: str) -> sa.ColumnElement[bool] | None:
        return store.models.classes["account"].owner == ME if entity == "account" else None

    with store.reading_session(criteria) as session:
        yield session


Query = Callable[[Any, Any, Any], Any]


def let(build: Callable[[Any], Any], value: Any) -> Any:
    """A statement that names a part of itself more than once."""
    return build(value)


SCOPED: dict[str, Query] = {  # class, table, opportunities: a statement that yields ids of accounts
    "entity": lambda a, _t, _o: sa.select(a),
    "column": lambda a, _t, _o: sa.select(a.id),
    "labelled": lambda a, _t, _o: sa.select(a.id.label("x")),
    "distinct": lambda a, _t, _o: sa.select(a.id).distinct(),
    "alias": lambda a, _t, _o: sa.select(aliased(a).id),
    "alias that a condition leads to": lambda a, _t, _o: sa.select(aliased(a, name=LED + "owner").id),
    "flat alias": lambda a, _t, _o: sa.select(aliased(a, flat=True).id),
    "alias of a subquery": lambda a, _t, _o: sa.select(aliased(a, sa.select(a).subquery()).id),
    "own filter with or": lambda a, _t, _o: sa.select(a.id).where(sa.or_(a.id > 0, sa.true())),
    "where of the whole": lambda a, _t, _o: sa.select(a.id).where(sa.true()).order_by(a.id).limit(10),
    "join": lambda a, _t, o: sa.select(a.id).join(o, o.account == a.id),
    "join of an alias": lambda a, _t, o: let(
        lambda b: sa.select(b.id).select_from(o).join(b, o.account == b.id), aliased(a)
    ),
    "outer join": lambda a, _t, o: sa.select(a.id).select_from(o).outerjoin(a, o.account == a.id),
    "outer join of an alias": lambda a, _t, o: let(
        lambda b: sa.select(b.id).select_from(o).outerjoin(b, o.account == b.id), aliased(a)
    ),
    "full join": lambda a, _t, o: sa.select(a.id).join(o, sa.true(), full=True),
    "no join at all": lambda a, _t, o: sa.select(a.id, o.id),
    "self join": lambda a, _t, _o: let(lambda b: sa.select(b.id).select_from(a).join(b, sa.true()), aliased(a)),
    "subquery": lambda a, _t, _o: sa.select(sa.select(a.id).subquery().c.id).select_from(a),
    "subquery alone": lambda a, _t, _o: sa.select(sa.select(a.id).subquery().c.id),
    "subquery in a subquery": lambda a, _t, _o: sa.select(sa.select(sa.select(a.id).subquery().c.id).subquery().c.id),
    "scalar subquery": lambda a, _t, o: sa.select(
        sa.select(a.id).where(a.id == o.account).correlate(o).scalar_subquery()
    ).select_from(o),
    "in": lambda a, _t, o: sa.select(o.account).where(o.account.in_(sa.select(a.id))),
    "exists": lambda a, _t, o: sa.select(o.account).where(sa.exists().where(a.id == o.account)),
    "exists of a select": lambda a, _t, o: sa.select(o.account).where(
        sa.select(a.id).where(a.id == o.account).exists()
    ),
    "cte": lambda a, _t, _o: let(lambda c: sa.select(c.c.id), sa.select(a.id).cte()),
    "cte beside the class": lambda a, _t, _o: let(
        lambda c: sa.select(c.c.id).select_from(a).join(c, sa.true()), sa.select(a.id).cte()
    ),
    "recursive cte": lambda a, _t, _o: let(
        lambda c: sa.select(c.union(sa.select(a.id).join(c, a.head.is_(None))).c.id),
        sa.select(a.id).cte("tree", recursive=True),
    ),
    "union": lambda a, _t, _o: sa.union(sa.select(a.id), sa.select(a.id).where(a.id > 1)),
    "union all": lambda a, _t, _o: sa.union_all(sa.select(a.id), sa.select(a.id)),
    "intersect": lambda a, _t, _o: sa.intersect(sa.select(a.id), sa.select(a.id)),
    "except": lambda a, _t, _o: sa.except_(sa.select(a.id), sa.select(a.id).where(a.id < 0)),
    "union in a subquery": lambda a, _t, _o: sa.select(sa.union(sa.select(a.id), sa.select(a.id)).subquery().c.id),
    "select from a union": lambda a, _t, _o: sa.select(a.id).from_statement(sa.union(sa.select(a.id), sa.select(a.id))),
    "from_statement": lambda a, _t, _o: sa.select(a).from_statement(sa.select(a)),
    "from_statement of columns": lambda a, _t, _o: sa.select(a.id).from_statement(sa.select(a.id)),
    "lateral": lambda a, _t, o: let(
        lambda x: sa.select(x.c.id).select_from(o).join(x, sa.true()),
        sa.select(a.id).where(a.id == o.account).correlate(o).lateral(),
    ),
    "case": lambda a, _t, o: sa.select(
        sa.case((sa.exists().where(a.id == o.account), o.account), else_=None)
    ).select_from(o),
    "order by a subquery": lambda a, _t, _o: sa.select(a.id).order_by(sa.select(sa.func.count(a.id)).scalar_subquery()),
    "group by": lambda a, _t, _o: sa.select(sa.func.max(a.id)).group_by(a.name),
    "maximum": lambda a, _t, _o: sa.select(sa.func.max(a.id)),
    "window": lambda a, _t, _o: sa.select(sa.func.max(a.id).over(partition_by=a.id)),
    "options": lambda a, _t, _o: sa.select(a).options(undefer("*")),
    "core table": lambda _a, t, _o: sa.select(t.c.id),
    "core table whole": lambda _a, t, _o: sa.select(t),
    "core alias": lambda _a, t, _o: sa.select(t.alias().c.id),
    "core table beside a class": lambda _a, t, o: sa.select(t.c.id, o.id),
    "core alias beside a class": lambda _a, t, o: let(lambda b: sa.select(b.c.id, o.id).join(b, sa.true()), t.alias()),
    "core table of the same class": lambda a, t, _o: let(
        lambda b: sa.select(b.c.id).select_from(a).join(b, sa.true()), t.alias()
    ),
    "core subquery beside a class": lambda _a, t, o: sa.select(
        sa.select(sa.func.max(t.c.id)).where(t.c.id == o.account).correlate(o).scalar_subquery(), o.id
    ),
    "core in": lambda _a, t, o: sa.select(o.account).where(o.account.in_(sa.select(t.c.id))),
    "core exists": lambda _a, t, o: sa.select(o.account).where(sa.exists().where(t.c.id == o.account)),
    "core cte": lambda _a, t, o: let(lambda c: sa.select(c.c.id, o.id).join(c, sa.true()), sa.select(t.c.id).cte()),
    "core from_statement": lambda a, t, _o: sa.select(a).from_statement(sa.select(t)),
    "core union": lambda a, t, _o: sa.union(sa.select(a.id), sa.select(t.c.id)),
    "core tablesample": lambda _a, t, _o: sa.select(sa.tablesample(t, 100).c.id),
    "core select of a class": lambda a, t, _o: sa.select(aliased(a, sa.select(t).subquery()).id),
    "core union of a class": lambda a, t, _o: sa.select(
        aliased(a, sa.union_all(sa.select(t).where(t.c.id > 1), sa.select(t)).subquery()).id
    ),
    "core count": lambda a, t, _o: sa.select(sa.select(sa.func.count()).select_from(t).scalar_subquery(), a.id),
    "core join": lambda _a, t, o: sa.select(sa.literal(2), o.id).join(t, t.c.id == o.account),
    "core where": lambda _a, t, o: sa.select(o.account).where(o.account == t.c.id),
    "core alias of another table": lambda _a, t, o: let(
        lambda b: sa.select(o.id, b.c.name).where(o.account == b.c.id), t.alias("crm_opportunity")
    ),
    "mapped tablesample": lambda a, _t, _o: sa.select(sa.tablesample(a, 100).c.id),
    "alias of a core alias": lambda a, t, _o: sa.select(aliased(a, t.alias()).id),
    "light table": lambda _a, _t, _o: sa.select(sa.table("crm_account", sa.column("id")).c.id),
    "light table beside a class": lambda _a, _t, o: let(
        lambda b: sa.select(b.c.id, o.id), sa.table("crm_account", sa.column("id"))
    ),
    "another metadata": lambda _a, _t, o: let(
        lambda b: sa.select(b.c.id, o.id), sa.Table("crm_account", sa.MetaData(), sa.Column("id", sa.Integer))
    ),
    "quoted light table": lambda _a, _t, _o: sa.select(
        sa.table(sa.quoted_name("crm_account", quote=True), sa.column("id")).c.id
    ),
    "text": lambda _a, _t, _o: sa.text("SELECT id FROM crm_account"),
    "text in quotes": lambda _a, _t, _o: sa.text('SELECT id FROM "crm_account"'),
    "text with columns": lambda _a, _t, _o: sa.text("SELECT id FROM crm_account").columns(sa.column("id")),
    "from_statement of text": lambda a, _t, _o: sa.select(a).from_statement(sa.text("SELECT * FROM crm_account")),
    "text as a column": lambda _a, _t, o: sa.select(sa.text("(SELECT max(id) FROM crm_account)"), o.id),
    "text as a condition": lambda _a, _t, o: sa.select(o.account).where(
        sa.text("account IN (SELECT id FROM crm_account)")
    ),
    "literal column": lambda _a, _t, o: sa.select(sa.literal_column("(SELECT max(id) FROM crm_account)"), o.id),
    "prefix": lambda _a, _t, o: sa.select(o.account).prefix_with("(SELECT max(id) FROM crm_account),"),
    "suffix": lambda _a, _t, o: sa.select(o.account).suffix_with("UNION SELECT id FROM crm_account"),
    "statement hint": lambda _a, _t, o: sa.select(o.account).with_statement_hint("UNION SELECT id FROM crm_account"),
}

REFUSED = {
    name
    for name in SCOPED
    if name.startswith(("core", "light", "quoted", "another", "text")) or name in {"from_statement of text", "literal column"}
} | {"prefix", "suffix", "statement hint", "mapped tablesample"}  # fmt: skip
MAY_BE_REFUSED = {"subquery alone", "subquery in a subquery", "cte", "recursive cte", "union in a subquery", "window"}


def ids_of(session: Session, statement: Any) -> set[int]:
    rows = session.execute(statement).all()
    values = {getattr(row[0], "id", row[0]) for row in rows}
    return values - {None}


@pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")
@pytest.mark.parametrize("name", sorted(SCOPED))
def test_a_statement_yields_what_is_in_scope_or_is_refused(store: Store, name: str) -> None:
    models = store.models
    if name == "lateral" and store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no LATERAL")
    statement = SCOPED[name](models.classes["account"], models.tables["account"], models.classes["opportunity"])
    with reader(store) as session:
        if name in REFUSED:
            with pytest.raises(UnscopedRead):
                session.execute(statement)
            return
        try:
            assert ids_of(session, statement) == {MINE}
        except UnscopedRead:
            assert name in MAY_BE_REFUSED


READS: dict[str, Callable[[Session, Any, Any], object]] = {
    "get": lambda session, a, _t: session.get(a, FOREIGN),
    "get_one": lambda session, a, _t: session.get_one(a, FOREIGN),
    "query": lambda session, a, _t: session.query(a).all(),
    "connection": lambda session, _a, t: session.connection().execute(sa.select(t)).all(),
    "merge": lambda session, a, _t: session.merge(a(id=FOREIGN, name="x")),
}


@pytest.mark.parametrize("name", sorted(READS))
def test_ways_that_carry_no_scope_are_refused(store: Store, name: str) -> None:
    with reader(store) as session, pytest.raises(UnscopedRead):
        READS[name](session, store.models.classes["account"], store.models.tables["account"])


def test_an_object_is_never_loaded_anew(store: Store) -> None:
    """The ORM puts no criteria on a refresh: the record may have gone out of sight since."""
    account = store.models.classes["account"]
    account, table = store.models.classes["account"], store.models.tables["account"]
    for reload in (Session.refresh, expire_and_read):
        with store.writing_session(lambda entity: account.owner == ME if entity == "account" else None) as session:
            record = session.scalars(sa.select(account)).one()
            session.connection().execute(sa.update(table).where(table.c.id == MINE).values(owner=OTHER, name="secret"))
            with pytest.raises(UnscopedRead):
                reload(session, record)
            session.rollback()


def expire_and_read(session: Session, record: Any) -> str:
    session.expire(record)
    return str(record.name)


def test_rows_are_read_anew_and_never_taken_from_the_identity_map(store: Store) -> None:
    account = store.models.classes["account"]
    with reader(store) as session:
        assert session.scalars(sa.select(account)).one().id == MINE
        assert session.scalars(sa.select(account).where(account.id == FOREIGN)).all() == []
        with pytest.raises(UnscopedRead):
            session.get(account, MINE)


def test_a_read_of_the_bin_stays_in_scope(store: Store) -> None:
    account = store.models.classes["account"]
    with reader(store) as session:
        assert set(session.scalars(sa.select(account.id), execution_options={"include_deleted": True})) == {
            MINE,
            BINNED,
        }


def rows(store: Store) -> list[Any]:
    with store.system_reading() as connection:
        return [tuple(row) for row in connection.execute(sa.select(store.models.tables["account"]).order_by("id"))]


def added(session: Session, a: Any) -> None:
    session.add(a(id=9, name="x", created_at=now(), updated_at=now(), active=True))
    session.flush()


def changed(session: Session, a: Any) -> None:
    session.scalars(sa.select(a)).one().name = "x"
    session.flush()


def removed(session: Session, a: Any) -> None:
    session.delete(session.scalars(sa.select(a)).one())
    session.flush()


NEW: dict[str, Any] = {"id": 9, "name": "x", "created_at": now(), "updated_at": now(), "active": True, "version": 1}
WRITES: dict[str, Callable[[Session, Any, Any], object]] = {
    "add": lambda session, a, _t: added(session, a),
    "change": lambda session, a, _t: changed(session, a),
    "delete": lambda session, a, _t: removed(session, a),
    "insert": lambda session, a, _t: session.execute(sa.insert(a).values(NEW)),
    "insert of many": lambda session, a, _t: session.execute(sa.insert(a), [NEW]),
    "insert returning": lambda session, a, _t: session.scalars(sa.insert(a).returning(a.id), [NEW]),
    "insert from a select": lambda session, a, _t: session.execute(
        sa.insert(a).from_select(
            ["id", "name", "created_at", "updated_at", "active", "version"],
            sa.select(a.id + 10, a.name, a.created_at, a.updated_at, a.active, a.version),
        )
    ),
    "update": lambda session, a, _t: session.execute(sa.update(a).values(name="x")),
    "update by key": lambda session, a, _t: session.execute(sa.update(a), [{"id": FOREIGN, "name": "x"}]),
    "delete where": lambda session, a, _t: session.execute(sa.delete(a).where(a.id == FOREIGN)),
    "core insert": lambda session, _a, t: session.execute(sa.insert(t).values(NEW)),
    "core update": lambda session, _a, t: session.execute(sa.update(t).values(name="x")),
    "core delete": lambda session, _a, t: session.execute(sa.delete(t)),
    "from_statement of an update": lambda session, a, _t: session.execute(
        sa.select(a).from_statement(sa.update(a).values(name="x").returning(a))
    ),
    "a CTE that writes": lambda session, a, t: session.execute(
        sa.select(sa.update(t).values(name="x").returning(t.c.id).cte().c.id).select_from(a)
    ),
    "bulk_save_objects": lambda session, a, _t: session.bulk_save_objects([a(**NEW)]),
    "bulk_insert_mappings": lambda session, a, _t: session.bulk_insert_mappings(a, [NEW]),
    "bulk_update_mappings": lambda session, a, _t: session.bulk_update_mappings(a, [{"id": FOREIGN, "name": "x"}]),
    "text": lambda session, _a, _t: session.execute(sa.text("UPDATE crm_account SET name = 'x'")),
    "engine": lambda session, _a, t: session.get_bind().connect().execute(sa.update(t).values(name="x")),
    "driver": lambda session, _a, _t: session.get_bind().connect().exec_driver_sql("DELETE FROM crm_account"),
}


@pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")
@pytest.mark.parametrize("name", sorted(WRITES))
def test_a_reader_writes_nothing(store: Store, name: str) -> None:
    before = rows(store)
    with pytest.raises((WriteOutsideUnit, UnscopedRead)), reader(store) as session:  # noqa: PT012 - whichever comes first
        WRITES[name](session, store.models.classes["account"], store.models.tables["account"])
        session.commit()
    assert rows(store) == before


def test_a_unit_of_work_reads_in_scope_too(store: Store) -> None:
    models = store.models
    account = models.classes["account"]
    with store.writing_session(lambda entity: account.owner == ME if entity == "account" else None) as session:
        assert list(session.scalars(sa.select(account.id))) == [MINE]
        session.execute(sa.update(account).values(name="changed"), execution_options={"synchronize_session": False})
        session.execute(
            sa.delete(account).where(account.id == FOREIGN), execution_options={"synchronize_session": False}
        )
        session.flush()
        changed = session.connection().execute(sa.select(models.tables["account"].c.id).filter_by(name="changed"))
        assert list(changed.scalars()) == [MINE]
        session.rollback()
