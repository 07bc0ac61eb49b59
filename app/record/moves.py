"""Step 5, of stages: where a record may begin and go, what it needs there, and what it may not change any more.

Of several pipelines a record follows the first whose condition holds for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from app.access import Actor, field_rights
from app.definition import Pipeline, Stage, Transition
from app.definition.pipeline import allows_move, start_stages
from app.expression import Checked
from app.record.approving import Wanted, ask_approvals
from app.record.batch import Batch, Row
from app.record.conditions import Line, conditions_of, holds
from app.record.field_states import columns_of


def guard(batch: Batch) -> None:
    """Refuses moves that the pipeline does not allow or that lack their approval, and stages whose fields are missing."""
    wanted: list[Wanted] = []
    for lines in conditions_of(batch.unit.catalog, batch.entity).lines.values():
        for row in batch.rows:
            found = line_of(batch, row, lines)
            if found is None:
                continue
            line = found.pipeline
            if batch.creating:
                _begin(batch, row, line)
                continue
            before = _line_before(batch, row, lines)
            if line.field in row.changed:
                _move(batch, row, found)
            else:
                _stay(batch, row, line)
            if before is not line:
                _change_over(batch, row, found)
            if approvals := _lacking(row, line, before):
                wanted.append((row, line.field, approvals))
    if wanted:
        ask_approvals(batch, wanted)


def check_kept(batch: Batch) -> None:
    """Refuses changes of what the stage keeps as it is: fields, and parts, once it was seen which change."""
    for lines in conditions_of(batch.unit.catalog, batch.entity).lines.values() if not batch.creating else ():
        for row in batch.rows:
            found = line_of(batch, row, lines)
            if found is not None:
                _keep(batch, row, found.pipeline)


def line_of(batch: Batch, row: Row, lines: Sequence[Line]) -> Line | None:
    """The pipeline that a record follows: the first whose condition holds for it as it will be."""
    return next((line for line in lines if line.follows_always or _holds(batch, row, line.when)), None)


def _line_before(batch: Batch, row: Row, lines: Sequence[Line]) -> Pipeline | None:
    """The pipeline that a record followed as it was."""
    if len(lines) == 1:
        return lines[0].pipeline
    context = batch.unit.context
    return next(
        (
            line.pipeline
            for line in lines
            if line.follows_always
            or (line.when is not None and holds(line.when.evaluate, row.old, row.old, context, otherwise=False))
        ),
        None,
    )


def begin_stages(batch: Batch) -> None:
    """Puts new records into the first stage of the pipeline that they follow, where there are several."""
    for key, lines in conditions_of(batch.unit.catalog, batch.entity).lines.items() if batch.creating else ():
        for row in batch.rows if len(lines) > 1 else ():
            line = None if row.posted.get(key) else line_of(batch, row, lines)
            if line is not None:
                row.values[key] = next(iter(start_stages(line.pipeline)), row.values[key])


def mark_stages(batch: Batch) -> None:
    """Notes since when the records are in the stages that they begin in or come to."""
    for key, column in batch.blueprint.since.items():
        for row in batch.changed_rows(key):
            row.values[column] = None if row.values[key] is None else batch.unit.at
            if not batch.creating:
                row.changed |= {column}


def _holds(batch: Batch, row: Row, condition: Checked | None) -> bool:
    old = None if batch.creating else row.old
    return condition is not None and holds(condition.evaluate, row.values, old, batch.unit.context, otherwise=False)


def offered(line: Pipeline, actor: Actor, source: object) -> tuple[str, ...]:
    """The stages that a record may go to from `source`, itself among them; those that it may begin in where that is None.

    What a move asks besides (`required`, conditions) is not looked at.
    """
    starts = start_stages(line)
    if source is None:
        return tuple(key for key in line.stages if _may_begin(line, actor, key))
    if source not in line.stages:
        start = _first(line)
        return tuple(key for key in line.stages if key in starts or _is_open(line, actor, start, key))
    return tuple(key for key in line.stages if key == source or _is_open(line, actor, str(source), key))


def _is_open(line: Pipeline, actor: Actor, source: str, to: str) -> bool:
    transition = line.transition(source, to)
    return allows_move(line, source, to) and (transition is None or _may_make(actor, transition))


def asked_fields(line: Pipeline, source: object, to: str) -> tuple[str, ...]:
    """The fields that a record must have in order to go to a stage, or (`source` is None) to begin in it."""
    if source is None or (source not in line.stages and to in start_stages(line)):
        return tuple(line.stages[to].required)
    return () if source == to else tuple(dict.fromkeys(_asked(line, _from(line, source), to)))


def approvals_of(line: Pipeline, source: object, to: str) -> tuple[str, ...]:
    """The approvals that a move within a pipeline needs, whatever their conditions say of the record."""
    return tuple(_approvals(line, source, to))


def _begin(batch: Batch, row: Row, line: Pipeline) -> None:
    stage = row.values[line.field]
    if not batch.unit.actor.moves_freely and not _may_begin(line, batch.unit.actor, stage):
        batch.refuse(row, "transition.not_allowed", line.field, "start")
    elif stage in line.stages:
        _need(batch, row, line, line.stages[stage].required)


def _may_begin(line: Pipeline, actor: Actor, stage: object) -> bool:
    """Whether a new record may stand in a stage: where one may begin anywhere, not behind a move that is for others, or that
    needs approval.
    """
    if stage in start_stages(line):
        return True
    if line.moves != "any" or stage not in line.stages or any(_approvals(line, None, str(stage))):
        return False
    move = line.transition(_first(line), str(stage))
    return move is None or _may_make(actor, move)


def _move(batch: Batch, row: Row, found: Line) -> None:
    line = found.pipeline
    source, to = row.old[line.field], row.values[line.field]
    if to not in line.stages:
        if to in batch.unit.catalog.choices(batch.entity, line.field):
            batch.refuse(row, "transition.not_allowed", line.field, "way", stage_from=source, stage_to=to)
        return
    if source not in line.stages and to in start_stages(line):
        _need(batch, row, line, line.stages[to].required)
    elif not allows_move(line, _from(line, source), to):
        batch.refuse(row, "transition.not_allowed", line.field, "way", stage_from=source, stage_to=to)
    else:
        _make(batch, row, found, _from(line, source))


def _change_over(batch: Batch, row: Row, found: Line) -> None:
    """A record that changes over to another pipeline needs there what leads to its stage."""
    line = found.pipeline
    to, source = row.values[line.field], row.old[line.field]
    if source in line.stages and to in line.stages and to not in start_stages(line):
        _make(batch, row, found, _first(line))


def _make(batch: Batch, row: Row, found: Line, source: str) -> None:
    """What a move that is allowed asks of who makes it and of the record."""
    line = found.pipeline
    to = row.values[line.field]
    transition = line.transition(source, to)
    if transition is not None and not _may_make(batch.unit.actor, transition):
        batch.refuse(row, "transition.not_allowed", line.field, "role", stage_from=source, stage_to=to)
    elif (closed := _closed_to(batch, row, found, source)) is not None:
        move = f"{line.key}.{closed.key}"
        batch.refuse(row, "transition.not_allowed", line.field, "when", stage_from=source, stage_to=to, move=move)
    else:
        _need(batch, row, line, _asked(line, source, to))


def _may_make(actor: Actor, transition: Transition) -> bool:
    roles = actor.roles if actor.moves_as is None else actor.moves_as
    return not transition.roles or actor.moves_freely or not roles.isdisjoint(transition.roles)


def _closed_to(batch: Batch, row: Row, line: Line, source: str) -> Transition | None:
    """The transition of a move, or of one that it passes over, whose condition does not hold."""
    to = row.values[line.pipeline.field]
    made = (move for move, _ in _way(line.pipeline, source, to) if move is not None)
    return next(
        (each for each in made if each.key in line.moves and not _holds(batch, row, line.moves[each.key])), None
    )


def _asked(line: Pipeline, source: str, to: str) -> Iterator[str]:
    """The fields that a move asks for."""
    for transition, stage in _way(line, source, to):
        yield from transition.required if transition is not None else ()
        yield from stage.required


def _way(line: Pipeline, source: str, to: str) -> Iterator[tuple[Transition | None, Stage]]:
    """The transitions of a move, each with the stage that it leads to. A jump meets what every open stage and transition
    that it passes over asks, unless it leads to a lost one.
    """
    order = list(line.stages)
    passed = [key for key in order[order.index(source) + 1 : order.index(to)] if not line.stages[key].is_closed]
    way = [source, *(passed if line.stages[to].category != "lost" else ()), to]
    for before, after in pairwise(way):
        yield line.transition(before, after), line.stages[after]
    if len(way) > 2:
        yield line.transition(source, to), line.stages[to]


def _lacking(row: Row, line: Pipeline, before: Pipeline | None) -> tuple[str, ...]:
    """The approvals that a change needs: of its move, and of what leads to its stage in a pipeline that it changes over to,
    but for those that led to where it was.
    """
    source, to = row.old[line.field], row.values[line.field]
    needed = list(_approvals(line, source, to))
    if before is line:
        return tuple(needed)
    passed = () if before is None or source not in before.stages else tuple(_approvals(before, None, source))
    return tuple(dict.fromkeys((*needed, *(each for each in _approvals(line, None, to) if each not in passed))))


def _approvals(line: Pipeline, source: object, to: str) -> Iterator[str]:
    """The approvals that a move needs: of its transition, and of those that it passes over. A record that comes from
    nowhere in the pipeline needs those of the way from its first stage, but where it may begin.
    """
    if not line.needs_approvals or to not in line.stages or source == to:
        return
    if source not in line.stages and to in start_stages(line):
        return
    moves = (move for move, _ in _way(line, _from(line, source), to))
    yield from dict.fromkeys(each.approval for each in moves if each is not None and each.approval is not None)


def _from(line: Pipeline, source: object) -> str:
    """The stage from which a move is judged: what is in no stage of the pipeline comes from its first."""
    return str(source) if source in line.stages else _first(line)


def _first(line: Pipeline) -> str:
    return next(iter(start_stages(line)), next(iter(line.stages)))


def _stay(batch: Batch, row: Row, line: Pipeline) -> None:
    """What the stage needs can't be emptied; what was empty before it was asked for may stay so."""
    stage = line.stages.get(row.values[line.field])
    if stage is not None and stage.required:
        _need(batch, row, line, (key for key in stage.required if key in row.changed))


def _keep(batch: Batch, row: Row, line: Pipeline) -> None:
    """What can't be changed in a stage may only be changed by leaving it for one where it can, or by a transition that asks
    for it.
    """
    before, after = (line.stages.get(values[line.field]) for values in (row.old, row.values))
    if before is None or after is None or not before.read_only:
        return
    move = line.transition(before.key, after.key) if before is not after else None
    asked = move.required if move is not None else ()
    for key in before.read_only:
        changes = key in row.touched or not row.changed.isdisjoint(columns_of(batch, key))
        if changes and key in after.read_only and key not in asked:
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
