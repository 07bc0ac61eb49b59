"""What the data answers to the questions of stricter steps.

Rows in the bin count for options (an old record must be shown) but not for the rest: a restore is validated anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from app.frozen import dataclass
from app.orm.framework import record_team
from app.orm.models import Models
from app.orm.overrides import OverrideColumns
from app.plan.existing import SAMPLES
from app.plan.gained import reached
from app.plan.giving_back import rows_back
from app.plan.holders import row_column, value_column
from app.plan.mirror import count_of_users
from app.plan.misfits import Misfits, listed, misfits_of, tried_conversion
from app.plan.overwritten import may_be_kept
from app.plan.pair import counted
from app.plan.question import (
    Agreed,
    Begun,
    Blank,
    Check,
    Chosen,
    Converts,
    Decision,
    Held,
    Holders,
    NewFilled,
    NewRequired,
    OutOfRange,
    Overruled,
    Placed,
    Reach,
    Rows,
    WorkedOut,
    WrongLength,
)
from app.plan.step import Block, Risk, Step

_WRITE = "`backfill: VALUE` or `backfill: {formula: …}`"
_UNDECIDED: Mapping[type[Misfits], tuple[str, str]] = MappingProxyType(
    {
        Blank: ("PLN521", f"fill them: at the field {_WRITE} says with what, or `existing: grandfather` leaves them"),
        WrongLength: ("PLN522", f"mend them, or at the field: {_WRITE}, `existing: blank` or `existing: grandfather`"),
        OutOfRange: ("PLN523", f"mend them, or at the field: {_WRITE}, `existing: blank` or `existing: grandfather`"),
    }
)
GIVEN, EMPTIED = "; they get", "; they are emptied"
"""What an impact says of rows that do not fit and are written into."""
ENTERED = " a value that was entered, which "
"""What it says of rows that a formula fills."""
_UNCONVERTED = f"mend them, or say at the field what they get: {_WRITE}, or `existing: blank` to empty them"
_ONE_EACH = "no two may hold the same value: give each its own by `backfill: {formula: …}`, or fill them first"
_KEEP_OPTION = "keep it and write `retired: true`; `replaced_by:` another beside it gives these rows that one"


@dataclass(frozen=True)
class Finding:
    """What the data says to a step."""

    impact: str = ""
    blocks: Block | None = None
    risk: Risk | None = None


def with_finding(connection: Connection, models: Models, step: Step) -> Step:
    """The step with what the data says to it. `models` are those of the applied revision."""
    if step.check is None or step.blocks:
        return step
    finding = find(step.check, connection, models)
    impact = ", ".join(each for each in (finding.impact, step.impact) if each)
    return replace(step, impact=impact, blocks=finding.blocks, risk=finding.risk or step.risk)


@singledispatch
def find(check: Check, connection: Connection, models: Models) -> Finding:
    """The answer of the data to a check."""
    raise NotImplementedError(type(check).__name__)


@find.register(Blank)
@find.register(WrongLength)
@find.register(OutOfRange)
def _misfits(check: Misfits, connection: Connection, models: Models) -> Finding:
    count, total, ids = misfits_of(check, connection, models)
    if not count:
        return Finding()
    words = "are empty" if isinstance(check, Blank) else "do not fit"
    impact = f"{count:,} of {total:,} rows {words}: ids {listed(ids)}"
    code, remedy = _UNDECIDED[type(check)]
    given = check.decision.given
    if check.decision.existing == "grandfather" and given is None:
        return Finding(f"{impact} (grandfathered)")
    if check.decision.distinct and count > 1 and given is not None and given.formula is None and not given.wrong:
        return Finding(impact, Block("PLN525", f"{impact}; all would get {given.words}", _ONE_EACH))
    return decided(check.decision, impact, Block(code, impact, remedy), loses=not isinstance(check, Blank))


@find.register
def _converts(check: Converts, connection: Connection, models: Models) -> Finding:
    found = tried_conversion(check, connection, models)
    if not found.total:
        return Finding("prepared" if check.is_prepared else "")
    if found.repeated:
        shown = ", ".join(f"{one} and {other}" for one, other in found.repeated)
        impact = f"rows that would get the same value: ids {shown}"
        return Finding(impact, Block("PLN525", impact, "make them different first"))
    converted = found.total - found.refused
    impact = f"{converted:,} of {found.total:,} rows convert"
    if found.cut:
        verb = "loses" if found.cut == 1 else "lose"
        impact += f"; {found.cut:,} of them {verb} {check.loses}: ids {listed(found.cut_ids)}"
    if found.restored:
        verb = "takes" if found.restored == 1 else "take"
        impact += f"; {found.restored:,} of them {verb} back what they held"
    risk: Risk = "destructive" if found.cut else "slow"
    if not found.refused:
        return Finding(impact, risk=risk)
    verb = "does" if found.refused == 1 else "do"
    impact += f"; {found.refused:,} {verb} not: ids {listed(found.refused_ids)}"
    return decided(check.decision, impact, Block("PLN529", impact, _UNCONVERTED), loses=True)


def decided(decision: Decision, impact: str, undecided: Block, *, loses: bool) -> Finding:
    """What becomes of rows that do not fit, as the YAML says; blocked where it does not."""
    given = decision.given
    risk: Risk | None = "destructive" if loses else None
    if given is not None:
        if given.wrong:
            return Finding(impact, Block("PLN532", f"{impact}; `backfill` {given.wrong}", "write a value that fits"))
        return Finding(f"{impact}{GIVEN} {given.words}", risk=risk)
    if decision.existing == "blank" and loses:
        if decision.required:
            remedy = "it is required: give `backfill:`, or drop `required`"
            return Finding(impact, Block(undecided.code, impact, remedy))
        return Finding(f"{impact}{EMPTIED}", risk=risk)
    return Finding(impact, undecided)


@find.register
def _new_filled(check: NewFilled, connection: Connection, models: Models) -> Finding:
    if check.is_prepared:  # what all rows said is known
        return Finding("prepared")
    total, _ = _count(connection, models, check.entity, sa.true())
    if not total:
        return Finding()
    if check.given.wrong:
        reason = f"`backfill` {check.given.wrong}"
        return Finding(reason, Block("PLN532", reason, "write a value that fits"))
    return Finding(f"{counted(total, 'row')} get {check.given.words}")


@find.register
def _new_required(check: NewRequired, connection: Connection, models: Models) -> Finding:
    total, _ = _count(connection, models, check.entity, sa.true())
    if not total:
        return Finding()
    if check.has_default:
        return Finding(f"default for {counted(total, 'row')}")
    reason = f"{counted(total, 'row')} would be empty"
    return Finding(reason, Block("PLN521", reason, "give a `default`, or add the field without `required` and fill it"))


@find.register
def _begun(check: Begun, connection: Connection, models: Models) -> Finding:
    total, _ = _count(connection, models, check.entity, sa.true())
    return Finding(f"{counted(total, 'row')} begin in {check.stage}") if total else Finding()


@find.register
def _chosen(check: Chosen, connection: Connection, models: Models) -> Finding:
    back = rows_back(connection, models, check.back, check.option)
    count, spared = -len(back), frozenset(back)
    ids: list[int] = []
    for holder in check.fields:
        column = value_column(models, holder)
        row = row_column(column.table)
        count += connection.execute(sa.select(sa.func.count(row)).where(column == check.option)).scalar_one()
        some = sa.select(row).where(column == check.option).order_by(row).limit(SAMPLES + len(back))
        ids += [each for each in connection.execute(some).scalars() if each not in spared]
    if not count:
        return Finding()
    if check.may:
        return Finding(f"kept by {counted(count, 'row')}")
    reason = f"held by {counted(count, 'row')}: ids {', '.join(map(str, ids[:SAMPLES]))}"
    return Finding(reason, Block("PLN524", reason, _KEEP_OPTION))


@find.register
def _held(check: Held, connection: Connection, models: Models) -> Finding:
    """The rows still have the old name."""
    count = sum(_count_holders(connection, models, each, check.old) for each in check.holders)
    return Finding(counted(count, "row"), risk="slow") if count else Finding()


def _count_holders(connection: Connection, models: Models, holder: tuple[str, ...], value: str) -> int:
    column = value_column(models, holder)
    query = sa.select(sa.func.count()).select_from(column.table).where(column == value)
    return int(connection.execute(query).scalar_one())


@find.register
def _rows(check: Rows, connection: Connection, models: Models) -> Finding:
    total = connection.execute(sa.select(sa.func.count()).select_from(models.tables[check.entity])).scalar_one()
    return Finding(counted(total, "row"), risk="slow") if total else Finding()


@find.register
def _agreed(check: Agreed, connection: Connection, models: Models) -> Finding:
    """Nobody's yes is changed: what he agreed to, if that is known, is kept beside it."""
    c = models.tables[check.entity].c
    count = _count_where(connection, models, check.entity, c.deleted_at.is_(None), c[check.field].is_(True))
    if not count:
        return Finding()
    verb = "agrees" if count == 1 else "agree"
    to = "to the earlier wording" if check.reworded else "without a record of when and to what"
    return Finding(f"{counted(count, 'row')} {verb} {to}")


