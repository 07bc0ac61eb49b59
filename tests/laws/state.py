"""What a database holds: every column of every table of entities, and every value of every field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.definition import Field
from app.orm.engine import PLAN, UNIT
from app.orm.framework import search_row
from app.orm.many import many_key
from app.orm.models import ENTITY_SUFFIX, FOLD_SUFFIX, SORT_SUFFIX, Models
from app.orm.sort_key import sort_key
from app.orm.store import Store
from app.plan import Plan, open_store
from app.plan.backfill import reindex
from app.plan.schema import source_of
from app.plan.step import Kind, Step
from app.record.recompute import computed_places, find_drift

Cells = Mapping[Any, Any]
MARK = "changed_seq"


@dataclass(frozen=True)
class Held:
    """By table and physical column the value of each row; of the table of a list all that a record has in it."""

    columns: Mapping[tuple[str, str], Cells]


def held(engine: Engine) -> Held:
    """All that there is, hidden or not."""
    found: dict[tuple[str, str], dict[Any, Any]] = {}
    with engine.connect() as connection:
        for table in (name for name in sa.inspect(connection).get_table_names() if name.startswith("crm_")):
            rows = connection.execute(sa.text(f'SELECT * FROM "{table}"'))  # noqa: S608 - a table of ours
            names = list(rows.keys())
            for name in names:
                found[table, name] = {}
            for row in rows:
                values = dict(zip(names, row, strict=True))
                if "id" in values:
                    for name in names:
                        found[table, name][values["id"]] = values[name]
                else:
                    told = {k: str(v) for k, v in values.items() if k != MARK and v is not None}
                    link = tuple(sorted(told.items()))
                    before = found[table, "record"].get(values["record"], ())
                    found[table, "record"][values["record"]] = tuple(sorted((*before, link)))
    return Held(found)


def values_of(engine: Engine) -> dict[str, Cells]:
    """The values of each field, as the catalog calls it."""
    models = open_store(engine).models
    found: dict[str, dict[int, Any]] = {}
    with engine.connect() as connection:
        for entity, whole in models.catalog.entities.items():
            c = models.tables[entity].c
            for key, a_field in whole.fields.items():
                if a_field.is_list:
                    found[f"{entity}.{key}"] = _lists(connection, models, entity, key)
                    continue
                names = [each for each in (key, key + ENTITY_SUFFIX) if each in c]
                rows = connection.execute(sa.select(c.id, *(c[name] for name in names)))
                found[f"{entity}.{key}"] = {row[0]: tuple(row[1:]) for row in rows}
    return found


def _lists(connection: Connection, models: Models, entity: str, key: str) -> dict[int, Any]:
    """Each in its order, whatever the numbers of the places."""
    table = models.many[many_key(entity, key)].table
    names = [each.key for each in table.columns if each.key not in {"record", "position", MARK}]
    found: dict[int, Any] = {}
    query = sa.select(table.c.record, *(table.c[name] for name in names))
    for record, *values in connection.execute(query.order_by(table.c.record, table.c.position)):
        found[record] = (*found.get(record, ()), tuple(values))
    return found


_IDS = re.compile(r"ids [\d, …and]+|values? of \S+|→ .*|until \S+")
_COUNT = re.compile(r"(?<![\w.-])\d[\d,]*(?![\w.-]*\w)")
_LOSSY = re.compile(r"they get|emptied|become|lost|begin in|default for|rows? get|fills|loses?")
_MENDED = re.compile(r"they (?:get|are emptied)")
"""What becomes of rows that a step would refuse, where it says so."""
_GIVEN_BACK = "which only a rollback gives back"
_KEPT = frozenset({Kind.REQUIRE, Kind.TIGHTEN, Kind.ADD_KEY, Kind.MERGE_OPTION, Kind.MERGE_STAGE, Kind.CHANGE_OPTION})
"""What overwrites values that are kept beside, unless they are encrypted."""
_READ_ONLY = frozenset(
    {Kind.GRANT, Kind.ADD_ROLE, Kind.REMOVE_ROLE, Kind.CHANGE_ROLE, Kind.REMOVE_FIELD, Kind.REMOVE_ENTITY}
)


def told_of(step: Step) -> int:
    """In how many rows a step says that it changes values."""
    if (
        step.kind in _READ_ONLY
        or "(grandfathered)" in step.impact
        or "kept by" in step.impact
        or ("would " in step.impact and not _MENDED.search(step.impact))
    ):
        return 0
    numbers = [int(each.replace(",", "")) for each in _COUNT.findall(_IDS.sub("", step.impact))]
    if step.kind in {Kind.REQUIRE, Kind.TIGHTEN} or "would " in step.impact:
        return numbers[0] if numbers else 0
    if step.kind in {Kind.RESTORE_FIELD, Kind.RESTORE_ENTITY}:
        skipped = 1 if step.kind is Kind.RESTORE_ENTITY else 2
        return sum(numbers[skipped:])
    return max(numbers, default=0)


def told(plan: Plan, models: Models) -> dict[str, list[Step]]:
    """The steps that speak of each field of the next catalog, and of each entity."""
    catalog = models.catalog
    found: dict[str, list[Step]] = {}
    for step in plan.steps:
        for name in {*_fields_of(step, models), step.target.partition(".")[0]}:
            found.setdefault(name, []).append(step)
        if step.target.partition(".")[0] in catalog.picklists:
            for entity in {each.partition(".")[0] for each in _fields_of(step, models)}:
                found.setdefault(entity, []).append(step)
    return found


def _fields_of(step: Step, models: Models) -> Iterator[str]:
    first, _, rest = step.target.partition(".")
    second = rest.partition(".")[0]
    entity = models.catalog.entities.get(first)
    if entity is not None and second in entity.fields:
        yield f"{first}.{second}"
    if entity is not None and second in entity.pipelines:
        yield f"{first}.{entity.pipelines[second].field}"
    if step.kind is Kind.RESTORE_ENTITY and entity is not None:
        yield from (f"{first}.{key}" for key in entity.fields)
    if first in models.catalog.picklists:
        for key, each in models.catalog.entities.items():
            yield from (f"{key}.{name}" for name, a_field in each.fields.items() if first in _lists_of(a_field))


def _lists_of(a_field: Field) -> set[object]:
    """The shared picklists of a field and of what its links say."""
    return {each.options for each in (a_field, *a_field.link_fields.values()) if isinstance(each.options, str)}


def may_change(steps: Iterable[Step]) -> int:
    """In how many rows they say that they change values."""
    return sum(map(told_of, steps))


def loses(steps: Iterable[Step], *, encrypted: bool = False) -> bool:
    """Whether one of them changes values for good."""
    return any(
        _LOSSY.search(step.impact)
        for step in steps
        if encrypted or (step.kind not in _KEPT and _GIVEN_BACK not in step.impact)
    )


def may_be_lost(plan: Plan, models: Models) -> Callable[[str], bool]:
    """Whether a plan changes values of a field, `entity.field` of the next catalog, for good: by a step that speaks of it, or by one
    that speaks of no field. What is computed follows all.
    """
    spoken: dict[str, list[Step]] = {}
    general: list[Step] = []
    for step in plan.steps:
        names = [*_fields_of(step, models)]
        for name in names:
            spoken.setdefault(name, []).append(step)
        general += [] if names else [step]

    def lost(name: str) -> bool:
        entity, _, key = name.partition(".")
        whole = models.catalog.entities.get(entity)
        a_field = whole.fields.get(key) if whole is not None else None
        if a_field is None or a_field.is_computed:
            return loses(plan.steps)
        return loses([*general, *spoken.get(name, [])], encrypted=a_field.encrypted)

    return lost


def owners(models: Models) -> dict[tuple[str, str], str]:
    """The field that each physical column belongs to, with those beside it; a list is all of its table."""
    found: dict[tuple[str, str], str] = {}
    for entity, whole in models.catalog.entities.items():
        table = models.tables[entity]
        for column in table.columns:
            key = column.key.split("__", 1)[0]
            if key in whole.fields:
                found[table.name, column.name] = f"{entity}.{key}"
        for key, a_field in whole.fields.items():
            if a_field.is_list:
                found[models.many[many_key(entity, key)].table.name, "record"] = f"{entity}.{key}"
    return found


def check_derived(engine: Engine) -> None:
    """Sort keys, folded forms, search rows and computed values are what they follow from."""
    store = open_store(engine)
    models = store.models
    with engine.connect() as connection:
        for entity, table in models.tables.items():
            derived = [each for each in table.columns if each.key.endswith((SORT_SUFFIX, FOLD_SUFFIX))]
            for column in derived:
                make = sort_key if column.key.endswith(SORT_SUFFIX) else str.casefold
                source = table.c[source_of(column)]
                for row, value, key in connection.execute(sa.select(table.c.id, source, column)):
                    assert key == (make(value) if value is not None else None), (
                        f"{entity}.{column.key} of {row}: {key!r}"
                    )
    _check_search(engine, models)
    drift = find_drift(store, computed_places(store.catalog))
    assert not drift, f"computed values differ: {drift}"


def _check_search(engine: Engine, models: Models) -> None:
    with engine.execution_options(**{UNIT: PLAN}).connect() as connection, connection.begin() as transaction:
        columns = [each for each in search_row.columns if each.name not in {"id", "rowid", MARK}]

        def rows() -> list[str]:
            return sorted(str(tuple(row)) for row in connection.execute(sa.select(*columns)))

        there = rows()
        for entity in models.tables:
            reindex(connection, models, entity)
        assert rows() == there, "search rows differ from what they follow from"
        transaction.rollback()


def store_of(engine: Engine) -> Store:
    """The store of what is applied."""
    return open_store(engine)
