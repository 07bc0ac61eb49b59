"""What of a form follows from what is typed in it: which fields and sections are seen, required, offered, worked out.

The page begins in the right state. A script carries on: it gets an expression only where the person may read every field in
it in clear, and asks `POST /<entity>/form/state` for the outcomes of all others. Nothing here is a right: a save holds it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from app.definition import Catalog, Field, PartLink, Pipeline
from app.definition.currencies import converted_fields
from app.definition.memory import remembered
from app.expression import BOOL, BadExpression, Checked, Node, get_expression, to_json, type_of_field
from app.expression.computed import computed_fields
from app.expression.graph import field_of
from app.expression.node import plain_json
from app.expression.steps import chosen_target
from app.frozen import dataclass
from app.record.conditions import conditions_of
from app.record.moves import asked_fields, offered
from app.record.preview import Foreseen
from app.web.pages.inputs import typed_of

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk
    from app.web.pages.layouts import Part

Kind = Literal["visible", "section", "required", "option", "value", "default", "tree", "stage"]
_EXACT = frozenset(
    {"text", "long_text", "integer", "decimal", "money", "percent", "boolean", "date", "datetime", "picklist", "stage",
     "rating", "lookup", "user"}
)  # fmt: skip
"""Types whose inputs a script reads as a save does."""
_UNREAD = frozenset({"location", "address", "file", "image"})  # several inputs: a script does not even see blanks
_OF_LINES = frozenset({"visible", "required", "option", "value", "tree"})
_OF_SOME = frozenset({"visible", "required", "option", "tree"})  # of a form that is not the whole one
_DEFAULTS = frozenset({"number", "text", "date", "choice", "bool"})  # what a script can put into an input
NUMBERS = frozenset({"integer", "decimal", "money", "percent"})


@dataclass(frozen=True)
class Rule:
    """Something that follows: of field or section `of`, of its option `option`. `formula` gives it; None where only the
    server works it out, from `expressions`. `table` says of a tree what each option needs, of a stage which fields it asks for.
    """

    kind: Kind
    of: str
    expressions: tuple[Checked, ...]
    formula: Checked | None
    option: str = ""
    table: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Live:
    """The rules of a form about one record. `inputs` are the fields that it can change; `alone`: of a line, of which a
    script knows what stands in it and nothing else.
    """

    view: EntityDesk
    entity: str
    rules: tuple[Rule, ...]
    inputs: tuple[Field, ...]
    alone: bool = False

    @cached_property
    def expressions(self) -> tuple[Checked, ...]:
        """All that is evaluated for them."""
        return tuple(one for each in self.rules for one in each.expressions)

    @cached_property
    def tags(self) -> Mapping[str, str]:
        """By field of an input, how a script reads it: the short type of its value, `?` where it tells a blank alone."""
        found = {}
        for each in self.inputs:
            tag = _tag(self.view.catalog, self.entity, each)
            if tag:
                found[each.key] = tag
        return found

    def ships(self, checked: Checked) -> bool:
        """Whether a script may have the expression, and is able to work it out."""
        return (
            checked.runs_in_browser
            and all(self._is_read(key) for key in checked.keys | checked.old_keys)
            and checked.user_keys - {"id"} <= self.view.rights("user").clear
            and self._is_exact(checked.root)
            and not (self.alone and (checked.old_keys or checked.paths))
        )

    def _is_read(self, key: str) -> bool:
        """Whether the person reads a field in clear, wherever a path leads."""
        if any(chosen_target(each) for each in key.split(".")):
            return False  # the server knows what several entities have in common
        entity, parts = self.entity, key.split(".")
        for part in parts:
            known = self.view.catalog.entities[entity].every_field
            if part not in known or part not in self.view.rights(entity).clear:
                return False  # a companion column is for the server
            entity = known[part].target or ""
        return len(parts) <= 2

    def _is_exact(self, node: Node, *, asks_blank: bool = False) -> bool:
        if node.op in {"field", "old", "changed"}:
            return self._is_known(str(node.value), asks_blank=asks_blank)
        if node.op == "target":
            return False
        inner = node.op == "call" and node.value == "is_blank"
        return all(self._is_exact(each, asks_blank=inner) for each in node.args)

    def _is_known(self, key: str, *, asks_blank: bool) -> bool:
        """Whether a script knows the value: of an input, of what stays as it is, or what it works out itself."""
        first = key.partition(".")[0]
        own = self.view.catalog.entities[self.entity].every_field[first]
        if own.is_computed:
            rule = next((each for each in self.rules if each.kind == "value" and each.of == first), None)
            return rule is not None and rule.formula is not None and self.ships(rule.formula)
        if own not in self.inputs:
            return own.type not in _UNREAD and not self.alone
        tag = self.tags.get(first)
        return tag is not None and (tag != "?" or asks_blank)

    def reads(self, checked: Checked) -> list[str]:
        """The fields and tables of the form whose change may change its value, those that a computed one follows from among
        them. What the form does not have is not named.
        """
        found: dict[str, None] = {}
        computed = computed_fields(self.view.catalog, self.entity)
        waiting = self._own(checked) + [each.inverse for each in checked.aggregates]
        while waiting:
            key = waiting.pop(0)
            if key in found:
                continue
            found[key] = None
            if key in computed:
                for each in computed[key].expressions:
                    waiting += [*self._own(each), *(one.inverse for one in each.aggregates)]
        here = {each.key for each in self.inputs} | {each.of for each in self.rules if each.kind == "value"}
        return [key for key in found if key in here or key in self.view.catalog.parts_of(self.entity)]

    def _own(self, checked: Checked) -> list[str]:
        """The record's own fields that it reads, also where it reads what stands beside them."""
        known = self.view.catalog.entities[self.entity].every_field
        return sorted({field_of(known, key) for key in checked.fields})


