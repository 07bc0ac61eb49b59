"""Moves between stages: each stage can be reached and left, two transitions never speak of the same move, whoever may enter a
stage may fill what it asks for, and somebody can make every move that is written down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.definition import Entity, Field, Grant, Pipeline, Role, Transition
from app.definition.pipeline import allows_move, start_stages
from app.diagnostics import Diagnostic, diagnostic
from app.expression import BOOL, BadExpression, Node, get_expression
from app.expression.fold import certain
from app.expression.stage_facts import is_ageing
from app.loading.checks.roles import may_write
from app.loading.checks.subject import Subject
from app.loading.node import Path
from app.loading.wording import list_of


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every pipeline."""
    for entity in subject.entities():
        for key, line in entity.pipelines.items():
            path = ("entities", entity.key, "pipelines", key)
            if any(each[: len(path)] == path for each in subject.cut):
                continue
            yield from _pairs(subject, line, path)
            yield from _ways(subject, line, path)
            yield from _fillable(subject, entity, line, path)
            yield from _ageing(subject, line, path)
            yield from _impossible(subject, entity, line, path)


def _pairs(subject: Subject, line: Pipeline, path: Path) -> Iterator[Diagnostic]:
    first: dict[tuple[str, str], str] = {}
    for key, transition in line.transitions.items():
        where = (*path, "transitions", key)
        for number, name in enumerate(transition.from_):
            yield from _own(subject, line, name, path, (*where, "from", str(number)))
        yield from _own(subject, line, transition.to, path, (*where, "to"))
        if transition.to in transition.from_:
            message = f"the transition '{key}' leads from '{transition.to}' to itself"
            yield diagnostic("CFG434", message, subject.head(*where), path=where)
        again = [pair for pair in _moves_of(line, transition) if pair in first]
        if again:
            pair = again[0]
            message = f"the move from '{pair[0]}' to '{pair[1]}' has a transition already: '{first[pair]}'"
            hint = f"it stands in {subject.head(*path, 'transitions', first[pair])}"
            yield diagnostic("CFG434", message, subject.head(*where), path=where, hint=hint)
        for pair in _moves_of(line, transition):
            first.setdefault(pair, key)


def _own(subject: Subject, line: Pipeline, name: str, path: Path, where: Path) -> Iterator[Diagnostic]:
    """A stage of another pipeline of the entity is none of this one's."""
    lines = subject.catalog.entities[path[1]].pipelines.values()
    if name not in line.stages and any(name in each.stages for each in lines):
        message = f"the pipeline '{line.key}' has no stage '{name}'"
        target = (*path, "stages", name)
        yield from subject.unknown("CFG310", message, subject.place(*where), target, line.stages, where)


def _moves_of(line: Pipeline, transition: Transition) -> Iterator[tuple[str, str]]:
    sources = transition.from_ or tuple(key for key, stage in line.stages.items() if not stage.is_closed)
    return ((each, transition.to) for each in sources if each != transition.to)


def _ways(subject: Subject, line: Pipeline, path: Path) -> Iterator[Diagnostic]:
    """Stages that no record comes to, and open ones that none leaves."""
    usable = [key for key, stage in line.stages.items() if not stage.retired]
    reached = set(start_stages(line))
    waiting = list(reached)
    while waiting:
        at = waiting.pop()
        following = {to for to in usable if to not in reached and allows_move(line, at, to)}
        reached |= following
        waiting += following
    for key in usable:
        where = (*path, "stages", key)
        if key not in reached:
            message = f"no record comes to the stage '{key}': no move leads there"
            yield diagnostic("CFG435", message, subject.head(*where), path=where)
        elif not line.stages[key].is_closed and not any(allows_move(line, key, to) for to in usable if to != key):
            message = f"no record leaves the stage '{key}', which is not a closing one"
            hint = "add a transition, or give it a `category`"
            yield diagnostic("CFG435", message, subject.head(*where), path=where, hint=hint)


def _fillable(subject: Subject, entity: Entity, line: Pipeline, path: Path) -> Iterator[Diagnostic]:
    asked = [(("stages", key), stage.required, ()) for key, stage in line.stages.items() if not stage.retired]
    asked += [(("transitions", key), each.required, each.roles) for key, each in line.transitions.items()]  # type: ignore[misc]
    for inner, fields, roles in asked:
        for number, name in enumerate(fields):
            a_field = entity.fields.get(name)
            if a_field is None or _is_filled(a_field):
                continue
            unable = [role for role in _movers(subject, entity, roles) if not _may_fill(subject, role, entity, a_field)]
            if unable:
                message = f"{list_of(role.key for role in unable)} may enter '{inner[1]}' but not write '{name}', which it needs"
                where = (*path, *inner, "required", str(number))
                yield diagnostic("CFG436", message, subject.place(*where), path=where)


