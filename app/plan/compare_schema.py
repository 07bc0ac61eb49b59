"""Steps that follow from the tables and the search index rather than from one line of YAML."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from app.orm.models import BLIND_SUFFIX, FOLD_SUFFIX, SORT_SUFFIX, Models
from app.orm.search import searched_columns
from app.plan.pair import Pair
from app.plan.question import Rows
from app.plan.retype import retypes
from app.plan.schema import SchemaChange, source_of
from app.plan.step import Kind, Step

_DERIVED = {SORT_SUFFIX: "sort key", FOLD_SUFFIX: "folded form", BLIND_SUFFIX: "digest of encrypted values"}


def schema_steps(pair: Pair, change: SchemaChange, new: Models) -> Iterator[Step]:
    """Indexes that come and go, and stored sort keys that must be computed. Keys have steps of their own."""
    fresh = {(column.table.name, column.name) for column in change.columns}
    for column in change.derived_columns:
        entity, field = new.entity_of_table[column.table.name], source_of(column)
        if (column.table.name, new.names[f"{entity}.{field}"]) not in fresh:
            path = ("entities", entity, "fields", field)
            detail = next(each for suffix, each in _DERIVED.items() if column.key.endswith(suffix))
            yield pair.step(Kind.FILL, f"{entity}.{field}", *path, detail=detail, check=Rows(entity))
    for index in change.indexes:
        if not index.unique and not any((column.table.name, column.name) in fresh for column in index.columns):
            yield _index_step(pair, Kind.ADD_INDEX, index, new)
    for index in change.dropped_indexes:
        if not index.unique and not _is_left(index, new):
            yield _index_step(pair, Kind.REMOVE_INDEX, index, new)


def search_steps(pair: Pair) -> Iterator[Step]:
    """Entities whose searchable words must be grouped anew."""
    for entity in reindexed_entities(pair):
        yield pair.step(Kind.SEARCH, entity, "entities", entity, check=Rows(entity))


def reindexed_entities(pair: Pair) -> tuple[str, ...]:
    """The entities of both catalogs whose audiences, or the texts that they read, differ."""
    common = [entity for entity in pair.after.entities if entity in pair.before.entities]
    moved = {each.entity for each in retypes(pair) if each.now.searchable}
    return tuple(
        each
        for each in common
        if each in moved or searched_columns(pair.before, each) != searched_columns(pair.after, each)
    )


def _is_left(index: sa.Index, new: Models) -> bool:
    """Whether it goes with the place that a field has left, which is no step of its own."""
    assert index.table is not None
    key = new.entity_of_table[index.table.name]
    if key not in new.tables:
        return False
    there = {column.name for column in new.tables[key].columns}
    return any(column.name not in there and column.key in new.tables[key].c for column in index.columns)


def _index_step(pair: Pair, kind: Kind, index: sa.Index, new: Models) -> Step:
    assert index.table is not None
    entity, _, of_list = new.entity_of_table[index.table.name].partition(".")
    columns = [column.key for column in index.columns if column.key != "id"]
    field = of_list or columns[0].split("__", 1)[0]
    return pair.step(kind, f"{entity}.{field}", "entities", entity, "fields", field, detail=", ".join(columns))