def _tag(catalog: Catalog, entity: str, a_field: Field) -> str:
    if a_field.type in _UNREAD or a_field.translated or a_field.key in converted_fields(catalog.entities[entity]):
        return ""
    if (a_field.type not in _EXACT and a_field.type != "tags") or a_field.format is not None:
        return "?"
    return to_json(Node("const", type_of_field(catalog, entity, a_field)))[1]  # type: ignore[no-any-return]


def live_of(view: EntityDesk, parts: Sequence[Part], writable: frozenset[str], *, creating: bool) -> Live:
    """The rules of a form with these sections; worked out once for each set of roles."""
    key = ("live", view.actor.grant_key, view.entity_key, creating)
    return remembered(view.catalog, key, lambda: _live(view, parts, writable, creating=creating))


def _live(view: EntityDesk, parts: Sequence[Part], writable: frozenset[str], *, creating: bool) -> Live:
    fields = [each for part in parts for each in part.fields]
    rules = [*of_sections(view, parts), *_of_fields(view, view.entity_key, fields, writable, creating=creating)]
    return Live(view, view.entity_key, tuple(rules), tuple(each for each in fields if each.key in writable))


def live_of_lines(view: EntityDesk, link: PartLink, columns: Sequence[Field]) -> Live:
    """The rules of the lines of a table with these columns; worked out once for each set of roles."""
    rights = view.rights(link.entity)
    writable = rights.writable(creating=True) & rights.writable(creating=False)

    def work_out() -> Live:
        rules = _of_fields(view, link.entity, columns, writable, creating=False)
        fitting = tuple(each for each in rules if each.kind in _OF_LINES)
        return Live(view, link.entity, fitting, tuple(each for each in columns if each.key in writable), alone=True)

    key = ("live", view.actor.grant_key, link, tuple(each.key for each in columns))
    return remembered(view.catalog, key, work_out)


def live_of_some(
    view: EntityDesk,
    inputs: Sequence[Field],
    *,
    brought: Collection[str] = (),
    always: Collection[str] = (),
    apart: str = "",
) -> Live:
    """The rules of a short form with these inputs: those of `brought` are there only where they are required, those of `always`
    are required whatever their conditions say, nothing follows for `apart`.
    """
    keys = frozenset(each.key for each in inputs)
    rules: list[Rule] = []
    for each in _of_fields(view, view.entity_key, inputs, keys, creating=False):
        if each.kind in _OF_SOME and each.of != apart and not _gives_way(each, brought, always):
            rules.append(each)
            if each.kind == "required" and each.of in brought:
                rules.append(replace(each, kind="visible"))
    return Live(view, view.entity_key, tuple(rules), tuple(inputs))


def _gives_way(rule: Rule, brought: Collection[str], always: Collection[str]) -> bool:
    return (rule.kind == "visible" and rule.of in brought) or (rule.kind == "required" and rule.of in always)


def of_sections(view: EntityDesk, parts: Iterable[Part]) -> Iterator[Rule]:
    """The conditions of sections."""
    for part in parts:
        if part.visible_when is not None:
            try:
                checked = get_expression(view.catalog, view.entity_key, part.visible_when, BOOL, "rule")
            except BadExpression:
                continue  # a configuration of before it was checked: what is not understood is seen
            yield Rule("section", part.key, (checked,), checked)


def _of_fields(
    view: EntityDesk, entity: str, fields: Iterable[Field], writable: frozenset[str], *, creating: bool
) -> Iterator[Rule]:
    catalog = view.catalog
    conditions, computed = conditions_of(catalog, entity), computed_fields(catalog, entity)
    converted = converted_fields(catalog.entities[entity])
    for each in fields:
        key = each.key
        if key in conditions.visible:
            yield _simple("visible", key, conditions.visible[key])
        if key in computed:
            formula = computed[key].formula
            fits = formula is not None and each.type in NUMBERS and not each.override and key not in converted
            yield Rule("value", key, computed[key].expressions, formula if fits else None)
        if key not in writable:
            continue
        if key in conditions.required and not each.required:
            yield _simple("required", key, conditions.required[key])
        for option, condition in conditions.options.get(key, {}).items():
            if condition is not None:
                yield replace(_simple("option", key, condition), option=option)
        if creating and key in conditions.defaults:
            default = conditions.defaults[key]
            yield Rule("default", key, (default,), default if default.type.base in _DEFAULTS else None)
        yield from _of_choices(catalog, entity, each)


