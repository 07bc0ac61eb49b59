"""One unit of work: few statements, one path for one and for many, nothing left behind when it fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.orm.engine import WriteOutsideUnit
from app.orm.framework import audit, outbox, revision, search_row
from app.orm.reach import UnscopedRead
from app.orm.store import StaleRevision
from app.orm.types import now
from app.plan.lock import switch
from app.record import Change, Refused, Saved, create, delete, digest_of, in_chunks, update
from tests.unit.record.conftest import SEED, Company, codes, done


@contextmanager
def statements(company: Company) -> Iterator[list[str]]:
    """The statements that are sent meanwhile, without BEGIN and COMMIT."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    sa.event.listen(company.store.engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(company.store.engine, "before_cursor_execute", note)


FULL = {"name": "A", "code": "abc", "phone": "13812345678", "email": "a@b.cn", "revenue": 5, "since": "2026-01-01"}


def test_a_create_takes_few_statements_and_a_batch_no_more(company: Company) -> None:
    head = company.add("account", company.rep, name="Head")
    row = {key: value for key, value in FULL.items() if key != "email"}
    with statements(company) as sent:
        done(create(company.store, company.rep, "account", [{**row, "head": head}], door="api"))
    # Revision, references, keys, numbers, row; search, audit, event: together on PostgreSQL, four on SQLite.
    assert len(sent) == (6 if company.is_postgresql else 9), sent
    with statements(company) as sent:
        rows = [{**row, "code": f"code-{number}", "head": head} for number in range(100)]
        done(create(company.store, company.rep, "account", rows, door="api"))
    assert len(sent) <= 9, sent  # PostgreSQL takes many rows by COPY, which is not counted


def test_an_update_takes_few_statements(company: Company) -> None:
    record = company.add("account", company.rep, name="A")
    with statements(company) as sent:
        done(update(company.store, company.rep, "account", [Change(record, {"employees": 5}, 1)], door="inline"))
    # Revision, row, changed_seq, update; audit and event.
    assert len(sent) == (5 if company.is_postgresql else 6), sent
    with statements(company) as sent:
        done(update(company.store, company.rep, "account", [Change(record, {"employees": 5}, 2)], door="inline"))
    assert len(sent) == 2, sent


ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from(["A", " B ", "", "嘉禾机械", None]),
            "code": st.sampled_from(["abc", "ABC", "xyz", "ab", ""]),
            "employees": st.sampled_from([1, "2", "x", -1, None]),
            "head": st.sampled_from([None, "999999", "x"]),
            "kind": st.sampled_from(["firm", "club", "nonsense"]),
            "since": st.sampled_from(["2026-01-01", "1980-01-01", 5]),
            "wrong": st.just(1),
        },
    ),
    min_size=1,
    max_size=4,
)


@given(rows=ROWS)
def test_a_batch_stores_what_single_saves_store(prepared_store: Company, rows: list[dict[str, Any]]) -> None:
    company = prepared_store
    clear(company)
    singly = [create(company.store, company.boss, "account", [row], door="api") for row in rows]
    one_by_one = contents(company)
    clear(company)
    together = create(company.store, company.boss, "account", rows, door="api")
    if all(isinstance(each, Saved) for each in singly):
        assert isinstance(together, Saved)
        assert contents(company) == one_by_one
    else:
        assert isinstance(together, Refused)
        expected = {(at, refusal.field, refusal.code) for at, each in enumerate(singly) if isinstance(each, Refused)
                    for refusal in each.refusals}  # fmt: skip
        found = {(each.index, each.field, each.code) for each in together.refusals}
        # A row that is refused alone takes no key, so in a batch one more row may be told that its key is taken.
        assert {each for each in found ^ expected if each[2] != "field.unique"} == set()
        assert contents(company) == []


def clear(company: Company) -> None:
    with company.store.writing_session(lambda _: None) as session:
        session.connection().execute(sa.delete(company.store.models.tables["account"]))


