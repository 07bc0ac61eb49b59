"""Seals of the audit: whatever is altered, taken out, put in or exchanged is named; what was erased leaves the rest provable."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.orm.engine import PLAN, UNIT
from app.orm.framework import audit, audit_anchor, audit_seal
from app.record import Change, Saved, Unit, erase_lines, in_unit, update
from app.record import seals as sealing
from app.record.audit import ERASE, Changes, rest_of, rows_under, write_audit
from app.record.proof import Proof, prove_audit
from app.record.seals import (
    NEWEST,
    anchor_audit,
    anchors_outside,
    newest_outside,
    note_newest,
    seal_audit,
    set_aside_notes,
)
from tests.unit.record.conftest import Company

DAY = dt.date(2026, 11, 22)
Tamper = Callable[[sa.Connection, list[int]], object]


def proof(company: Company, folder: Path, *, recent: bool = False) -> Proof:
    return prove_audit(company.store, anchors_outside(folder), newest_outside(folder), recent=recent)


def by_hand(company: Company, tamper: Tamper) -> list[int]:
    """Does something to the tables behind everybody's back; the ids of the lines of accounts."""
    with company.store.engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        query = sa.select(audit.c.id).where(audit.c.entity == "account").order_by(audit.c.id)
        lines = list(connection.execute(query).scalars())
        tamper(connection, lines)
    return lines


@pytest.fixture
def sealed(company: Company) -> Company:
    """Some changes, all of them under a seal."""
    first = company.add("account", company.rep, name="Acme", revenue=5)
    for revenue in (6, 7):
        assert isinstance(
            update(company.store, company.boss, "account", [Change(first, {"revenue": revenue})], door="api"), Saved
        )
    company.add("account", company.rep, name="Other")
    assert seal_audit(company.store)
    return company


def altered(column: str, value: object) -> Tamper:
    return lambda connection, lines: connection.execute(
        sa.update(audit).where(audit.c.id == lines[1]).values({column: value})
    )


def exchanged(connection: sa.Connection, lines: list[int]) -> None:
    for old, new in ((lines[1], -1), (lines[2], lines[1]), (-1, lines[2])):
        connection.execute(sa.update(audit).where(audit.c.id == old).values(id=new))


def with_a_new_digest(connection: sa.Connection, lines: list[int]) -> None:
    """Somebody who knows how digests are made."""
    row = connection.execute(sa.select(audit).where(audit.c.id == lines[1])).mappings().one()
    from app.record import digest_of

    forged = {**row, "changes": {"revenue": ["5.0000", "9.0000"]}}
    connection.execute(
        sa.update(audit).where(audit.c.id == lines[1]).values(changes=forged["changes"], digest=digest_of(forged))
    )


def put_in(connection: sa.Connection, lines: list[int]) -> None:
    row = dict(connection.execute(sa.select(audit).where(audit.c.id == lines[1])).mappings().one())
    connection.execute(sa.delete(audit).where(audit.c.id == lines[1]))
    connection.execute(sa.insert(audit), {**row, "id": 0})