def _simple(kind: Kind, key: str, checked: Checked) -> Rule:
    return Rule(kind, key, (checked,), checked)


def _of_choices(catalog: Catalog, entity: str, a_field: Field) -> Iterator[Rule]:
    """What another field's value says of the options of this one; which fields a stage asks for."""
    key = a_field.key
    needed = catalog.needed_above(entity, key)
    if needed and a_field.depends_on is not None:
        above = get_expression(catalog, entity, a_field.depends_on)
        yield Rule("tree", key, (above,), above, table=needed)
    if a_field.type == "stage":
        lines = catalog.entities[entity].pipelines_of(key)
        if len(lines) == 1 and any(_asks(lines[0])):
            stage = get_expression(catalog, entity, key)
            yield Rule("stage", key, (stage,), stage)


def _asks(line: Pipeline) -> Iterator[str]:
    yield from (key for stage in line.stages.values() for key in stage.required)
    yield from (key for each in line.transitions.values() for key in each.required)


# What the first drawing and the answers say


@dataclass(frozen=True)
class State:
    """What the rules of a form say of a record as it stands in it."""

    live: Live
    seen: Foreseen

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Fields that are not seen."""
        return frozenset(each.of for each in self._rules("visible") if not self._holds(each, otherwise=True))

    @cached_property
    def hidden_sections(self) -> frozenset[str]:
        """Sections that are not seen."""
        return frozenset(each.of for each in self._rules("section") if not self._holds(each, otherwise=True))

    @cached_property
    def required(self) -> frozenset[str]:
        """Fields that are required by a condition or by the stage that is chosen."""
        found = {each.of for each in self._rules("required") if self._holds(each, otherwise=False)}
        for each in self._rules("stage"):
            found.update(self.asked_by(each.of).get(str(self.seen.values.get(each.of)), ()))
        return frozenset(found)

    def asked_by(self, key: str) -> dict[str, tuple[str, ...]]:
        """By stage the fields that the record must have in order to go there."""
        (line,) = self.live.view.entity.pipelines_of(key)
        source = None if self.seen.old is None else self.seen.old.get(key)
        always = {each.key for each in self.live.inputs if each.required}
        asked = {to: tuple(key for key in asked_fields(line, source, to) if key not in always) for to in line.stages}
        return {to: keys for to, keys in asked.items() if keys}

    def offered(self, key: str, source: object) -> frozenset[str] | None:
        """The stages that the record may go to from where it is (None: it is new); None for what is no stage of one pipeline."""
        a_field = self.live.view.entity.fields.get(key)
        of = self.live.view.entity.pipelines_of(key) if a_field is not None and a_field.type == "stage" else ()
        return frozenset(offered(of[0], self.live.view.actor, source)) if len(of) == 1 else None

    def kept(self, keys: Iterable[str]) -> frozenset[str]:
        """Those of the fields that can't be changed in the record as it is."""
        conditions = conditions_of(self.live.view.catalog, self.live.entity)
        return frozenset(key for key in keys if self.seen.keeps(conditions, key))

    def answer(self) -> dict[str, dict[str, Any]]:
        """The outcomes alone, by kind of rule."""
        found: dict[str, dict[str, Any]] = {}
        for each in self.live.rules:
            of = found.setdefault(each.kind, {})
            match each.kind:
                case "visible" | "section":
                    of[each.of] = self._holds(each, otherwise=True)
                case "required":
                    of[each.of] = self._holds(each, otherwise=False)
                case "option":
                    of.setdefault(each.of, [])
                    if not self._holds(each, otherwise=False):
                        of[each.of].append(each.option)
                case "value":
                    of[each.of] = self._value(each.of)
        return found

    def _value(self, key: str) -> dict[str, Any]:
        view, value = self.live.view, self.seen.values.get(key)
        shown = view.painter(self.live.entity, key)(value)
        clear = key in view.rights(self.live.entity).clear
        text = "" if shown.kind == "blank" else shown.text
        if self.live.alone and clear:
            text = typed_of(value, view.formats.zone, view.language).value
        return {"value": plain_json(value) if clear else None, "text": text or "—"}

    def _rules(self, kind: Kind) -> Iterator[Rule]:
        return (each for each in self.live.rules if each.kind == kind)

    def _holds(self, rule: Rule, *, otherwise: bool) -> bool:
        return self.seen.holds(rule.expressions[0], otherwise=otherwise)