def contents(company: Company) -> list[tuple[Any, ...]]:
    table = company.store.models.tables["account"]
    fixed = {"id", "number", "created_at", "updated_at", "changed_seq"}
    columns = [column for column in table.c if column.key not in fixed]
    with company.store.system_reading() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*columns).order_by(table.c.id))]


FIRST = {
    "number": 1, "applied_at": now(), "catalog_hash": "", "snapshot": b"", "names": {}, "steps": [], "sql": [], "applied_by": "",
}  # fmt: skip


def test_a_store_of_another_revision_does_nothing(company: Company) -> None:
    record = company.add("account", name="A")
    with company.store.housekeeping() as connection:
        connection.execute(sa.insert(revision).values(FIRST))
    for work in (
        lambda: create(company.store, SEED, "account", [{"name": "B"}], door="api"),
        lambda: update(company.store, SEED, "account", [Change(record, {"name": "B"})], door="api"),
        lambda: delete(company.store, SEED, "account", [record], door="api"),
    ):
        with pytest.raises(StaleRevision):
            work()
    company_now = replace(company, store=replace(company.store, revision=1))
    assert company_now.add("account", name="B")
    assert company_now.audited("account")[-1]["revision"] == 1


WAITING = sa.text(
    "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
    "WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted"
)


def test_who_comes_while_a_switch_is_under_way_writes_nothing_under_the_old_revision(company: Company) -> None:
    """Not even where all that he needs was there when he began."""
    begun, outcome = threading.Event(), []

    def write() -> None:
        begun.set()
        try:
            outcome.append(create(company.store, SEED, "account", [{"name": "Late"}], door="api"))
        except StaleRevision as error:
            outcome.append(error)

    writer = threading.Thread(target=write)
    with switch(company.store.engine) as connection:
        writer.start()
        begun.wait()
        while connection.dialect.name == "postgresql" and not connection.execute(WAITING).scalar():
            writer.join(0.01)
        connection.execute(sa.insert(revision).values(FIRST))
    writer.join()
    assert [type(each) for each in outcome] == [StaleRevision]
    assert company.count("account") == 0