def test_what_nobody_touched_is_well_and_later_lines_come_under_further_seals(sealed: Company, tmp_path: Path) -> None:
    assert seal_audit(sealed.store) == 0
    sealed.add("account", sealed.rep, name="Third")
    before = proof(sealed, tmp_path)
    assert (before.wrong, before.seals, before.unsealed) == (0, 1, 1)
    assert seal_audit(sealed.store) == 1
    after = proof(sealed, tmp_path)
    assert (after.wrong, after.seals, after.unsealed, after.lines) == (0, 2, 0, before.lines)


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (altered("actor", "somebody else"), ["line {1} (account *) was altered"]),
        (altered("changes", {"revenue": ["5.0000", "6.0001"]}), ["line {1} (account *) was altered"]),
        (altered("at", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)), ["line {1} (account *) was altered"]),
        (altered("record", None), ["line {1} (account, *) was altered"]),
        (altered("digest", "0" * 64), ["line {1} (account *) was altered"]),
        (altered("salt", ""), ["line {1} (account *) was altered"]),
        (with_a_new_digest, ["line {1} (account *) is not the one that was sealed"]),
        (lambda c, lines: c.execute(sa.delete(audit).where(audit.c.id == lines[1])), ["line {1} was taken out"]),
        (exchanged, ["line {1} (account *) is not the one *", "line {2} (account *) is not the one *"]),
        (put_in, ["line 0 (account *) was put in afterwards", "line {1} was taken out"]),
        (lambda c, _: c.execute(sa.update(audit_seal).values(lines=2)), ["seal 1 of lines * was altered"]),
        (lambda c, _: c.execute(sa.update(audit_seal).values(leaves="AAAA")), ["seal 1 of lines * was altered"]),
    ],
)  # fmt: skip
def test_what_was_done_behind_everybodys_back_is_named(
    sealed: Company, tmp_path: Path, tamper: Tamper, said: list[str]
) -> None:
    lines = by_hand(sealed, tamper)
    found = proof(sealed, tmp_path)
    expected = [each.format(*lines).split("*") for each in said]
    told = list(found.named)
    assert all(any(all(part in text for part in parts) for text in told) for parts in expected), told
    assert found.wrong == len(told) <= len(expected)


def test_a_line_that_can_not_be_read_any_more_is_named(sealed: Company, tmp_path: Path) -> None:
    if sealed.is_postgresql:
        pytest.skip("PostgreSQL lets no broken JSON in")
    broken = sa.text("UPDATE tenon_audit SET changes = substr(changes, 2) WHERE id = :id")
    lines = by_hand(sealed, lambda connection, found: connection.execute(broken, {"id": found[1]}))
    assert proof(sealed, tmp_path).named == (f"line {lines[1]} was altered: it can't be read any more",)


def test_numbers_of_json_prove_themselves_however_the_database_keeps_them(company: Company, tmp_path: Path) -> None:
    numbers = [1e22, 1e23, -1.5e300, -0.0, 0.0, 1e-7, 1.0, 0.1, 2**70, "1e+22"]

    def work(unit: Unit) -> Saved:
        write_audit(unit, "account", "update", [(1, {"note": [None, {"of": numbers, "e+": True}]})])
        return Saved((), ())

    assert isinstance(in_unit(company.store, system_actor("system:command"), "command", work), Saved)
    seal_audit(company.store)
    assert proof(company, tmp_path).wrong == 0


def test_a_line_of_the_last_minute_proves_itself_before_it_is_sealed(company: Company, tmp_path: Path) -> None:
    company.add("account", company.rep, name="Acme")
    by_hand(company, lambda c, lines: c.execute(sa.update(audit).where(audit.c.id == lines[0]).values(door="api2")))
    found = proof(company, tmp_path)
    assert (found.wrong, found.seals) == (1, 0)


def test_what_was_erased_leaves_the_rest_provable(sealed: Company, tmp_path: Path) -> None:
    lines = by_hand(sealed, lambda _connection, _lines: None)

    def erase(unit: Unit) -> Saved:
        erase_lines(unit, "account", lines[:2])
        return Saved((), ())

    assert isinstance(in_unit(sealed.store, system_actor("system:command"), "command", erase), Saved)
    seal_audit(sealed.store)
    found = proof(sealed, tmp_path)
    assert (found.wrong, found.erased) == (0, 2)
    by_hand(sealed, altered("actor", "somebody else"))
    assert [text.partition(" (")[0] for text in proof(sealed, tmp_path).named] == [f"line {lines[1]}"]


