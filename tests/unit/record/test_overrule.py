"""Overruling a computed value: it stays until it is withdrawn, and everybody sees who did it and why."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.access import Actor, reading
from app.insight import ListQuery, list_records
from app.record import Change, Overruling, Refused, Saved, history, update
from app.record.overrule import LONGEST_REASON
from tests.unit.reckoning import BOTH, Abroad, on_database


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    folder: Path = tmp_path_factory.mktemp("reckoning")
    with on_database(request, folder) as found:
        yield found


def overrule(
    company: Abroad, record: int, value: object, reason: object = "An old friend", *, actor: Actor | None = None,
    field: str = "level", entity: str = "account", **more: Any,
) -> Saved | Refused:  # fmt: skip
    change = Change(record, {}, overrule={field: Overruling(value, reason)}, **more)
    return update(company.store, actor or company.boss, entity, [change], door="api")


def withdraw(company: Abroad, record: int, field: str = "level", entity: str = "account") -> dict[str, Any]:
    change = Change(record, {}, overrule={field: None})
    assert isinstance(update(company.store, company.boss, entity, [change], door="api"), Saved)
    return company.stored(entity, record)


def done(company: Abroad, record: int, outcome: Saved | Refused, entity: str = "account") -> dict[str, Any]:
    assert isinstance(outcome, Saved), outcome
    return company.stored(entity, record)


def codes(outcome: Saved | Refused) -> tuple[str, list[tuple[str | None, str]]]:
    assert isinstance(outcome, Refused), outcome
    return outcome.status, [(each.field, each.code) for each in outcome.refusals]


def test_it_counts_until_it_is_withdrawn(company: Abroad) -> None:
    record = company.save("account", name="Stays", revenue="600000")
    stored = done(company, record, overrule(company, record, "b"))
    assert (stored["level"], stored["level__computed"], stored["level_text"]) == ("b", "a", "other")
    assert stored["level__override_reason"] == "An old friend"
    assert stored["level__override_at"] == stored["updated_at"]
    stored = company.changed("account", record, revenue="50000")
    assert (stored["level"], stored["level__computed"]) == ("b", "c")
    stored = company.changed("account", record, revenue="700000")
    assert (stored["level"], stored["level__computed"]) == ("b", "a")
    stored = withdraw(company, record)
    assert (stored["level"], stored["level__computed"], stored["level__override_at"]) == ("a", None, None)
    assert stored["level_text"] == "best"
    assert withdraw(company, record) == stored


def test_it_can_be_overruled_anew_and_beside_other_values(company: Abroad) -> None:
    record = company.save("account", name="Anew", revenue="600000")
    done(company, record, overrule(company, record, "b"))
    stored = done(company, record, overrule(company, record, "c", "Another reason"))
    assert (stored["level"], stored["level__computed"], stored["version"]) == ("c", "a", 3)
    change = Change(record, {"revenue": "1"}, overrule={"level": Overruling("a", "All at once")})
    stored = done(company, record, update(company.store, company.boss, "account", [change], door="api"))
    assert (stored["level"], stored["level__computed"]) == ("a", "c")


def test_rows_say_what_is_overruled_in_them(company: Abroad) -> None:
    record = company.save("account", name="Marked", revenue="600000")
    done(company, record, overrule(company, record, "b"))

    def marked(actor: Actor, *columns: str) -> set[str]:
        with reading(company.store, actor) as session:
            rows = list_records(session, actor, ListQuery("account", columns, limit=100)).rows
        return {key for row in rows if row.id == record for key in row.overruled}

    assert marked(company.boss, "name", "level") == {"level"}
    assert marked(company.boss, "name") == set()
    assert marked(company.blind, "name") == set()
    withdraw(company, record)
    assert marked(company.boss, "level", "revenue", "name") == set()


def test_a_reason_is_asked_for_and_the_value_is_checked(company: Abroad) -> None:
    record = company.save("account", name="Reason")
    for reason, code in (("", "required"), (None, "required"), ("  ", "required"), (5, "type"), ("a\0b", "format")):
        assert codes(overrule(company, record, "a", reason)) == ("invalid", [("reason", f"field.{code}")]), reason
    long = overrule(company, record, "a", "n" * (LONGEST_REASON + 1))
    assert codes(long) == ("invalid", [("reason", "field.length")])
    assert isinstance(long, Refused)
    assert long.refusals[0].text("zh", company.store.catalog) == "原因过长：共501个字符，最多500个。"
    assert codes(overrule(company, record, "z")) == ("invalid", [("level", "field.option")])
    assert codes(overrule(company, record, ["a"])) == ("invalid", [("level", "field.type")])
    assert company.stored("account", record)["level__override_at"] is None


def test_other_computed_fields_and_other_people_may_not(company: Abroad) -> None:
    record = company.save("account", name="Rights")
    assert codes(overrule(company, record, 5, field="health")) == ("invalid", [("health", "field.read_only")])
    assert codes(overrule(company, record, 5, field="nothing")) == ("invalid", [("nothing", "field.read_only")])
    assert codes(overrule(company, record, "x", field="name")) == ("invalid", [("name", "field.read_only")])
    assert codes(overrule(company, record, "a", actor=company.blind)) == ("invalid", [("level", "field.read_only")])
    reader = Actor(None, "Reader", frozenset({"reader"}))
    assert codes(overrule(company, record, "a", actor=reader))[0] == "denied"
    strict = Actor(None, "Strict", frozenset({"strict"}))
    assert codes(overrule(company, record, "a", actor=strict)) == ("denied", [("level", "access.denied")])


def test_a_version_is_compared(company: Abroad) -> None:
    record = company.save("account", name="Version")
    assert codes(overrule(company, record, "a", version=7))[0] == "conflict"
    assert done(company, record, overrule(company, record, "a", version=1))["version"] == 2


def test_history_and_events_tell_it(company: Abroad) -> None:
    record = company.save("account", name="Told", revenue="600000")
    overrule(company, record, "b", "First")
    assert company.last_event("account")["fields"] == ["level", "level_text"]
    overrule(company, record, "b", "Second")
    assert company.last_event("account")["fields"] == ["level"]
    withdraw(company, record)
    with reading(company.store, company.boss) as session:
        entries = history(session, company.store.catalog, company.boss, "account", record)
    told = [[each for each in entry.changes if each.field == "level"] for entry in entries[:3]]
    assert [(one.old, one.new, one.reason) for (one,) in told] == [
        ("b", "a", ""), ("b", "b", "Second"), ("a", "b", "First"),
    ]  # fmt: skip


def test_an_amount_is_overruled_in_the_currency_of_the_record(company: Abroad) -> None:
    line = {"quantity": 2, "price": "50"}
    record = company.save("quote", name="Q", currency="USD", day="2026-06-05", lines=[line])
    stored = done(company, record, overrule(company, record, "90", field="total", entity="quote"), "quote")
    assert (stored["total"], stored["total__original"], stored["total__computed"]) == (630, 90, 700)
    stored = company.changed("quote", record, discount="50")
    assert (stored["total"], stored["total__original"], stored["total__computed"]) == (630, 90, 350)
    stored = company.changed("quote", record, currency="CNY")
    assert (stored["total"], stored["total__original"], stored["total__computed"]) == (90, 90, 50)
    stored = withdraw(company, record, "total", "quote")
    assert (stored["total"], stored["total__original"]) == (50, Decimal(50))


def test_a_level_that_follows_from_deals_is_overruled_and_withdrawn(company: Abroad) -> None:
    client = company.save("client", name="甲公司")
    deal = company.save("deal", name="First", client=str(client), amount="600000")
    assert company.stored("client", client)["level"] == "c"
    company.changed("deal", deal, stage="won")
    assert company.stored("client", client)["level"] == "a"
    assert done(company, client, overrule(company, client, "b", entity="client"), "client")["level"] == "b"
    company.save("deal", name="Next", client=str(client), amount="900000", stage="won")
    stored = company.stored("client", client)
    assert (stored["won"], stored["level"], stored["level__computed"]) == (1_500_000, "b", "a")
    company.changed("deal", deal, amount="1", client=None)
    company.changed("deal", deal, client=str(client))
    assert company.stored("client", client)["level"] == "b"
    assert withdraw(company, client, entity="client")["level"] == "a"
