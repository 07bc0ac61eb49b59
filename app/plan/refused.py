"""Rows that a new rule, requirement or condition of an option would refuse: how many, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.expression import Checked
from app.expression.graph import Place
from app.orm.many import POSITION, RECORD, VALUE, many_key
from app.orm.models import Models
from app.plan.check import Finding, find
from app.plan.existing import SAMPLES, Tried, rows_of, tried
from app.plan.misfits import listed
from app.plan.question import Decision, Refused
from app.plan.step import Block, Risk

_SPARE = (
    "`existing: grandfather` beside it leaves them alone until a field that it reads changes, "
    "`existing: fail` waits until they are mended"
)
_DECIDE = f"say what becomes of them: {_SPARE}"
_WANTED = f"say what becomes of them: `backfill: VALUE` or `backfill: {{formula: …}}` at the field fills them, {_SPARE}"
_CHOSEN = f"say what becomes of them at the field: `backfill: VALUE` gives them that, `existing: blank` empties them, {_SPARE}"


@find.register
def _refused(check: Refused, connection: Connection, models: Models) -> Finding:
    if check.untried:
        return Finding(f"not tried: {check.untried}")
    each = [tried(connection, models, condition) for condition in check.conditions]
    entities = dict.fromkeys(condition.entity for condition in check.conditions)
    found = sum((_of_entity(connection, models, check.conditions, each, entity) for entity in entities), Tried())
    if not found.count:
        return Finding()
    verb = "warn of" if check.warns else "refuse"
    impact = f"would {verb} {found.count:,} of {found.total:,} existing rows: ids {listed(found.samples)}"
    if check.warns:
        return Finding(impact)
    decisions = check.decisions or (Decision(check.existing),)
    asked = [decision for one, decision in zip(each, decisions, strict=True) if one.count]
    return _all_decided(impact, [_decided(check, decision, impact, found.count) for decision in asked])


def _of_entity(
    connection: Connection, models: Models, conditions: Sequence[Checked], each: Sequence[Tried], entity: str
) -> Tried:
    """What several conditions find in one entity: each row once."""
    of_it = [(one, condition) for one, condition in zip(each, conditions, strict=True) if condition.entity == entity]
    hits = [(one, condition) for one, condition in of_it if one.count]
    if len(hits) < 2:
        return hits[0][0] if hits else Tried(0, of_it[0][0].total)
    rows = sorted({row for _, condition in hits for row in rows_of(connection, models, condition)})
    return Tried(len(rows), hits[0][0].total, tuple(rows[:SAMPLES]))


def _all_decided(impact: str, found: Sequence[Finding]) -> Finding:
    """What is done to the rows of each field, unless one of them is held up."""
    blocked = next((each for each in found if each.blocks), None)
    if blocked is not None:
        return blocked
    risks: list[Risk] = [each.risk for each in found if each.risk is not None]
    words = dict.fromkeys(each.impact for each in found)
    return Finding(f"{impact}{''.join(words)}", risk=risks[0] if risks else None)


def _decided(check: Refused, decision: Decision, impact: str, count: int) -> Finding:
    """What is done to rows, in words; blocked where nothing is said that can be carried out."""
    given = decision.given
    risk: Risk | None = "destructive" if check.option else None
    if given is not None and check.fields:
        if given.wrong:
            return Finding(impact, Block("PLN532", f"{impact}; `backfill` {given.wrong}", "write a value that fits"))
        if decision.distinct and count > 1 and given.formula is None:
            reason = f"{impact}; all would get {given.words}"
            return Finding(impact, Block("PLN525", reason, "no two may hold the same value: fill them first"))
        return Finding(f"; they get {given.words}", risk=risk)
    if decision.existing == "grandfather":
        return Finding(" (grandfathered)")
    if decision.existing == "fail":
        return Finding(impact, Block("PLN527", impact, "mend these records, then plan again"))
    if decision.existing == "blank" and check.option and not decision.required:
        return Finding("; they are emptied", risk=risk)
    remedy = _DECIDE if not check.fields else _CHOSEN if check.option else _WANTED
    if decision.existing == "blank":
        remedy = f"there is nothing to be emptied: {_WANTED}" if not check.option else f"it is required: {_CHOSEN}"
    return Finding(impact, Block("PLN526", impact, remedy))


def to_mend(
    connection: Connection, models: Models, check: Refused
) -> Iterator[tuple[Place, Decision, str | None, list[int]]]:
    """The rows of each field that are given something, or emptied. `models` are those before the change, whose rows have their
    new names already.
    """
    then = check.then if check.fields else ()
    for place, decision, condition in zip(check.fields, check.decisions, then, strict=True):
        if decision.given is not None or (decision.existing == "blank" and check.option):
            yield place, decision, check.option, rows_of(connection, models, condition)


def emptied_cells(
    connection: Connection, models: Models, place: Place, option: str | None, ids: Sequence[int]
) -> list[tuple[int, Any]]:
    """What these rows hold without the option: of a list its other options."""
    many = models.many.get(many_key(*place))
    left: dict[int, list[Any]] = {row: [] for row in ids}
    if many is not None:
        c = many.table.c
        query = sa.select(c[RECORD], c[VALUE]).where(c[VALUE] != option).order_by(c[RECORD], c[POSITION])
        for row, value in connection.execute(query):
            if row in left:
                left[row].append(value)
    return [(row, tuple(held) or None) for row, held in left.items()]
