"""What expressions read beyond a row's own columns, gathered for a whole batch and put into its rows under the keys that
expressions read: fields of other records through lookups, lists, aggregates, and what is known of the acting person.

These are facts of the record, whatever the actor may read; he never learns more of them than what is decided by them. A
lookup that he can't choose is followed nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import field
from typing import Any

from app.definition import Catalog
from app.expression import Aggregate, Checked
from app.expression.graph import graph_of
from app.expression.steps import lookup_of
from app.frozen import dataclass
from app.record.aggregates import add_aggregates
from app.record.batch import Batch, PartRow, Row
from app.record.many import complete_lists
from app.record.paths import Hold, Step, Way, complete_wholes, follow, pointed, read_records, take, ways_of
from app.record.unit import Unit


@dataclass(frozen=True)
class Needs:
    """What a set of expressions about one entity reads. `before` are the ways that are also followed from the record as it
    was, `user` fields of the acting person.
    """

    ways: Mapping[str, Way] = field(default_factory=dict)
    before: Mapping[str, Way] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    user: frozenset[str] = frozenset()


def needs_of(
    catalog: Catalog, entity: str, expressions: Iterable[Checked], judging_before: Iterable[Checked] = ()
) -> Needs:
    """What expressions read; those `judging_before` are evaluated on records as they were, too."""
    before = list(judging_before)
    every = [*expressions, *before]
    fields = {key for each in every for key in each.fields}
    known = catalog.entities[entity].fields
    aggregates = {each.key: each for one in every for each in one.aggregates}
    return Needs(
        ways_of(catalog, entity, {key for each in every for key in each.paths}),
        ways_of(catalog, entity, {key for each in before for key in each.paths}),
        tuple(sorted(key for key in fields if key in known and known[key].is_list)),
        tuple(aggregates.values()),
        frozenset(key for each in every for key in each.user_keys),
    )


def find_facts(batch: Batch, needs: Needs) -> None:
    """Puts what the expressions read into `values` and `old` of every row, and into the unit's context.

    After references were found; aggregates over parts once these are what they will be. The number of statements does not
    depend on the number of rows.
    """
    if needs.user:
        find_user(batch.unit, needs.user)
    if needs.lists:
        complete_lists(batch.unit, batch.entity, batch.rows, needs.lists)
    if needs.ways:
        find_paths(batch, needs.ways, needs.before)
    add_aggregates(batch, needs.aggregates)


def find_user(unit: Unit, keys: Iterable[str]) -> None:
    """Adds fields of the acting person to the unit's context; no statement for what the actor himself holds."""
    wanted = set(keys) - unit.person.keys()
    if not wanted:
        return
    known = {unit.subject.user_id} - {None}
    found = read_records(unit, "user", wanted, known)
    person = found.get(unit.subject.user_id or 0, {})
    unit.person.update({key: person.get(key) for key in wanted})


def find_paths(batch: Batch, ways: Mapping[str, Way], before: Mapping[str, Way]) -> None:
    """Follows lookups of all rows at once, hop by hop. Those of parts to their whole lead to the row that is being saved."""
    whole = batch.blueprint.entity.parent_field if batch.blueprint.entity.is_part else None
    steps: list[Step] = []
    for first, way in ways.items():
        if first == whole:
            complete_wholes(batch.unit, way, batch.rows)
        for row in batch.rows:
            if first == whole and isinstance(row, PartRow):
                steps += _through_whole(batch, way, row)
            else:
                steps.append((way, row.values, _chosen(batch, row, first, way.target)))
    for first, way in before.items() if not batch.creating else ():
        for row in batch.rows:
            if first == whole and isinstance(row, PartRow):
                steps += take(way, _old(row), row.whole.old)
            else:
                steps.append((way, _old(row), pointed(row.old, first)))
    follow(batch.unit, steps, _holding(batch, ways))


def _holding(batch: Batch, ways: Mapping[str, Way]) -> Callable[[str, AbstractSet[str]], Hold] | None:
    """What computed fields read is locked where a record is about to point to it: whoever changes it meanwhile does not see
    that it does. What step 9 then changes itself is locked so that it may. Who only reads locks nothing, and may not.
    """
    if batch.unit.reader is not None:
        return None
    lookups = {lookup_of(step) for step in ways}
    if not (batch.creating or any(not row.changed or not row.changed.isdisjoint(lookups) for row in batch.rows)):
        return None
    graph = graph_of(batch.unit.catalog)
    read, raised = graph.read_by(batch.entity), graph.raised_by(batch.entity)

    def hold(target: str, columns: AbstractSet[str]) -> Hold:
        if read.isdisjoint((target, each) for each in columns):
            return ""
        return "change" if target in raised else "share"

    return hold


def _through_whole(batch: Batch, way: Way, row: PartRow) -> Iterator[Step]:
    """What a part reads of its whole, and the steps that lead on from there."""
    assert batch.above is not None
    for column, key in way.columns.items():
        row.values[key] = row.whole.values.get(column)
    for lookup, further in way.ways.items():
        yield further, row.values, _chosen(batch.above, row.whole, lookup, further.target)


def _chosen(batch: Batch, row: Row, step: str, target: str) -> int | None:
    """The id that a lookup will hold; None where it was just chosen and the actor may not choose it."""
    lookup, value = lookup_of(step), pointed(row.values, step)
    if value is None or lookup not in row.changed or lookup not in row.posted:
        return value
    if value in batch.found.get(target, ()) or (lookup == "owner" and value == batch.unit.actor.user_id):
        return value
    return None


def _old(row: Row) -> dict[str, Any]:
    assert isinstance(row.old, dict)
    return row.old
