"""What links say, looked at by other means than a plan's: those that fitted say the same, the others what a formula gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.definition import Field
from app.orm.many import OWN_PREFIX, RECORD, VALUE, many_key
from app.orm.store import Store
from app.plan import Plan
from app.plan.step import Kind

Said = Mapping[tuple[str, str], Mapping[tuple[int, int], Mapping[str, Any]]]
"""By entity and field what each link says, a link by its record and what it leads to."""
Row = Mapping[str, Any]
_GIVEN: Mapping[str, tuple[tuple[str, ...], Callable[[Row, Row, Row], Any]]] = {
    'concat("of ", left(record.name, 3))': (("name",), lambda _link, record, _: f"of {record['name'][:3]}"),
    "left(target.name, 2)": (("name",), lambda _link, _, target: target["name"][:2]),
    "left(word, 1)": ((), lambda link, _record, _: (link["word"] or "")[:1] or None),
    "len(record.name)": (("name",), lambda _link, record, _: len(record["name"])),
    "target.size": (("size",), lambda _link, _, target: target["size"]),
}
"""What these formulas read of the ends, and what they give."""
_COUNTED = re.compile(r"^(\d+) of (\d+) links do")


def said(store: Store) -> Said:
    """What the links of all fields say that lead to one entity."""
    models = store.models
    found: dict[tuple[str, str], dict[tuple[int, int], dict[str, Any]]] = {}
    with store.system_reading() as connection:
        for entity, whole in models.catalog.entities.items():
            for key, a_field in whole.fields.items():
                if a_field.link_fields and len(a_field.targets) == 1:
                    c = models.many[many_key(entity, key)].table.c
                    rows = connection.execute(
                        sa.select(c[RECORD], c[VALUE], *(c[OWN_PREFIX + own] for own in a_field.link_fields))
                    )
                    found[entity, key] = {
                        (record, to): dict(zip(a_field.link_fields, held, strict=True)) for record, to, *held in rows
                    }
    return found


def check_given(store: Store, plan: Plan, before: Said, after: Said) -> int:
    """Of limits that a formula mends: as many links changed as were told, each to what the formula gives. Returns how many."""
    given = 0
    for step in plan.steps:
        formula = re.search(r"they get what `(.*)` gives$", step.impact)
        entity, _, rest = step.target.partition(".")
        key, _, own = rest.partition(".")
        if (
            step.kind is not Kind.TIGHTEN
            or formula is None
            or formula[1] not in _GIVEN
            or own not in _own(before, entity, key)
        ):
            continue
        reads, work_out = _GIVEN[formula[1]]
        others = {each.target for each in plan.steps if each is not step and each.impact}
        target = store.catalog.get_field(entity, key).targets[0]
        ends = {f"{one}.{read}" for one in (entity, target) for read in reads}
        if others & {*ends, f"{entity}.{key}.{own}", f"{entity}.{key}.word"}:
            continue
        limit = store.catalog.get_field(entity, key).own_fields[own]
        changed = 0
        for link, held in before[entity, key].items():
            now = after[entity, key][link][own]
            if _fits(held[own], limit, step.path[-1]):
                assert now == held[own], f"{step.target}: {link} fitted, and was changed to {now!r}"
                continue
            changed += 1
            record, other = _row(store, entity, link[0], reads), _row(store, target, link[1], reads)
            if "name" in reads and None in {record["name"], other["name"]}:
                continue
            wanted = work_out(held, record, other)
            assert now == wanted, f"{step.target}: {link} says {now!r} instead of {wanted!r}"
        counted = _COUNTED.match(step.impact)
        assert counted is not None
        assert int(counted[1]) == changed, f"{step.impact}, and {changed} were changed"
        given += changed
    return given


def _own(before: Said, entity: str, key: str) -> set[str]:
    return {own for each in before.get((entity, key), {}).values() for own in each}


def _fits(value: Any, a_field: Field, limit: str) -> bool:
    if value is None:
        return True
    if limit == "max_length":
        return len(value) <= a_field.length_limit
    most = Decimal(str(getattr(a_field, limit)))
    return bool(value >= most if limit == "min" else value <= most)


def _row(store: Store, entity: str, row: int, reads: tuple[str, ...]) -> Row:
    table = store.models.tables[entity]
    with store.system_reading() as connection:
        found = connection.execute(sa.select(*(table.c[key] for key in ("id", *reads))).where(table.c.id == row))
        return dict(zip(("id", *reads), found.one(), strict=True))
