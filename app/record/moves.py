"""Step 6, of stages: where a record may begin and go, what it needs there, and what it may not change any more.

A field with several pipelines is left alone: which of them a record follows is said by conditions, which wait for their
engine. So do the conditions and approvals of transitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from app.access import field_rights
from app.definition import Pipeline, Transition
from app.definition.pipeline import allows_move, start_stages
from app.record.batch import Batch, Row


def guard(batch: Batch) -> None:
    """Refuses moves that the pipeline does not allow, and stages whose fields are missing."""
    for line in batch.blueprint.pipelines:
        for row in batch.rows:
            if batch.creating:
                _begin(batch, row, line)
            elif line.field in row.changed:
                _move(batch, row, line)
            else:
                _stay(batch, row, line)
            if not batch.creating:
                _keep(batch, row, line)


def _begin(batch: Batch, row: Row, line: Pipeline) -> None:
    stage = row.values[line.field]
    if line.moves != "any" and stage not in start_stages(line) and not batch.unit.actor.system:
        batch.refuse(row, "transition.not_allowed", line.field, "start")
    elif stage in line.stages:
        _need(batch, row, line, line.stages[stage].required)


def _move(batch: Batch, row: Row, line: Pipeline) -> None:
    source, to = row.old[line.field], row.values[line.field]
    if to not in line.stages:
        return
    if source not in line.stages:
        _need(batch, row, line, line.stages[to].required)
        return
    transition = line.transition(source, to)
    if not allows_move(line, source, to):
        batch.refuse(row, "transition.not_allowed", line.field, "way", stage_from=source, stage_to=to)
    elif transition is not None and not _may_make(batch, transition):
        batch.refuse(row, "transition.not_allowed", line.field, "role", stage_from=source, stage_to=to)
    else:
        _need(batch, row, line, _asked(line, source, to))


def _may_make(batch: Batch, transition: Transition) -> bool:
    actor = batch.unit.actor
    return not transition.roles or actor.system or not actor.roles.isdisjoint(transition.roles)


def _asked(line: Pipeline, source: str, to: str) -> Iterator[str]:
    """The fields that a move asks for. A jump asks what every open stage and transition that it passes over asks, unless it
    leads to a lost one.
    """
    order = list(line.stages)
    passed = [key for key in order[order.index(source) + 1 : order.index(to)] if not line.stages[key].is_closed]
    way = [source, *(passed if line.stages[to].category != "lost" else ()), to]
    for before, after in pairwise(way):
        transition = line.transition(before, after)
        yield from transition.required if transition is not None else ()
        yield from line.stages[after].required
    direct = line.transition(source, to)
    yield from direct.required if direct is not None else ()


def _stay(batch: Batch, row: Row, line: Pipeline) -> None:
    """What the stage needs can't be emptied; what was empty before it was asked for may stay so."""
    stage = line.stages.get(row.values[line.field])
    if stage is not None and stage.required:
        _need(batch, row, line, (key for key in stage.required if key in row.changed))


def _keep(batch: Batch, row: Row, line: Pipeline) -> None:
    """What can't be changed in a stage may only be changed by leaving it for one where it can."""
    before, after = (line.stages.get(values[line.field]) for values in (row.old, row.values))
    if before is None or after is None or not before.read_only:
        return
    for key in before.read_only:
        if key in row.changed and key in after.read_only:
            batch.refuse(row, "field.read_only", key, "stage")


def _need(batch: Batch, row: Row, line: Pipeline, fields: Iterable[str]) -> None:
    rights = field_rights(batch.unit.catalog, batch.unit.actor, batch.entity)
    refused = {(each.index, each.field) for each in batch.refusals}
    for key in dict.fromkeys(fields):
        if row.values.get(key) not in (None, ()) or (row.index, key) in refused:
            continue
        if rights.sees(key):
            batch.refuse(row, "stage.requires", key)
        else:
            batch.refuse(row, "stage.requires", line.field, "hidden")
