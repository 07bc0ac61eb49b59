"""What the expressions of an entity are and read, compiled once per catalog: defaults, conditions of fields and options,
rules, formulas.

An expression that can't be used (a configuration of before it was checked) is left as a bug of the configuration is: rules
deny, fields are visible, neither required nor read-only, a default is blank.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from app.definition import Catalog, Duplicate, Entity, Field, Option, Pipeline, Rule
from app.definition.alike import anchor_of, sound_duplicates
from app.definition.memory import remembered
from app.expression import BOOL, BadExpression, Checked, Profile, Type, get_expression, type_of_field
from app.expression.python import Evaluate
from app.expression.steps import target_of
from app.frozen import dataclass
from app.record.alike import CheckedDuplicate
from app.record.facts import Needs, needs_of

BUGS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What an evaluation may raise, all of it bugs: engines give a value for whatever a row holds."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CheckedRule:
    """A rule that is ready to be asked. `require` is None where it can't be evaluated: it then refuses.

    `fields` are the columns that it reads, `facts` the paths. `late`: it reads what follows from records such as this one,
    and is asked after that was derived.
    """

    rule: Rule
    require: Evaluate | None
    when: Evaluate | None
    fields: frozenset[str]
    facts: frozenset[str]
    late: bool

    @property
    def code(self) -> str:
        """The code of its refusals."""
        return f"rule.{self.rule.key}"

    @property
    def is_warning(self) -> bool:
        """Whether it may be confirmed."""
        return self.rule.severity == "warning"


@dataclass(frozen=True)
class Line:
    """A pipeline with its conditions: when a record follows it, and of its transitions by key. One that can't be evaluated
    is None: no record follows such a pipeline, nobody makes such a move.
    """

    pipeline: Pipeline
    when: Checked | None
    moves: Mapping[str, Checked | None]

    @property
    def follows_always(self) -> bool:
        """Whether every record that comes to it follows it."""
        return self.pipeline.when is None

    @property
    def checked(self) -> Iterator[Checked]:
        """All of its conditions."""
        return (each for each in (self.when, *self.moves.values()) if each is not None)


@dataclass(frozen=True)
class Conditions:
    """Of one entity. `options` are those of options by field, `lines` the pipelines of stage fields in their order. `first`
    is what defaults need, `needs` what all others do, formulas among them, `late` what the rules do that are asked last.
    """

    defaults: Mapping[str, Checked]
    visible: Mapping[str, Checked]
    cleared: tuple[str, ...]
    required: Mapping[str, Checked]
    read_only: Mapping[str, Checked]
    options: Mapping[str, Mapping[str, Checked | None]]
    rules: tuple[CheckedRule, ...]
    lines: Mapping[str, tuple[Line, ...]]
    duplicates: tuple[CheckedDuplicate, ...] = ()
    first: Needs = field(default_factory=Needs)
    needs: Needs = field(default_factory=Needs)
    late: Needs = field(default_factory=Needs)


def conditions_of(catalog: Catalog, entity: str) -> Conditions:
    """The conditions of an entity, worked out once per catalog. Raises KeyError for an unknown one."""
    return remembered(catalog, ("conditions", entity), lambda: _draw(catalog, catalog.get_entity(entity)))


def never_entered(catalog: Catalog, entity: str) -> frozenset[str]:
    """The fields of an entity that are read only whatever a record holds: only what is copied or worked out stands in them."""
    conditions = conditions_of(catalog, entity).read_only
    return frozenset(key for key, each in conditions.items() if each.root.op == "const" and each.root.value is True)


def _draw(catalog: Catalog, entity: Entity) -> Conditions:
    fields = entity.fields
    types = {key: type_of_field(catalog, entity.key, each) for key, each in fields.items()}

    def each_of(attribute: str) -> dict[str, Checked]:
        found = {
            key: _checked(catalog, entity.key, source)
            for key, a_field in fields.items()
            if (source := getattr(a_field, attribute)) is not None
        }
        return {key: each for key, each in found.items() if each is not None}

    defaults = dict(_defaults(catalog, entity, types))
    visible, required, read_only = map(each_of, ("visible_when", "required_when", "read_only_when"))
    options = dict(_options(catalog, entity))
    checked = {key: _of_rule(catalog, entity, each) for key, each in entity.rules.items()}
    rules = tuple(_rule(catalog, entity, each, checked[key]) for key, each in entity.rules.items())
    of_options = [each for some in options.values() for each in some.values() if each is not None]
    of_rules = [each for some in checked.values() for each in some if each is not None]
    lines = {key: tuple(_lines(catalog, entity, key)) for key, each in fields.items() if each.type == "stage"}
    of_lines = [each for some in lines.values() for line in some for each in line.checked]
    followed = [line.when for some in lines.values() for line in some if line.when is not None]
    twins = [(each, _when(catalog, entity, each)) for each in sound_duplicates(entity)]
    of_twins = [when for _, when in twins if when is not None]
    late = [each for rule in rules if rule.late for each in checked[rule.rule.key] if each is not None]
    now = [*visible.values(), *required.values(), *of_options, *of_rules, *of_lines, *of_twins]
    now += _formulas(catalog, entity, types)
    return Conditions(
        defaults={key: defaults[key] for key in _in_order(defaults, defaults)},
        visible=visible,
        cleared=_in_order(
            visible, [key for key, each in fields.items() if each.clear_when_hidden and each.type != "stage"]
        ),
        required=required,
        read_only=read_only,
        options=options,
        rules=rules,
        lines=lines,
        duplicates=tuple(_duplicate(entity, each, when) for each, when in twins),
        first=needs_of(catalog, entity.key, defaults.values()),
        # Aggregates are asked by formulas alone, and gathered where these are worked out.
        needs=replace(needs_of(catalog, entity.key, now, [*read_only.values(), *followed]), aggregates=()),
        late=needs_of(catalog, entity.key, late),
    )


def _checked(
    catalog: Catalog, entity: str, source: str, wanted: Type | None = BOOL, profile: Profile = "rule"
) -> Checked | None:
    try:
        return get_expression(catalog, entity, source, wanted, profile)
    except BadExpression:
        _log.exception("an expression of %s can't be used: %s", entity, source)
        return None


def _defaults(catalog: Catalog, entity: Entity, types: Mapping[str, Type]) -> Iterator[tuple[str, Checked]]:
    for key, each in entity.fields.items():
        if each.default_formula is not None:
            found = _checked(catalog, entity.key, each.default_formula, types[key])
            if found is not None:
                yield key, found


def _of_rule(catalog: Catalog, entity: Entity, rule: Rule) -> tuple[Checked | None, Checked | None]:
    """What it requires, and when."""
    when = None if rule.when is None else _checked(catalog, entity.key, rule.when)
    return _checked(catalog, entity.key, rule.require), when


def _rule(catalog: Catalog, entity: Entity, rule: Rule, checked: tuple[Checked | None, Checked | None]) -> CheckedRule:
    require, when = checked
    broken = require is None or (rule.when is not None and when is None)
    known = [each for each in checked if each is not None]
    paths = frozenset(path for each in known for path in each.paths)
    return CheckedRule(
        rule,
        None if broken or require is None else require.evaluate,
        None if when is None else when.evaluate,
        frozenset(key for each in known for key in each.fields),
        paths,
        any(_ends_computed(catalog, entity, path) for path in paths),
    )


def _when(catalog: Catalog, entity: Entity, rule: Duplicate) -> Checked | None:
    return None if rule.when is None else _checked(catalog, entity.key, rule.when)


def _duplicate(entity: Entity, rule: Duplicate, when: Checked | None) -> CheckedDuplicate:
    """Where its condition can't be used all are asked."""
    equal = tuple(dict.fromkeys(each.field for each in rule.match.values() if each.similar is None))
    return CheckedDuplicate(
        rule,
        equal,
        frozenset(key for key in equal if entity.fields[key].type == "text"),
        {each.field: float(each.similar) * 100 for each in rule.match.values() if each.similar is not None},
        anchor_of(entity, rule).field,
        None if when is None else when.evaluate,
    )