def pretended(connection: sa.Connection, lines: list[int], **forged: Any) -> None:
    """Blanks a line, as an erasure does, and adds the act of erasing that excuses it."""
    line = sa.select(audit).where(audit.c.id == lines[1])
    row = connection.execute(line).mappings().one()
    blank = {"changes": None, "salt": "", **forged}
    connection.execute(sa.update(audit).where(audit.c.id == lines[1]).values(**blank))
    left = connection.execute(line).mappings().one()
    head = {key: row[key] for key in ("at", "door", "entity", "deletion", "revision")}
    head |= {"actor_id": None, "actor": "system:command", "action": ERASE}
    excuse: Changes = {ERASE: [None, {str(lines[1]): rest_of(left)}]}
    connection.execute(sa.insert(audit), rows_under(head, [(0, excuse)]))


@pytest.mark.parametrize(
    "forged",
    [
        {"actor": "Somebody else", "actor_id": 999},
        {"at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        {"action": "delete"},
        {"record": 77},
        {"digest": "0" * 64},
    ],
)
def test_an_act_of_erasing_excuses_no_other_word_of_a_line(
    sealed: Company, tmp_path: Path, forged: dict[str, object]
) -> None:
    lines = by_hand(sealed, lambda connection, found: pretended(connection, found, **forged))
    seal_audit(sealed.store)
    assert [text.partition(" (")[0] for text in proof(sealed, tmp_path).named] == [f"line {lines[1]}"]


def test_an_erasure_that_nobody_can_have_made_excuses_nothing(sealed: Company, tmp_path: Path) -> None:
    def forge(connection: sa.Connection, lines: list[int]) -> None:
        pretended(connection, lines)
        connection.execute(sa.update(audit).where(audit.c.action == ERASE).values(changes={"erase": 1}))

    lines = by_hand(sealed, forge)
    assert {f"line {lines[1]}", f"line {lines[-1] + 1}"} == {
        text.partition(" (")[0] for text in proof(sealed, tmp_path).named
    }


def test_a_line_that_can_not_be_read_holds_the_seal_up_and_is_named(sealed: Company, tmp_path: Path) -> None:
    if sealed.is_postgresql:
        pytest.skip("PostgreSQL lets no text in among its moments")
    sealed.add("account", sealed.rep, name="Third")
    broken = sa.text("UPDATE tenon_audit SET at = 'never' WHERE id = :id")
    lines = by_hand(sealed, lambda connection, found: connection.execute(broken, {"id": found[-1]}))
    assert seal_audit(sealed.store) is None
    assert proof(sealed, tmp_path).named == (f"line {lines[-1]} was altered: it can't be read any more",)


def test_anchors_prove_what_was_made_anew_as_a_whole(sealed: Company, tmp_path: Path) -> None:
    anchor = anchor_audit(sealed.store, DAY, tmp_path)
    assert anchor_audit(sealed.store, DAY, tmp_path) == anchor
    assert anchors_outside(tmp_path) == [anchor]
    assert proof(sealed, tmp_path).wrong == 0

    def make_anew(connection: sa.Connection, lines: list[int]) -> None:
        with_a_new_digest(connection, lines)
        connection.execute(sa.delete(audit_seal))
        connection.execute(sa.delete(audit_anchor))

    by_hand(sealed, make_anew)
    seal_audit(sealed.store)
    anchor_audit(sealed.store, DAY + dt.timedelta(days=1), tmp_path / "elsewhere")
    assert proof(sealed, tmp_path).named == (
        f"the anchor of {DAY} that was kept outside is not in the database",
    )  # fmt: skip


def cut_off(connection: sa.Connection, _lines: list[int]) -> None:
    """Takes the last seal away, and what it covers."""
    last = connection.execute(sa.select(audit_seal).order_by(audit_seal.c.id.desc()).limit(1)).mappings().one()
    connection.execute(sa.delete(audit).where(audit.c.id >= last["first"]))
    connection.execute(sa.delete(audit_seal).where(audit_seal.c.id == last["id"]))


@pytest.mark.parametrize("recent", [False, True])
def test_the_end_is_not_cut_off_unseen(sealed: Company, tmp_path: Path, *, recent: bool) -> None:
    anchor_audit(sealed.store, DAY, tmp_path)
    assert proof(sealed, tmp_path, recent=recent).wrong == 0  # nothing is noted yet
    sealed.add("account", sealed.rep, name="Third")
    assert seal_audit(sealed.store) == 1
    assert note_newest(sealed.store, tmp_path)
    assert proof(sealed, tmp_path, recent=recent).wrong == 0
    by_hand(sealed, cut_off)
    named = ("the newest seal that was noted outside, 2, was altered or is gone",)
    assert proof(sealed, tmp_path, recent=recent).named == named
    sealed.add("account", sealed.rep, name="Fourth")  # and the next minute seals something else under its number
    assert seal_audit(sealed.store) == 1
    assert not note_newest(sealed.store, tmp_path)
    assert proof(sealed, tmp_path, recent=recent).named == named


def test_what_was_noted_of_a_later_audit_is_put_aside_at_a_restore(sealed: Company, tmp_path: Path) -> None:
    sealed.add("account", sealed.rep, name="Third")
    assert seal_audit(sealed.store) == 1
    anchor_audit(sealed.store, DAY, tmp_path)
    assert note_newest(sealed.store, tmp_path)
    by_hand(sealed, cut_off)  # as an older backup has it
    aside = set_aside_notes(tmp_path, dt.datetime(2026, 7, 1, 8, tzinfo=dt.UTC))
    assert sorted(each.name for each in aside) == sorted(each.name for each in tmp_path.iterdir())
    assert aside[0].name == "audit-newest.20260701T080000Z.json"
    assert note_newest(sealed.store, tmp_path)


def test_what_another_machine_noted_last_may_be_older(sealed: Company, tmp_path: Path) -> None:
    assert note_newest(sealed.store, tmp_path)
    sealed.add("account", sealed.rep, name="Third")
    seal_audit(sealed.store)
    assert proof(sealed, tmp_path).wrong == 0
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(NEWEST)] == [NEWEST]
    (tmp_path / NEWEST).write_text("{}")
    assert not note_newest(sealed.store, tmp_path)
    with pytest.raises(ValueError, match="this is no seal"):
        newest_outside(tmp_path)