@find.register
def _worked_out(check: WorkedOut, connection: Connection, models: Models) -> Finding:
    """What people entered can't be worked out again once it is replaced."""
    alive = models.tables[check.entity].c.deleted_at.is_(None)
    total = _count_where(connection, models, check.entity, alive)
    if not total:
        return Finding()
    impact = f"fills {counted(total, 'row')}"
    entered = _count_where(connection, models, check.entity, alive, _is_entered(models, check)) if check.entered else 0
    if entered:
        verb = "holds" if entered == 1 else "hold"
        a_field = models.catalog.get_field(check.entity, check.field)
        told = "only a rollback gives back" if may_be_kept(a_field) else "is lost"
        return Finding(f"{impact}; {entered:,} of them {verb}{ENTERED}{told}", risk="destructive")
    return Finding(impact, risk="slow")


def _is_entered(models: Models, check: WorkedOut) -> ColumnElement[bool]:
    column = models.tables[check.entity].c[check.field]
    return column.is_(True) if isinstance(column.type, sa.Boolean) else column.is_not(None)


@find.register
def _overruled(check: Overruled, connection: Connection, models: Models) -> Finding:
    at = models.tables[check.entity].c[OverrideColumns(check.field).at]
    count = _count_where(connection, models, check.entity, at.is_not(None))
    if not count:
        return Finding()
    ids = connection.execute(
        sa.select(models.tables[check.entity].c.id).where(at.is_not(None)).order_by("id").limit(SAMPLES)
    )
    impact = f"{counted(count, 'row')} overruled: ids {', '.join(str(each) for each in ids.scalars())}"
    return Finding(impact, Block("PLN528", impact, "withdraw these overrides first, or keep `override: true`"))