def _lines(catalog: Catalog, entity: Entity, key: str) -> Iterator[Line]:
    for each in entity.pipelines_of(key):
        moves = {
            name: _checked(catalog, entity.key, move.when)
            for name, move in each.transitions.items()
            if move.when is not None
        }
        yield Line(each, None if each.when is None else _checked(catalog, entity.key, each.when), moves)


def _ends_computed(catalog: Catalog, entity: Entity, path: str) -> bool:
    """Whether what a path reads is computed: it may follow from the very record that is saved."""
    *lookups, last = path.split(".")
    for key in lookups:
        entity = catalog.entities[str(target_of(entity, key))]
    found = entity.every_field.get(last)
    return found is not None and found.is_computed


def _options(catalog: Catalog, entity: Entity) -> Iterator[tuple[str, Mapping[str, Checked | None]]]:
    for key in entity.fields:
        found = {
            name: _checked(catalog, entity.key, option.allowed_when)
            for name, option in catalog.choices(entity.key, key).items()
            if isinstance(option, Option) and option.allowed_when is not None
        }
        if found:
            yield key, found


def _formulas(catalog: Catalog, entity: Entity, types: Mapping[str, Type]) -> Iterator[Checked]:
    for key, a_field in entity.fields.items():
        for source, wanted in _sources(a_field, types[key]):
            found = _checked(catalog, entity.key, source, wanted, "server")
            if found is not None:
                yield found


def _sources(a_field: Field, of_field: Type) -> Iterator[tuple[str, Type]]:
    if a_field.formula is not None:
        yield a_field.formula, of_field
    yield from ((each.when, BOOL) for each in a_field.points.values() if each.when is not None)


def _in_order(expressions: Mapping[str, Checked], keys: Iterable[str]) -> tuple[str, ...]:
    """Fields with an expression: those first whose values the expressions of others read."""
    waiting = [key for key in keys if key in expressions]
    found: list[str] = []
    while waiting:
        free = [key for key in waiting if expressions[key].fields.isdisjoint({*waiting} - {key})]
        found += free or waiting[:1]  # in a circle the order of the text
        waiting = [key for key in waiting if key not in found]
    return tuple(found)


def holds(evaluate: Evaluate, *state: Any, otherwise: bool) -> bool:
    """Whether a condition holds for (row, old row, context); `otherwise` where it raises, which is a bug and logged."""
    try:
        return bool(evaluate(*state))
    except BUGS:
        log_bug()
        return otherwise


def log_bug(name: str = "a condition") -> None:
    """Notes what was just raised: expressions give a value for whatever a row holds."""
    _log.exception("%s could not be evaluated", name)