def test_the_recent_lines_are_proven_from_the_last_anchor_on(sealed: Company, tmp_path: Path) -> None:
    anchor_audit(sealed.store, DAY, tmp_path)
    sealed.add("account", sealed.rep, name="Third")
    seal_audit(sealed.store)
    recent = proof(sealed, tmp_path, recent=True)
    assert (recent.wrong, recent.lines, recent.seals) == (0, 1, 1)


def test_a_seal_holds_so_many_lines_and_no_more(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "MOST", 2)
    for name in "ABC":
        company.add("account", company.rep, name=name)
    sealed = seal_audit(company.store)
    found = proof(company, tmp_path)
    assert sealed
    assert (found.wrong, found.lines, found.seals) == (0, sealed, (sealed + 1) // 2)


def test_lines_that_may_still_come_hold_the_seal_up(company: Company, tmp_path: Path) -> None:
    """A line with a smaller id than others may be committed after them."""
    if not company.is_postgresql:
        pytest.skip("SQLite has one writer at a time")
    begun, go_on = threading.Event(), threading.Event()

    def slow(unit: Unit) -> Saved:
        write_audit(unit, "account", "update", [(1, {"name": ["A", "B"]})])
        begun.set()
        assert go_on.wait(20)
        return Saved((), ())

    outcome: list[Any] = []
    actor = system_actor("system:command")
    thread = threading.Thread(target=lambda: outcome.append(in_unit(company.store, actor, "command", slow)))
    thread.start()
    assert begun.wait(20)
    company.add("account", company.rep, name="Acme")
    assert seal_audit(company.store, patience=0.0) is None
    go_on.set()
    thread.join()
    assert isinstance(outcome[0], Saved)
    assert seal_audit(company.store)
    assert proof(company, tmp_path).wrong == 0
