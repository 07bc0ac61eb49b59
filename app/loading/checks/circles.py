"""Automations that start each other in a circle, as far as the pack tells.

Automation A leads to B where an action of A may do what B listens to. Such a circle ends by itself where it writes the same
again: what is not different is no event. So only those steps count that can make a difference each time: a new record, a
formula that reads what the circle writes, or the moment, values that two of the circle write differently, turns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from app.definition import Automation, Catalog
from app.definition.duty import TASK
from app.definition.values import Value
from app.definition.waiting import tags_field, why_action_waits
from app.diagnostics import Diagnostic, diagnostic
from app.expression import BOOL, BadExpression, Checked, Context, get_expression
from app.frozen import dataclass
from app.loading.checks.subject import Subject

_CREATE, _UPDATE = "create", "update"
_AT_ALL = Context(dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.UTC)
_TURNS = frozenset({"round_robin", "least_open", "skill"})


@dataclass(frozen=True)
class _Write:
    """What an action of an automation writes into a field; `reads` are fields of the record that started it, None of a
    literal. `turns`: it is another one each time.
    """

    field: str
    value: object = None
    reads: frozenset[str] | None = None
    turns: bool = False


@dataclass(frozen=True)
class _Effect:
    """What an action does to records of an entity."""

    by: str
    source: str  # the entity of the record that started it
    kind: str
    entity: str
    writes: tuple[_Write, ...] = ()
    action: str = ""

    @property
    def known(self) -> Mapping[str, object]:
        """The literals that it writes and that conditions can be asked of."""
        return {
            each.field: each.value for each in self.writes if each.reads is None and isinstance(each.value, str | bool)
        }


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every circle of automations that are live, told once, at its first."""
    catalog = subject.catalog
    live = {
        key: each
        for key, each in catalog.automations.items()
        if each.mode == "live" and each.entity in catalog.entities and not subject.is_unknown("automations", key)
    }
    effects = [each for automation in live.values() for each in _effects(catalog, automation)]
    steps = {key: [each for each in effects if each.by == key] for key in live}
    heard = [(each, key) for each in effects for key, other in live.items() if _starts(catalog, each, other)]
    for together in _circles(live, heard):
        here = [(each, key) for each, key in heard if each.by in together and key in together]
        written = [(each, one) for key in together for each in steps[key] for one in each.writes]
        lasting = [(each, key) for each, key in here if _differs(each, written)]
        for circle in _circles(sorted(together, key=list(live).index), lasting):
            yield _told(subject, live, [(each, key) for each, key in lasting if {each.by, key} <= circle], circle)


def _effects(catalog: Catalog, automation: Automation) -> Iterator[_Effect]:
    entity = catalog.entities[automation.entity]
    for key, action in automation.actions.items():
        by, source = automation.key, automation.entity

        def of(kind: str, target: str, *writes: _Write, key: str = key, by: str = by, source: str = source) -> _Effect:
            return _Effect(by, source, kind, target, writes, key)

        if why_action_waits(catalog, entity.key, action) is not None:
            continue
        tags, stages = tags_field(entity), [line.field for line in entity.pipelines.values()]
        if action.set:
            yield of(_UPDATE, source, *_written(catalog, source, action.set))
        elif action.create is not None:
            yield of(_CREATE, action.create.entity, *_written(catalog, source, action.create.values))
        elif action.update_related is not None:
            target = catalog.related(source, action.update_related.related)
            yield of(_UPDATE, target or "", *_written(catalog, source, action.update_related.values))
        elif action.tag is not None and tags is not None:
            yield of(_UPDATE, source, _Write(tags, (action.tag.add, action.tag.remove)))
        elif action.assign is not None:
            yield of(_UPDATE, source, _Write("owner", action.assign.to, turns=action.assign.by in _TURNS))
        elif action.move_stage is not None and stages:
            yield of(_UPDATE, source, _Write(stages[0], action.move_stage.to))
        elif action.start_review is not None:
            yield of(_CREATE, TASK)


def _written(catalog: Catalog, entity: str, values: Mapping[str, Value]) -> Iterator[_Write]:
    for key, value in values.items():
        formula = _read(catalog, entity, value.formula)
        if value.formula is None:
            yield _Write(key, value.literal)
        elif formula is not None:
            moment = any(each.op == "call" and each.value == "now" for each in formula.root.walk())
            yield _Write(key, value.formula, formula.fields, turns=moment)


def _read(catalog: Catalog, entity: str, source: str | None, *, condition: bool = False) -> Checked | None:
    """An expression; None for one that can't be read, which is told elsewhere."""
    if source is None:
        return None
    try:
        return get_expression(catalog, entity, source, BOOL if condition else None, "server")
    except BadExpression:
        return None


