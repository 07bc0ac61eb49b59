"""Values: whatever is posted is either stored in its written form or refused with a code; nothing raises."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.record import Saved, create
from app.record.blueprint import blueprint_of
from app.record.messages import MESSAGES
from app.record.parsers import make_parser
from app.record.values import Bad
from tests.unit.record.conftest import CATALOG, Company, codes, done

ACCOUNT = CATALOG.entities["account"]
PARSERS = blueprint_of(CATALOG, "account").parsers
CODES = {key.partition(":")[0] for key in MESSAGES}

BAD_FOR_ALL: list[Any] = [
    ["a"],
    {"id": 1},
    [],
    {},
    b"bytes",
    float("nan"),
    float("inf"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("-Infinity"),
    "\x00",
    "a\x00b",
    "\ud800",
    "a\x1b[31m",
    object(),
    dt.timedelta(1),
    10**30,
    -(10**30),
    2**63,
    1e300,
]
MISFITS: dict[str, list[Any]] = {
    "name": [True, 5, 1.5, "x" * 101],
    "code": ["ab"],
    "kind": ["Firm", "club2", 1, True, "x" * 10_000],
    "employees": ["1.5", 1.5, "five", True, "1e400", "9" * 5000, "0x10", "1_000", "-1", "10000001", "１.５", "²"],
    "revenue": ["1e30", "1.2.3", "NaN", "Infinity", "-0.00005", "1e9999", True, "1,00", "--1", "100000000000000"],
    "discount": ["150%", "%", True],
    "since": ["2026-02-30", "30.06.2026", 20260630, True, "0001-01-01", "9999-12-31", "2026-06-30T00:00", "1989-12-31"],
    "seen_at": ["2026-06-30", "2026-06-30T25:00", 0, True, "0001-01-01T00:00:00+14:00", "2026-06-30T00:00+99:00"],
    "website": ["javascript:alert(1)", "ftp://a.b", "http://", "data:text/html,x", "http://a b", "mailto:a@b.cn", "x", "//a.b"],
    "email": ["a", "a@b", "a@b@c.de", "a b@c.de", "@c.de", "a..b@c.de", "a@-c.de", "a@1.2.3.4", "x" * 400 + "@a.de"],
    "phone": ["12", "abc", "138****5678", "13812345678 ext 5", "+", "1" * 30, "🤷"],
    "active": ["maybe", 2, -1, 0.5, "nein"],
    "head": ["abc", "1.5", True, "-1", "١", " 1 2"],
}  # fmt: skip


def parse(field: str, raw: object) -> Any:
    return PARSERS[field](raw)


@pytest.mark.parametrize("field", sorted(PARSERS))
def test_what_no_field_can_hold_is_refused_by_each(field: str) -> None:
    for raw in BAD_FOR_ALL:
        found = parse(field, raw)
        if ACCOUNT.every_field[field].holds == "reference" and isinstance(raw, int | float):
            found = found if isinstance(found, Bad) or found == 0 else pytest.fail(f"{raw!r} is an id")
        else:
            assert isinstance(found, Bad), f"{raw!r} became {found!r}"
            assert found.code in CODES


@pytest.mark.parametrize("field", sorted(MISFITS))
def test_what_does_not_fit_is_refused(field: str) -> None:
    for raw in MISFITS[field]:
        found = parse(field, raw)
        assert isinstance(found, Bad), f"{raw!r} became {found!r}"


@pytest.mark.parametrize(
    ("field", "raw", "stored"),
    [
        ("name", " a\tb\r\nc ", "a b c"),
        ("name", "e\u0301", "é"),
        ("name", "\u3000", None),
        ("notes", " a\r\nb\rc\n", "a\nb\nc"),
        ("employees", "１２", 12),
        ("employees", 12.0, 12),
        ("employees", "1e3", 1000),
        ("employees", Decimal("5.00"), 5),
        ("revenue", "1,234.56785", Decimal("1234.5679")),
        ("revenue", 0.1, Decimal("0.1000")),
        ("revenue", "-0", Decimal(0)),
        ("rate", "-2.0005", Decimal("-2.001")),
        ("discount", " 12.345 % ", Decimal("12.35")),
        ("since", "2026/6/3", dt.date(2026, 6, 3)),
        ("since", "2026年6月3日", dt.date(2026, 6, 3)),
        ("since", dt.date(2026, 6, 3), dt.date(2026, 6, 3)),
        ("seen_at", "2026-06-30T09:30:00.1239+08:00", dt.datetime(2026, 6, 30, 1, 30, 0, 123_000, dt.UTC)),
        ("seen_at", "2026-06-30 01:30Z", dt.datetime(2026, 6, 30, 1, 30, tzinfo=dt.UTC)),
        ("website", "HTTPS://Example.com/A", "https://Example.com/A"),
        ("website", "例子.中国/路", "https://例子.中国/路"),
        ("email", " A.B+c@Example.COM ", "a.b+c@example.com"),
        ("email", "ann@intern.local", "ann@intern.local"),
        ("phone", "0571-8888 6666", "+8657188886666"),
        ("phone", "+1 (650) 253-0000", "+16502530000"),
        ("active", "是", True),
        ("active", "off", False),
        ("active", None, False),
        ("kind", " firm ", "firm"),
        ("head", " 12 ", 12),
        ("head", "", None),
        ("head", 0, 0),
    ],
)
def test_the_written_form(field: str, raw: object, stored: object) -> None:
    found = parse(field, raw)
    assert found == stored
    assert type(found) is type(stored)
    assert parse(field, found) == stored, "a stored value is its own written form"


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text()
    | st.dates()
    | st.datetimes()
    | st.sampled_from(["1e5", "٣", "+86 138", "a@b.c", "http://[", "2026-13-01", "½", "\u2028", "\ufeff", "0" * 70]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


@given(raw=ANYTHING, field=st.sampled_from(sorted(PARSERS)))
def test_no_value_raises_and_what_is_stored_stays(raw: object, field: str) -> None:
    found = parse(field, raw)
    if isinstance(found, Bad):
        assert found.code in CODES
    else:
        assert found is None or field == "active" or parse(field, found) == found


def test_every_type_has_a_parser() -> None:
    for entity in CATALOG.entities.values():
        for field in entity.every_field.values():
            assert callable(make_parser(CATALOG, entity, field))


def test_bad_values_never_reach_the_database(company: Company) -> None:
    for field in sorted(MISFITS):
        for raw in [*BAD_FOR_ALL, *MISFITS[field]]:
            outcome = create(company.store, company.boss, "account", [{"name": "A", field: raw}], door="api")
            assert {name for name, _ in codes(outcome)} == {field}, raw
    assert company.count("account") == 0


@given(row=st.dictionaries(st.sampled_from([*sorted(PARSERS), "id", "nonsense", "\x00"]), ANYTHING, max_size=5))
def test_any_row_is_saved_or_refused(prepared_store: Company, row: dict[str, object]) -> None:
    outcome = create(prepared_store.store, prepared_store.boss, "account", [row], door="api")
    if isinstance(outcome, Saved):
        prepared_store.stored("account", outcome.ids[0])
    else:
        for refusal in outcome.refusals:
            for language in ("en", "zh"):
                assert refusal.text(language, CATALOG)


def test_a_row_that_is_no_mapping_is_malformed(on_sqlite: Company) -> None:
    rows: Any = [{"name": "A"}, "text", None, ["name"]]
    outcome = create(on_sqlite.store, on_sqlite.boss, "account", rows, door="api")
    assert codes(outcome) == [(None, "request.malformed")] * 3


def test_a_large_body_is_refused_in_linear_time(on_sqlite: Company) -> None:
    row = dict.fromkeys(MISFITS, "9" * 2000000)
    outcome = create(on_sqlite.store, on_sqlite.boss, "account", [row], door="api")
    assert {field for field, _ in codes(outcome)} == set(MISFITS)
    assert len(json.dumps([each.text("en", CATALOG) for each in outcome.refusals])) < 10_000  # type: ignore[union-attr]
    done(create(on_sqlite.store, on_sqlite.boss, "account", [{"name": "A"}], door="api"))
