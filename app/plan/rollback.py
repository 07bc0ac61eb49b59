"""Back to an earlier revision: a plan to its pack as it was, with what was removed since brought back by its tombstones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy.engine import Engine

from app.plan.check import EMPTIED, GIVEN
from app.plan.planning import plan_for
from app.plan.revision import AppliedRevision, NothingApplied, history, load_revision
from app.plan.step import Kind

if TYPE_CHECKING:
    from app.loading import Loaded
    from app.plan.plan import Plan


_MERGES = frozenset({Kind.MERGE_OPTION.name.lower(), Kind.MERGE_STAGE.name.lower()})
_STRICTER = frozenset({Kind.REQUIRE.name.lower(), Kind.TIGHTEN.name.lower(), Kind.ADD_KEY.name.lower()})


def revision_before(engine: Engine, number: int | None = None) -> AppliedRevision:
    """The revision to go back to: that of the number, else the newest with another catalog than the one that is applied.
    Raises NothingApplied.
    """
    if number is None:
        entries = history(engine)
        others = [each.number for each in entries if each.catalog_hash != entries[0].catalog_hash]
        if not others:
            raise NothingApplied("there is no earlier revision to go back to")
        number = others[0]
    return load_revision(engine, number)


def rollback_plan(engine: Engine, then: AppliedRevision) -> tuple[Loaded, Plan]:
    """The pack of a revision, and the plan to it. Carried out as any other, by `apply_plan`."""
    from app.loading import loaded_from_snapshot

    loaded = loaded_from_snapshot(then.snapshot)
    return loaded, replace(plan_for(engine, loaded, then.number), notes=tuple(_not_taken_apart(engine, then)))


def _not_taken_apart(engine: Engine, then: AppliedRevision) -> Iterator[str]:
    """What was merged since, for which rows held which option is not known any more; what rows were given, or lost, because they did
    not fit; and what was purged.
    """
    for entry in reversed(history(engine)):
        for step in entry.steps if entry.number > then.number else ():
            if step["kind"] == Kind.PURGE.name.lower() and _was_there(then, step["target"]):
                yield f"note: {step['target']} was purged in revision {entry.number} and does not come back: {step['impact']}"
            if step["kind"] in _MERGES and step["impact"]:
                yield f"note: {step['target']} was merged {step['detail']} in revision {entry.number}; that stays: {step['impact']}"
            if step["kind"] in _STRICTER and (GIVEN in step["impact"] or EMPTIED in step["impact"]):
                yield f"note: {step['target']} became stricter in revision {entry.number}; that stays: {step['impact']}"


def _was_there(then: AppliedRevision, name: str) -> bool:
    entity, _, field = name.partition(".")
    found = then.catalog.entities.get(entity)
    return found is not None and (not field or field in found.fields)
