"""What comes back from its tombstone: its values are there, and asked as those of any field that becomes stricter."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Field
from app.plan.compare_fields import field_steps
from app.plan.defaults import first_stage
from app.plan.pair import Pair
from app.plan.question import Chosen, Restored
from app.plan.step import Kind, Step


def restored_entity_step(pair: Pair, entity: str) -> Step:
    """The step of an entity that comes back. What else differs from how it was has steps of its own."""
    fields = pair.before.entities[entity].fields
    hidden = frozenset(fields).difference(pair.after.entities[entity].fields)
    computed = any(each.is_computed for each in pair.after.entities[entity].fields.values())
    check = Restored(entity, None, tuple(_choices(pair, entity, list(fields))), hidden=hidden, computed=computed)
    return pair.step(Kind.RESTORE_ENTITY, entity, "entities", entity, check=check)


def restored_field_steps(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    """The step of a field that comes back, and those of what has become stricter."""
    begins = first_stage(pair.after.entities[entity], now.key)
    check = Restored(entity, now.key, tuple(_choices(pair, entity, [now.key])), begins, computed=now.is_computed)
    yield pair.step(
        Kind.RESTORE_FIELD, f"{entity}.{now.key}", "entities", entity, "fields", now.key, detail=now.type, check=check
    )
    for step in field_steps(pair, entity, was, now):
        if step.blocks or (step.check is not None and not isinstance(step.check, Chosen)):
            yield step


def _choices(pair: Pair, entity: str, keys: list[str]) -> Iterator[tuple[str, frozenset[str]]]:
    now = pair.after.entities[entity].fields
    for key in keys:
        if key in now and now[key].holds in {"option", "options"}:
            yield key, frozenset(pair.after.choices(entity, key))
