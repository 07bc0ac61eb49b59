"""Back to an earlier revision: a plan to its pack as it was, with what was removed or overwritten since brought back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Engine

from app.plan.check import EMPTIED, ENTERED, GIVEN
from app.plan.migrate import version
from app.plan.overwritten import FIRST_VERSION, kept_places
from app.plan.planning import plan_for
from app.plan.revision import AppliedRevision, NothingApplied, history, load_revision, reading
from app.plan.step import Kind
from app.plan.tombstone import place_of, place_of_own

if TYPE_CHECKING:
    from app.loading import Loaded
    from app.plan.plan import Plan


_MERGES = frozenset({Kind.MERGE_OPTION.name.lower(), Kind.MERGE_STAGE.name.lower()})
_GIVE_BACK = Kind.GIVE_BACK.name.lower()
_WRITTEN = (GIVEN, EMPTIED, " is emptied in ", ENTERED)
_COMPUTED = Kind.CHANGE_FIELD.name.lower()
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
    return loaded, replace(plan_for(engine, loaded, then.number), notes=tuple(_lost(engine, then)))


def _lost(engine: Engine, then: AppliedRevision) -> Iterator[str]:
    """What was purged since; what was merged, and what rows were given or lost because they did not fit, where nothing is kept of
    it: it was encrypted, its time is over, or an earlier program did it.
    """
    entries = [each for each in reversed(history(engine)) if each.number > then.number]
    kept = _kept(engine, then.number)
    back = {each["detail"] for entry in entries for each in entry.steps if each["kind"] == _GIVE_BACK}
    for entry in entries:
        is_back = any(str(entry.number) in re.findall(r"\d+", each) for each in back)
        for step in entry.steps:
            target, impact = step["target"], step["impact"]
            if step["kind"] == Kind.PURGE.name.lower() and _was_there(then, target):
                yield f"note: {target} was purged in revision {entry.number} and does not come back: {impact}"
            if is_back or not _overwrites(step):
                continue
            if step["kind"] in _MERGES and not any(entry.number in each for each in kept.values()):
                yield f"note: {target} was merged {step['detail']} in revision {entry.number}; that stays: {impact}"
            if step["kind"] in _STRICTER and not _is_kept(engine, kept, entry.number, target):
                yield f"note: {target} became stricter in revision {entry.number}; that stays: {impact}"
            if step["kind"] == _COMPUTED and ENTERED in impact and not _is_kept(engine, kept, entry.number, target):
                yield f"note: {target} got a formula in revision {entry.number}; what it gave stays: {impact}"


def _overwrites(step: Mapping[str, Any]) -> bool:
    return bool(step["impact"]) and (step["kind"] in _MERGES or any(each in step["impact"] for each in _WRITTEN))


def _kept(engine: Engine, number: int) -> Mapping[str, Sequence[int]]:
    with reading(engine) as connection:
        framework = version(connection)
        return kept_places(connection, number) if framework is not None and framework >= FIRST_VERSION else {}


def _is_kept(engine: Engine, kept: Mapping[str, Sequence[int]], number: int, target: str) -> bool:
    """Whether anything is kept of what was overwritten in a field in that revision; of a key of several, in one of its entity."""
    if not any(number in each for each in kept.values()):
        return False
    revision = load_revision(engine, number)
    entity, key, *own = target.split(".")
    if key not in revision.catalog.entities[entity].fields:
        return True
    place = place_of(revision.catalog, revision.names, entity, key)
    place = place_of_own(revision.names, entity, key, own[0]) if own else place
    return number in kept.get(place, ())


def _was_there(then: AppliedRevision, name: str) -> bool:
    entity, _, field = name.partition(".")
    found = then.catalog.entities.get(entity)
    return found is not None and (not field or field in found.fields)
