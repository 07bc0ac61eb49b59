import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.orm.counters import next_changed_seq, next_ids
from app.orm.store import Store
from app.orm.types import now

AMOUNTS = st.none() | st.decimals(min_value=Decimal("-1e13"), max_value=Decimal("1e13"), places=4)
RATES = st.none() | st.decimals(min_value=Decimal("-1e9"), max_value=Decimal("1e9"), places=8)
FIRST, LAST = dt.datetime(1900, 1, 1), dt.datetime(2999, 12, 31)  # noqa: DTZ001 - Hypothesis adds the zone
MOMENTS = st.none() | st.datetimes(min_value=FIRST, max_value=LAST, timezones=st.just(dt.UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
DAYS = st.none() | st.dates(min_value=dt.date(1, 1, 1))
ROWS = st.fixed_dictionaries(
    {"amount": AMOUNTS, "rate": RATES, "seen": MOMENTS, "since": DAYS, "active": st.booleans()}
)


def add(store: Store, **values: object) -> int:
    table = store.models.tables["account"]
    with store.writing_session(lambda _entity: None) as session:
        [new_id] = next_ids(session.connection(), table, 1)
        stamped = {"id": new_id, "created_at": now(), "updated_at": now(), **values}
        session.connection().execute(sa.insert(table), [stamped])
    return new_id


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=ROWS)
def test_values_come_back_as_they_went_in(store: Store, row: dict[str, object]) -> None:
    new_id = add(store, **row)
    account = store.models.classes["account"]
    columns = [getattr(account, key) for key in row]
    with store.reading_session(lambda _entity: None) as session:
        found = session.execute(sa.select(*columns).where(account.id == new_id)).one()
    assert found._asdict() == row


def test_a_decimal_is_rounded_half_up_to_its_scale(store: Store) -> None:
    new_id = add(store, amount=Decimal("2.00005"), rate=Decimal("-0.000000005"))
    account = store.models.classes["account"]
    with store.reading_session(lambda _entity: None) as session:
        found = session.execute(sa.select(account.amount, account.rate).where(account.id == new_id)).one()
    assert found == (Decimal("2.0001"), Decimal("-0.00000001"))


def test_decimals_compare_as_numbers(store: Store) -> None:
    for amount in ("9", "10", "-1.5"):
        add(store, amount=Decimal(amount))
    account = store.models.classes["account"]
    with store.reading_session(lambda _entity: None) as session:
        found = session.scalars(sa.select(account.amount).where(account.amount > 9).order_by(account.amount)).all()
    assert found == [Decimal(10)]


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        add(store, seen=dt.datetime(2026, 1, 1))  # noqa: DTZ001


def test_ids_and_sequence_numbers_ascend_and_never_repeat(store: Store) -> None:
    seen: list[int] = []
    marks: list[int] = []
    for count in (1, 3, 2):
        with store.writing_session(lambda _entity: None) as session:
            seen += next_ids(session.connection(), store.models.tables["account"], count)
            marks.append(next_changed_seq(session.connection()))
    assert seen == sorted(set(seen))
    assert marks == sorted(set(marks))


def test_a_key_holds_among_rows_that_are_not_deleted(store: Store) -> None:
    add(store, tax_number__fold="x1", deleted_at=now())
    add(store, tax_number__fold="x1")
    with pytest.raises(sa.exc.IntegrityError):
        add(store, tax_number__fold="x1")
    add(store)
    add(store)  # blanks never collide
