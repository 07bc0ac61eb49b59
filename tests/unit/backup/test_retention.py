"""Which backups are kept: as many and as long as is said, and always one to restore."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from app.backup.retention import expired
from app.backup.seal import Head
from app.backup.shelf import Backup, Verdict
from app.definition import Text
from app.definition.backup import BackupPlan, Backups
from app.definition.grammars import Keep, Period

NOW = dt.datetime(2026, 6, 30, tzinfo=dt.UTC)


def a_backup(
    days_old: float, base: str | None = None, previous: str | None = None, *, well: bool | None = None
) -> Backup:
    created = NOW - dt.timedelta(days=days_old)
    name = f"{'inc' if base else 'full'}-{days_old:g}"
    head = Head(name, "incremental" if base else "full", created.isoformat(), "sqlite", "", base, previous)
    verdict = None if well is None else Verdict(created, well, Text({"en": "x"}))
    return Backup(head, created, 1, (Path(name),), (verdict,))


def a_plan(full: str | None, incremental: str | None = None) -> Backups:
    return Backups(
        full=BackupPlan(every=Period("week"), keep=Keep(full) if full else None),
        incremental=BackupPlan(every=Period("day"), keep=Keep(incremental) if incremental else None),
    )


def gone(every: list[Backup], plan: Backups) -> list[str]:
    return [each.id for each in expired(every, plan, NOW)]


def test_without_keep_all_stay() -> None:
    assert gone([a_backup(9_000), a_backup(1)], Backups()) == []


@pytest.mark.parametrize(
    ("keep", "left"),
    [("1 copy", 1), ("2 copies", 2), ("15 days", 2), ("3 weeks", 3), ("1 month", 4), ("1 year", 4), ("1 hour", 1)],
)
def test_copies_and_days(keep: str, left: int) -> None:
    every = [a_backup(age) for age in (28, 21, 14, 7)]
    assert len(every) - len(gone(every, a_plan(keep))) == left


def test_what_a_kept_increment_builds_on_stays() -> None:
    old = a_backup(40)
    first, second = a_backup(39, old.id, old.id), a_backup(10, old.id, "inc-39")
    dead = a_backup(41)
    lost = a_backup(40.5, dead.id, dead.id)
    every = [dead, lost, old, first, second, a_backup(7), a_backup(1)]
    assert gone(every, a_plan("1 copy", "14 days")) == [dead.id, lost.id, "full-7"]
    assert gone(every, a_plan("1 copy", "5 days")) == [dead.id, lost.id, old.id, first.id, second.id, "full-7"]


def test_the_last_good_one_and_what_builds_on_it_never_go() -> None:
    proven = a_backup(90, well=True)
    upon = a_backup(89, proven.id, proven.id)
    good = a_backup(60)
    bad = a_backup(50, well=False)
    assert gone([proven, upon, good, bad], a_plan("1 hour", "1 hour")) == [bad.id]