@pytest.mark.parametrize("table", [search_row, audit, outbox], ids=lambda table: table.name)
def test_what_fails_late_leaves_nothing_behind(company: Company, table: sa.Table) -> None:
    """The event, like all else, lives and dies with the row."""

    def fail(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if f"INSERT INTO {table.name} " in statement:
            raise RuntimeError("pulled the plug")

    before = [company.audited("account"), company.events("account")]
    sa.event.listen(company.store.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="plug"):
        create(company.store, SEED, "account", [{"name": "A"}], door="api")
    sa.event.remove(company.store.engine, "before_cursor_execute", fail)
    assert company.count("account") == 0
    assert [company.audited("account"), company.events("account")] == before
    assert company.stored("account", company.add("account", name="A"))["number"].endswith("-00001")


def test_what_was_saved_is_read_in_the_transaction_that_saved_it(company: Company) -> None:
    a_class, table = company.store.models.classes["account"], company.store.models.tables["account"]
    seen: list[tuple[int, str]] = []

    def look(session: Session, _saved: Saved) -> None:
        assert company.count("account") == 0  # nobody else sees it yet
        seen.extend((id_, name) for id_, name in session.execute(sa.select(a_class.id, a_class.name)))

    assert done(create(company.store, company.rep, "account", [{"name": "A"}], door="api", then=look)).ids == (
        seen[0][0],
    )
    assert [name for _, name in seen] == ["A"]
    for forbidden in (
        lambda session: session.connection(),
        lambda session: session.execute(sa.select(table)),
        lambda session: session.execute(sa.delete(a_class)),
        lambda session: session.execute(sa.update(a_class).values(name="B")),
    ):
        with pytest.raises((UnscopedRead, WriteOutsideUnit)):
            create(
                company.store,
                company.rep,
                "account",
                [{"name": "B"}],
                door="api",
                then=lambda session, _saved, forbidden=forbidden: forbidden(session),
            )
    assert company.count("account") == 1  # what fails there fails as a whole


def test_what_is_read_after_a_save_is_what_the_actor_may_read(company: Company) -> None:
    foreign = company.add("account", company.other, name="Foreign")
    a_class = company.store.models.classes["account"]
    seen: list[str] = []

    def look(session: Session, _saved: Saved) -> None:
        seen.extend(session.execute(sa.select(a_class.name).order_by(a_class.id)).scalars())

    own = done(create(company.store, company.rep, "account", [{"name": "Own"}], door="api", then=look)).ids[0]
    assert seen == ["Own"]
    refused = update(company.store, company.rep, "account", [Change(foreign, {"name": "Mine"})], door="api", then=look)
    assert isinstance(refused, Refused)
    assert seen == ["Own"]  # a refusal shows nothing
    change = Change(own, {"owner": company.other.user_id})
    done(update(company.store, company.lead, "account", [change], door="api", then=look))
    assert seen == ["Own"]  # it is out of his sight, as that other's records are


def test_what_is_refused_after_it_was_written_is_taken_back(company: Company) -> None:
    nobody = replace(company.rep, user_id=None)
    assert codes(create(company.store, nobody, "account", [{"name": "A"}], door="api")) == [(None, "access.denied")]
    assert company.count("account") == 0
    assert company.audited("account") == []


def test_the_audit_says_who_what_when_and_through_which_door(company: Company) -> None:
    record = company.add("account", company.rep, name="A", revenue=5, since="2026-01-01")
    change = {"revenue": "6.5", "since": None, "seen_at": "2026-06-30T09:30", "head": record, "active": False}
    done(update(company.store, company.boss, "account", [Change(record, change)], door="inline"))
    created, updated = company.audited("account", record)
    assert (created["action"], created["changes"], created["door"]) == ("create", None, "api")
    assert (updated["actor_id"], updated["actor"], updated["door"], updated["revision"]) == (
        company.boss.user_id, "Administrator", "inline", 0,
    )  # fmt: skip
    assert updated["changes"] == {
        "active": [True, False],
        "head": [None, str(record)],
        "revenue": ["5.0000", "6.5000"],
        "seen_at": [None, "2026-06-30T01:30:00.000Z"],
        "since": ["2026-01-01", None],
    }
    assert updated["at"] == company.stored("account", record)["updated_at"]
    for entry in (created, updated):
        assert digest_of(entry) == entry["digest"]
        assert digest_of({**entry, "actor": "someone else"}) != entry["digest"]
        assert digest_of({**entry, "changes": {"name": ["A", "B"]}}) != entry["digest"]
    assert created["salt"] != updated["salt"]


def test_in_chunks_one_bad_record_keeps_no_other_out(company: Company) -> None:
    rows = [{"name": f"A{number}", "employees": "x" if number in (3, 7) else number} for number in range(10)]
    report = in_chunks(lambda some: create(company.store, SEED, "account", some, door="import"), rows, size=4)
    assert report.saved == 8
    assert [(outcome.index, outcome.refusals[0].code) for outcome in report.refused] == [
        (3, "field.type"),
        (7, "field.type"),
    ]
    assert [outcome.index for outcome in report.outcomes] == list(range(10))
    assert company.count("account") == 8


def test_in_chunks_what_is_denied_is_denied_for_each(on_sqlite: Company) -> None:
    report = in_chunks(
        lambda some: create(on_sqlite.store, on_sqlite.outsider, "account", some, door="import"), [{"name": "A"}] * 5
    )
    assert report.saved == 0
    assert len(report.refused) == 5


def test_an_empty_batch_is_saved_at_once(on_sqlite: Company) -> None:
    assert create(on_sqlite.store, SEED, "account", [], door="api") == Saved((), ())
    assert update(on_sqlite.store, SEED, "account", [], door="api") == Saved((), ())
    assert delete(on_sqlite.store, SEED, "account", [], door="api") == Saved((), ())
