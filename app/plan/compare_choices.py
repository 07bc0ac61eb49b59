"""Closed lists: shared picklists, options written in a field, stages of pipelines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.definition import Catalog, Entity, Field, Option, Stage
from app.frozen import dataclass
from app.plan.compare_conditions import question_of_option
from app.plan.compare_rules import TRANSITIONS, named_steps
from app.plan.pair import Pair, change_of, changed_attributes, counted, in_order, yaml_name
from app.plan.question import Chosen, Merged
from app.plan.step import Kind, Step

_PRESENTATION = ("label", "color", "guide")
_NEVER_COMPARED = ("renamed_from", "options", "replaced_by")  # said of the past; beside the others; a step of its own
Choices = Mapping[str, Option] | Mapping[str, Stage]


@dataclass(frozen=True)
class _Kinds:
    """What is done to a value of a list."""

    add: Kind = Kind.ADD_OPTION
    change: Kind = Kind.CHANGE_OPTION
    retire: Kind = Kind.RETIRE_OPTION
    remove: Kind = Kind.REMOVE_OPTION


_OPTIONS = _Kinds()
_STAGES = _Kinds(Kind.ADD_STAGE, Kind.CHANGE_STAGE, Kind.RETIRE_STAGE, Kind.REMOVE_STAGE)


@dataclass(frozen=True)
class _List:
    """A closed list: how it is called, where it is written, and the fields that hold its values."""

    target: str
    path: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    kinds: _Kinds = _OPTIONS


def picklist_steps(pair: Pair) -> Iterator[Step]:
    """Steps of the shared picklists. One that is gone is no loss: fields that used it show what they lose."""
    before, after = pair.before.picklists, pair.after.picklists
    for key in after:
        if key not in before:
            detail = counted(len(after[key].options), "option")
            yield pair.step(Kind.ADD_PICKLIST, key, "picklists", key, detail=detail)
    for key in before:
        if key not in after:
            yield pair.step(Kind.REMOVE_PICKLIST, key, "picklists", key)
    for key, now in after.items():
        if key in before:
            users = tuple(use for use in _users_of(pair.before, key) if use in _users_of(pair.after, key))
            a_list = _List(key, ("picklists", key, "options"), users)
            yield from _choice_steps(pair, a_list, before[key].options, now.options)
            if in_order(before[key].label) != in_order(now.label):
                yield pair.step(Kind.LABELS, key, "picklists", key, "label", detail="label")


def option_steps(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    """Steps of a picklist field whose options are its own, or come from another list than before."""
    if now.type != "picklist" or (isinstance(now.options, str) and now.options == was.options):
        return
    path = ("entities", entity, "fields", now.key, "options")
    if isinstance(now.options, str) or isinstance(was.options, str):
        yield pair.step(
            Kind.CHANGE_FIELD, f"{entity}.{now.key}", *path, detail=f"options: {_source(was)} → {_source(now)}"
        )
    old, new = pair.before.choices(entity, now.key), pair.after.choices(entity, now.key)
    yield from _choice_steps(pair, _List(f"{entity}.{now.key}", path, ((entity, now.key),)), old, new)  # type: ignore[arg-type]


def pipeline_steps(pair: Pair, was: Entity, now: Entity) -> Iterator[Step]:
    """Steps of the pipelines of an entity. A stage that goes is looked for in the field that held it."""
    for key, line in now.pipelines.items():
        if key not in was.pipelines:
            path = ("entities", now.key, "pipelines", key)
            yield pair.step(Kind.ADD_PIPELINE, f"{now.key}.{key}", *path, detail=counted(len(line.stages), "stage"))
    for key, line in was.pipelines.items():
        path = ("entities", now.key, "pipelines", key)
        a_list = _List(f"{now.key}.{key}", (*path, "stages"), ((now.key, line.field),), _STAGES)
        if key not in now.pipelines:
            yield pair.step(Kind.REMOVE_PIPELINE, f"{now.key}.{key}", *path)
            yield from _choice_steps(pair, a_list, line.stages, _stages_of(now, line.field))
            continue
        for name in changed_attributes(line, now.pipelines[key], leave_out=("stages", "transitions", "label")):
            detail = f"{yaml_name(name)}: {change_of(getattr(line, name), getattr(now.pipelines[key], name))}"
            yield pair.step(Kind.CHANGE_PIPELINE, f"{now.key}.{key}", *path, name, detail=detail)
        if in_order(line.label) != in_order(now.pipelines[key].label):
            yield pair.step(Kind.LABELS, f"{now.key}.{key}", *path, "label", detail="label")
        yield from _choice_steps(pair, a_list, line.stages, now.pipelines[key].stages)
        yield from named_steps(
            pair, TRANSITIONS, (*path, "transitions"), line.transitions, now.pipelines[key].transitions
        )
    if [key for key in was.pipelines if key in now.pipelines] != [key for key in now.pipelines if key in was.pipelines]:
        yield pair.step(Kind.ORDER, now.key, "entities", now.key, "pipelines", detail="pipelines")


def _stages_of(entity: Entity, field: str) -> Mapping[str, Stage]:
    return {key: stage for line in entity.pipelines_of(field) for key, stage in line.stages.items()}


def _choice_steps(pair: Pair, a_list: _List, was: Choices, now: Choices) -> Iterator[Step]:
    target, path = a_list.target, a_list.path
    for key in now:
        if key not in was:
            yield pair.step(a_list.kinds.add, f"{target}.{key}", *path, key)
    for key in was:
        if key not in now:
            check = Chosen(a_list.fields, key, may=False)
            yield pair.step(a_list.kinds.remove, f"{target}.{key}", *path, key, check=check)
        else:
            yield from _one_choice(pair, a_list, was[key], now[key])
            if isinstance(now[key], Option) and (step := _merge_step(pair, a_list, key, was, now)):  # type: ignore[arg-type]
                yield step
    relabelled = [key for key in now if key in was and _looks_different(was[key], now[key])]
    if relabelled:
        yield pair.step(Kind.LABELS, target, *path, detail=", ".join(relabelled))
    if [key for key in was if key in now] != [key for key in now if key in was]:
        yield pair.step(Kind.ORDER, target, *path, detail="stages" if a_list.kinds is _STAGES else "options")


def _one_choice(pair: Pair, a_list: _List, was: Option | Stage, now: Option | Stage) -> Iterator[Step]:
    target, path = f"{a_list.target}.{now.key}", (*a_list.path, now.key)
    for name in changed_attributes(was, now, leave_out=(*_PRESENTATION, *_NEVER_COMPARED)):
        if name == "retired" and now.retired:
            check = Chosen(a_list.fields, now.key, may=True)
            yield pair.step(a_list.kinds.retire, target, *path, name, check=check)
        else:
            detail = f"{name}: {change_of(getattr(was, name), getattr(now, name))}"
            asks = name == "allowed_when" and isinstance(now, Option)
            asked = question_of_option(pair, a_list.fields, now) if asks else None  # type: ignore[arg-type]
            yield pair.step(a_list.kinds.change, target, *path, name, detail=detail, check=asked)


def _merge_step(
    pair: Pair, a_list: _List, key: str, was: Mapping[str, Option], now: Mapping[str, Option]
) -> Step | None:
    """An option that is replaced by another from now on: rows that hold it hold that one."""
    if now[key].replaced_by is None or was[key].replaced_by == now[key].replaced_by:
        return None
    by, seen = now[key], {key}
    while (other := by.replaced_by) is not None and other not in seen:  # which may be replaced itself
        seen.add(other)
        by = now[other]
    path = (*a_list.path, key, "replaced_by")
    check = Merged(a_list.fields, key, by.key)
    return pair.step(Kind.MERGE_OPTION, f"{a_list.target}.{key}", *path, detail=f"into {by.key}", check=check)


def _looks_different(was: Option | Stage, now: Option | Stage) -> bool:
    return any(name in _PRESENTATION for name in changed_attributes(was, now))


def _users_of(catalog: Catalog, picklist: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (entity.key, a_field.key)
        for entity in catalog.entities.values()
        for a_field in entity.fields.values()
        if a_field.type == "picklist" and a_field.options == picklist
    )


def _source(a_field: Field) -> str:
    return a_field.options if isinstance(a_field.options, str) else "its own"
