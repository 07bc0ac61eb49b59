"""Which backups are no longer kept. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from app.backup.shelf import Backup
from app.definition.backup import Backups
from app.definition.grammars import Keep, parse_duration

_DAYS = {"minutes": 1 / 1_440, "hours": 1 / 24, "days": 1, "weeks": 7, "months": 31, "years": 366}


def expired(every: Sequence[Backup], plan: Backups, now: dt.datetime) -> list[Backup]:
    """Those of the backups, oldest first, that the plan keeps no longer.

    What a kept one builds on is kept. So are the newest full backup that was not found to be bad, the newest that was
    verified, and all that builds on them: there is always one to restore.
    """
    fulls = [each for each in every if each.is_full]
    kept = {each.id for each in _within(fulls, plan.full.keep if plan.full else None, now)}
    increments = [each for each in every if not each.is_full]
    kept |= {each.id for each in _within(increments, plan.incremental.keep if plan.incremental else None, now)}
    last = {each.id for some in (_good(fulls), _verified(fulls)) for each in some[-1:]}
    kept |= last | {each.id for each in increments if each.head.base in last}
    known = {each.id: each for each in every}
    for one in list(kept):
        previous = known[one].head.previous
        while previous in known:
            kept.add(previous)
            previous = known[previous].head.previous
    return [each for each in every if each.id not in kept]


def _good(fulls: Sequence[Backup]) -> list[Backup]:
    return [each for each in fulls if not each.is_bad]


def _verified(fulls: Sequence[Backup]) -> list[Backup]:
    return [each for each in fulls if each.verified is not None]


def _within(some: Sequence[Backup], keep: Keep | None, now: dt.datetime) -> Iterator[Backup]:
    if keep is None:
        yield from some
        return
    count, _, unit = keep.partition(" ")
    if unit in {"copy", "copies"}:
        yield from some[-int(count) :]
        return
    length = parse_duration(keep)
    assert length is not None, keep
    # A working day is counted as two, for which no calendar is needed and which errs towards keeping.
    days = length.count * _DAYS[length.unit] * (2 if length.working else 1)
    yield from (each for each in some if each.created >= now - dt.timedelta(days=days))