def _is_filled(a_field: Field) -> bool:
    has_default = a_field.default is not None or a_field.default_formula is not None
    return has_default or a_field.is_computed or a_field.type in ("sequence", "boolean", "stage")


def _movers(subject: Subject, entity: Entity, only: tuple[str, ...]) -> Iterator[Role]:
    """The roles that may themselves move records of the entity on; with `only`, those among these."""
    for key, role in subject.catalog.roles.items():
        grant = role.grants.get(entity.key)
        if grant is not None and grant.transition != "none" and (not only or key in only):
            yield role


def _may_fill(subject: Subject, role: Role, entity: Entity, a_field: Field) -> bool:
    roles = (subject.catalog.roles[key] for key in subject.catalog.role_closure(frozenset({role.key})))
    return any(_updates(grant) and may_write(grant, a_field) for each in roles if (grant := each.grant(entity.key)))


def _updates(grant: Grant) -> bool:
    return grant.update != "none" or grant.create


def _ageing(subject: Subject, line: Pipeline, path: Path) -> Iterator[Diagnostic]:
    """`stale_after` of a closed stage, or in a unit that ages are not counted in."""
    for key, stage in line.stages.items():
        if stage.stale_after is None:
            continue
        where = (*path, "stages", key, "stale_after")
        if stage.is_closed:
            message = f"'{key}' is a closing stage: a record there is never too old"
            hint = "leave `stale_after` out"
            yield diagnostic("CFG439", message, subject.place(*where), path=where, hint=hint)
        elif not is_ageing(stage.stale_after):
            message = f"the age of a record in '{key}' is not counted in these: '{stage.stale_after}'"
            hint = "write hours, days, weeks, months, years or working days"
            yield diagnostic("CFG439", message, subject.place(*where), path=where, hint=hint)


def _impossible(subject: Subject, entity: Entity, line: Pipeline, path: Path) -> Iterator[Diagnostic]:
    """Transitions that nobody ever makes: the condition can't hold, or none of the roles may move records."""
    for key, each in line.transitions.items():
        where = (*path, "transitions", key)
        if each.when is not None and _never_holds(subject, entity, line, each):
            message = f"the condition of '{key}' never holds: nobody makes this move"
            hint = "it is asked of the record as it will be, in its new stage; `old.` knows the one that it leaves"
            place = (*where, "when")
            yield diagnostic("CFG445", message, subject.place(*place), path=place, hint=hint)
        if each.roles and not any(_moves(subject, role, entity) for role in each.roles):
            message = f"none of the roles of '{key}' may move a record of '{entity.key}'"
            hint = f"grant one of them `transition` on {entity.key}"
            place = (*where, "roles")
            yield diagnostic("CFG445", message, subject.head(*place), path=place, hint=hint)


def _never_holds(subject: Subject, entity: Entity, line: Pipeline, move: Transition) -> bool:
    try:
        found = get_expression(subject.catalog, entity.key, str(move.when), BOOL, "rule")
    except BadExpression:
        return False  # told elsewhere
    known = {("field", line.field): move.to}
    if len(move.from_) == 1:
        known["old", line.field] = move.from_[0]
    return certain(_with(found.root, known)) is False


def _with(node: Node, known: Mapping[tuple[str, str], str]) -> Node:
    """The tree with the stages that are known instead of their field."""
    if node.op in {"field", "old"}:
        stage = known.get((node.op, str(node.value)))
        return node if stage is None else replace(node, op="const", value=stage)
    return replace(node, args=tuple(_with(each, known) for each in node.args)) if node.args else node


def _moves(subject: Subject, role: str, entity: Entity) -> bool:
    """Whether whoever has a role may move records: by it, by what it includes, or by a role that includes it."""
    roles = subject.catalog.roles
    holders = [key for key in roles if role in subject.catalog.role_closure(frozenset({key}))]
    closure = subject.catalog.role_closure(frozenset({role, *holders}))
    return any((grant := roles[key].grant(entity.key)) is not None and grant.transition != "none" for key in closure)
