"""Between a plan and its switch: what of it is prepared, and how the switch takes that up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from app.definition import Catalog
from app.expression.graph import Place
from app.frozen import dataclass
from app.plan.migrate import head
from app.plan.plan import Plan
from app.plan.planning import Situation, look_around, make_plan
from app.plan.prepare import is_large
from app.plan.prepared import parts_of, read_prepared
from app.plan.preparing import Change, Preparing, find_preparing
from app.plan.question import Prepares
from app.plan.schema import SchemaChange
from app.plan.step import Step


@dataclass(frozen=True)
class Ahead:
    """What is prepared for a plan, and its steps as all rows were asked. `framework` is the version of its tables."""

    framework: str | None
    preparing: tuple[Preparing, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def places(self) -> frozenset[Place]:
        """The fields that are prepared."""
        return frozenset(filling.place for each in self.preparing for filling in each.fillings)

    def complete(self, plan: Plan) -> Plan:
        """A plan for which rows were asked alone that changed since they were prepared, with what all of them said."""
        known = {step.identity: step for step in self.steps if _place(step) in self.places}
        return replace(plan, steps=tuple(_complete(each, known.get(each.identity)) for each in plan.steps))


def _place(step: Step) -> Place | None:
    return step.check.place if isinstance(step.check, Prepares) else None


def _complete(step: Step, known: Step | None) -> Step:
    if known is None or step.blocks:
        return step
    return replace(step, impact=known.impact, risk=step.risk if step.risk == "destructive" else known.risk)


def look_ahead(connection: Connection, after: Catalog, plan: Plan, allowed: Collection[str]) -> Ahead:
    """What is prepared for a plan: nothing where it is refused, or the framework's tables are of another version."""
    situation = look_around(connection, after, plan.back_to)
    nothing = Ahead(situation.framework)
    if situation.before is None or situation.framework != head() or not situation.is_new_catalog:
        return nothing
    steps = tuple(plan.steps or make_plan(connection, situation).steps)
    if any(step.blocks or (step.risk == "destructive" and step.name not in allowed) for step in steps):
        return nothing
    found = _find(situation, steps, connection.dialect)
    return replace(nothing, preparing=tuple(each for each in found if is_large(connection, each)), steps=steps)


def _find(situation: Situation, steps: tuple[Step, ...], dialect: Dialect) -> list[Preparing]:
    applied, before = situation.applied, situation.before
    assert applied is not None
    assert before is not None
    renamed: list[str] = []
    if situation.renaming is not None:
        if situation.renaming.renames.picklists:
            return []  # of lists that several fields may share
        renamed = list(situation.renaming.renames.values)
    back = situation.back.parts if situation.back else ()
    change = Change(f"{applied.number} {applied.catalog.hash} {situation.after.hash}", dialect)
    return list(find_preparing(before, situation.new, steps, back, renamed, change))


def keep_to_oneself(connection: Connection, preparing: Collection[Preparing]) -> None:
    """From now on nobody else changes what was prepared: rows that changed until then are done in the switch."""
    if connection.dialect.name == "postgresql":
        for each in preparing:
            connection.execute(sa.text(f"LOCK TABLE {each.before.name} IN ACCESS EXCLUSIVE MODE"))


def without_prepared(connection: Connection, change: SchemaChange) -> SchemaChange:
    """The change without the columns that are there already."""
    there = parts_of(read_prepared(connection, head()))
    return replace(
        change, columns=tuple(each for each in change.columns if f"{each.table.name}.{each.name}" not in there)
    )