def _starts(catalog: Catalog, effect: _Effect, other: Automation) -> bool:
    """Whether what an action does may be what an automation listens to."""
    trigger, fields = other.trigger, {each.field for each in effect.writes}
    if effect.entity != other.entity:
        return False
    becomes = _read(catalog, other.entity, trigger.becomes, condition=True)
    if trigger.event is not None:
        heard = trigger.event == effect.kind
    elif trigger.changed:
        heard = effect.kind == _UPDATE and not fields.isdisjoint(trigger.changed)
    elif trigger.stage is not None:
        heard = _enters(catalog, effect, trigger.stage)
    else:
        heard = becomes is not None and (effect.kind == _CREATE or not fields.isdisjoint(becomes.fields))
    when = _read(catalog, other.entity, other.when, condition=True)
    return heard and all(_may_hold(effect, each) for each in (when, becomes) if each is not None)


def _enters(catalog: Catalog, effect: _Effect, stage: str) -> bool:
    """Whether a record that an action makes, or moves, may come into a stage."""
    lines = [line for line in catalog.entities[effect.entity].pipelines.values() if stage in line.stages]
    said = {each.field: each for each in effect.writes}
    for line in lines:
        write = said.get(line.field)
        if write is None:
            if effect.kind == _CREATE and next(iter(line.stages)) == stage:
                return True
        elif write.reads is not None or write.value == stage:
            return True
    return False


def _may_hold(effect: _Effect, condition: Checked) -> bool:
    """Whether a condition may hold after an action; False where what it writes says no."""
    known, plain = effect.known, not (condition.reads_clock or condition.reads_person or condition.reads_save)
    if not plain or condition.aggregates or not condition.fields or not condition.keys <= known.keys():
        return True
    return bool(condition.evaluate(known, known, _AT_ALL))


def _differs(effect: _Effect, written: Iterable[tuple[_Effect, _Write]]) -> bool:
    """Whether an action can make a difference each time that its circle comes round."""
    if effect.kind == _CREATE:
        return True
    others = [(each.entity, one) for each, one in written]
    for write in effect.writes:
        mine = [one for entity, one in others if entity == effect.entity and one.field == write.field]
        read = {one.field for entity, one in others if entity == effect.source}
        if write.turns or any(one.value != write.value for one in mine):
            return True
        if write.reads is not None and not write.reads.isdisjoint(read):
            return True
    return False


def _circles(keys: Iterable[str], steps: Iterable[tuple[_Effect, str]]) -> Iterator[frozenset[str]]:
    """Groups of automations of which each leads to each other, or to itself."""
    after: dict[str, set[str]] = {}
    for effect, key in steps:
        after.setdefault(effect.by, set()).add(key)
    reached = {key: _reached(after, key) for key in keys}
    told: set[str] = set()
    for key, there in reached.items():
        if key in there and key not in told:
            circle = frozenset(each for each in there if key in reached.get(each, ()))
            told |= circle
            yield circle


def _reached(after: Mapping[str, set[str]], key: str) -> set[str]:
    found: set[str] = set()
    waiting = [key]
    while waiting:
        new = after.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _told(
    subject: Subject, live: Mapping[str, Automation], steps: list[tuple[_Effect, str]], circle: frozenset[str]
) -> Diagnostic:
    way = _way(steps, next(key for key in live if key in circle))
    shown = " → ".join([*(f"{effect.by} ({effect.action})" for effect in way), way[0].by])
    endless = all(
        effect.kind == _CREATE and live[effect.by].when is None and live[effect.by].trigger.event == _CREATE
        for effect in way
    )
    path = ("automations", way[0].by, "actions", way[0].action)
    if endless:
        message = f"automations start each other without end: {shown}"
        return diagnostic("CFG487", message, subject.head(*path), path=path, hint="say with `when` where it ends")
    message = f"automations may start each other in a circle: {shown}"
    return diagnostic("CFG488", message, subject.head(*path), path=path)


def _way(steps: list[tuple[_Effect, str]], start: str) -> list[_Effect]:
    """The shortest way from an automation round to itself."""
    ways: list[list[tuple[_Effect, str]]] = [[step] for step in steps if step[0].by == start]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        if way[-1][1] == start:
            return [effect for effect, _ in way]
        if way[-1][1] not in seen:
            seen.add(way[-1][1])
            ways += [[*way, step] for step in steps if step[0].by == way[-1][1]]
    raise AssertionError(start)  # it is in its circle