def _count_where(connection: Connection, models: Models, entity: str, *conditions: ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(models.tables[entity]).where(*conditions)
    found: int = connection.execute(query).scalar_one()
    return found


@find.register
def _reach(check: Reach, connection: Connection, models: Models) -> Finding:
    users = count_of_users(connection, check.role)
    found = reached(check, connection, models) if users else None
    if found is None or not (found.gaining or found.losing):
        return Finding(counted(users, "user")) if users else Finding()
    said = [
        f"{counted(people, 'user')} {verb if people > 1 else verb + 's'} {counted(records, 'record')}"
        for verb, people, records in (("gain", found.gaining, found.gained), ("lose", found.losing, found.lost))
        if people
    ]
    return Finding("; ".join(said))


@find.register
def _holders(check: Holders, connection: Connection, models: Models) -> Finding:
    del models
    count = count_of_users(connection, check.role)
    if not count:
        return Finding()
    users = counted(count, "user")
    return Finding(f"taken from {users}", risk="destructive") if check.lost else Finding(users)


@find.register
def _placed(check: Placed, connection: Connection, models: Models) -> Finding:
    del models
    said = []
    for verb, places in (("gain", check.gaining), ("lose", check.losing)):
        held = (record_team.c.entity == check.entity, record_team.c.position.in_(places))
        counts = sa.func.count(sa.distinct(record_team.c.user_id)), sa.func.count(sa.distinct(record_team.c.record))
        people, records = connection.execute(sa.select(*counts).where(*held)).one() if places else (0, 0)
        if people:
            said.append(
                f"{counted(people, 'user')} {verb if people > 1 else verb + 's'} on {counted(records, 'record')}"
            )
    return Finding("; ".join(said))


def _count(connection: Connection, models: Models, entity: str, condition: ColumnElement[bool]) -> tuple[int, int]:
    """Rows that are not in the bin: those that meet the condition, and all."""
    table = models.tables[entity]
    hits = sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
    query = sa.select(hits, sa.func.count()).select_from(table).where(table.c.deleted_at.is_(None))
    found, total = connection.execute(query).one()
    return int(found), total
