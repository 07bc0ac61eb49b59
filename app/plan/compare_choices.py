"""Closed lists: shared picklists, options written in a field, stages of pipelines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.definition import Catalog, Entity, Field, Option, Stage
from app.frozen import dataclass
from app.plan.compare_conditions import question_of_option
from app.plan.compare_rules import TRANSITIONS, named_steps
from app.plan.pair import Pair, change_of, changed_attributes, counted, is_same, yaml_name
from app.plan.question import Chosen, Merged
from app.plan.renames import users_of
from app.plan.step import Block, Kind, Step

_PRESENTATION = ("label", "color", "guide")
_NEVER_COMPARED = ("renamed_from", "options", "replaced_by")  # said of the past; beside the others; a step of its own
_OTHER_LINE = Block(
    "PLN539",
    "another pipeline of the field has this stage, too, so that it can't be told whose records are in it",
    "write the same `replaced_by` there",
)
Choices = Mapping[str, Option] | Mapping[str, Stage]


@dataclass(frozen=True)
class _Kinds:
    """What is done to a value of a list."""

    add: Kind = Kind.ADD_OPTION
    change: Kind = Kind.CHANGE_OPTION
    retire: Kind = Kind.RETIRE_OPTION
    merge: Kind = Kind.MERGE_OPTION
    remove: Kind = Kind.REMOVE_OPTION


_OPTIONS = _Kinds()
_STAGES = _Kinds(Kind.ADD_STAGE, Kind.CHANGE_STAGE, Kind.RETIRE_STAGE, Kind.MERGE_STAGE, Kind.REMOVE_STAGE)


@dataclass(frozen=True)
class _List:
    """A closed list: how it is called, where it is written, and the fields that hold its values."""

    target: str
    path: tuple[str, ...]
    fields: tuple[tuple[str, ...], ...]
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
            if not is_same(before[key].label, now.label):
                yield pair.step(Kind.LABELS, key, "picklists", key, "label", detail="label")


def option_steps(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    """Steps of a picklist field whose options are its own, or come from another list than before."""
    if now.type != "picklist" or (isinstance(now.options, str) and now.options == was.options):
        return
    path = ("entities", entity, "fields", now.key, "options")
    yield from _options_of(pair, (entity, now.key), path, (was, now))


def own_option_steps(pair: Pair, place: tuple[str, str, str], was: Field, now: Field) -> Iterator[Step]:
    """As `option_steps`, of an own field of links."""
    entity, key, own = place
    if now.type != "picklist" or (isinstance(now.options, str) and now.options == was.options):
        return
    path = ("entities", entity, "fields", key, "link_fields", own, "options")
    yield from _options_of(pair, place, path, (was, now))


def _options_of(pair: Pair, place: tuple[str, ...], path: tuple[str, ...], two: tuple[Field, Field]) -> Iterator[Step]:
    was, now = two
    target = ".".join(place)
    if isinstance(now.options, str) or isinstance(was.options, str):
        yield pair.step(Kind.CHANGE_FIELD, target, *path, detail=f"options: {_source(was)} → {_source(now)}")
    old, new = _written(pair.before, was), _written(pair.after, now)
    yield from _choice_steps(pair, _List(target, path, (place,)), old, new)


def _written(catalog: Catalog, a_field: Field) -> Mapping[str, Option]:
    """The options of a picklist."""
    if isinstance(a_field.options, str):
        return catalog.picklists[a_field.options].options
    return a_field.options or {}


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
            if line.field not in now.fields:
                continue  # which is hidden with where its records stand
            yield from _choice_steps(pair, a_list, line.stages, _stages_of(now, line.field))
            continue
        for name in changed_attributes(line, now.pipelines[key], leave_out=("stages", "transitions", "label")):
            detail = f"{yaml_name(name)}: {change_of(getattr(line, name), getattr(now.pipelines[key], name))}"
            yield pair.step(Kind.CHANGE_PIPELINE, f"{now.key}.{key}", *path, name, detail=detail)
        if not is_same(line.label, now.pipelines[key].label):
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
            if (step := _merge_step(pair, a_list, key, was, now)) is not None:
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
            check = Chosen(a_list.fields, now.key, may=True) if now.replaced_by is None else None
            yield pair.step(a_list.kinds.retire, target, *path, name, check=check)
        else:
            detail = f"{name}: {change_of(getattr(was, name), getattr(now, name))}"
            asked = None
            if name == "allowed_when" and isinstance(now, Option):
                asked = question_of_option(pair, [(each[0], each[1]) for each in a_list.fields if len(each) == 2], now)
            yield pair.step(a_list.kinds.change, target, *path, name, detail=detail, check=asked)


def _merge_step(pair: Pair, a_list: _List, key: str, was: Choices, now: Choices) -> Step | None:
    """An option or a stage that is replaced by another from now on: rows that hold it hold that one."""
    if now[key].replaced_by is None or was[key].replaced_by == now[key].replaced_by:
        return None
    by, seen = now[key], {key}
    while (other := by.replaced_by) is not None and other not in seen:  # which may be replaced itself
        seen.add(other)
        by = now[other]
    path = (*a_list.path, key, "replaced_by")
    check, block = Merged(a_list.fields, key, by.key), None
    if a_list.kinds is _STAGES:
        ((entity, field, *_),) = a_list.fields
        others = pair.after.entities[entity].pipelines_of(field)
        said = {each.stages[key].replaced_by for each in others if key in each.stages}
        block = _OTHER_LINE if len(said) > 1 else None
    target = f"{a_list.target}.{key}"
    return pair.step(a_list.kinds.merge, target, *path, detail=f"into {by.key}", check=check, blocks=block)


def _looks_different(was: Option | Stage, now: Option | Stage) -> bool:
    return any(name in _PRESENTATION for name in changed_attributes(was, now))


def _users_of(catalog: Catalog, picklist: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(place.split(".")) for place in users_of(catalog, picklist))


def _source(a_field: Field) -> str:
    return a_field.options if isinstance(a_field.options, str) else "its own"
