"""What a record says of computed values that a person overrules: who, when, why, and what would be computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, field_rights, models_of
from app.frozen import dataclass
from app.insight.labels import labels
from app.insight.query import Reference
from app.insight.wire import value_to_wire
from app.orm.overrides import OverrideColumns, overrides_of


@dataclass(frozen=True)
class Overridden:
    """Since `at` another value counts than the computed one, for `reason`. `by` is None where it was the system.

    `computed` is as rows show it; of money in several currencies the company's value.
    """

    computed: object
    by: Reference | None
    at: dt.datetime
    reason: str


def overridden(session: Session, actor: Actor, entity: str, record: int) -> Mapping[str, Overridden]:
    """By field, as far as the actor reads it in clear; none where he may not read the record. At most two statements, and
    none for an entity without such fields.
    """
    models = models_of(session)
    clear = field_rights(models.catalog, actor, entity).clear
    every = [each for key, each in overrides_of(models.catalog.entities[entity]).items() if key in clear]
    if not every:
        return {}
    a_class = models.classes[entity]
    wanted = [getattr(a_class, column) for each in every for column in each.every]
    found = session.execute(sa.select(*wanted).where(a_class.id == record)).mappings().first()
    active = [each for each in every if found is not None and found[each.at] is not None]
    return _shown(session, entity, active, dict(found)) if found is not None and active else {}


def _shown(
    session: Session, entity: str, active: Sequence[OverrideColumns], found: Mapping[str, Any]
) -> dict[str, Overridden]:
    fields = models_of(session).catalog.entities[entity].fields
    pointed = [("user", found[each.by]) for each in active]
    pointed += [(target, found[each.computed]) for each in active if (target := fields[each.key].target)]
    wanted: dict[str, set[int]] = {}
    for target, record in pointed:
        if record is not None:
            wanted.setdefault(target, set()).add(record)
    names = labels(session, wanted) if wanted else {}

    def reference(target: str | None, record: Any) -> Any:
        return None if record is None else Reference(str(target), record, names.get((str(target), record)))

    shown = {}
    for each in active:
        target, value = fields[each.key].target, found[each.computed]
        computed = reference(target, value) if target else value
        shown[each.key] = Overridden(
            computed, reference("user", found[each.by]), found[each.at], found[each.reason] or ""
        )
    return shown


def override_to_wire(found: Overridden) -> dict[str, Any]:
    """What a program is told of it."""
    parts = {"computed": found.computed, "by": found.by, "at": found.at, "reason": found.reason}
    return {key: value_to_wire(each) for key, each in parts.items()}
