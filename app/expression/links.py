"""Expressions about one link: what it says itself by the names of its own fields, and what stands at its two ends."""

from __future__ import annotations

from types import MappingProxyType

from app.definition import Catalog, Entity, Field
from app.expression.check import check
from app.expression.checked import Checked, checked_of
from app.expression.node import Node
from app.expression.parser import parse
from app.expression.problem import BadExpression, Problem
from app.expression.types import type_of_field

RECORD, TARGET = "record", "target"
"""How the ends are called: the record that holds the link, and the one that it leads to, where that can be of one entity alone."""
_NOT_OF_LINKS = frozenset({"aggregate", "user", "role", "old", "changed", "new"})


def check_of_link(catalog: Catalog, entity: str, a_field: Field, own: str, source: str) -> Checked:
    """Parses and checks what gives a value of the own field `own` of the links of a field. Raises BadExpression."""
    wanted = type_of_field(catalog, entity, a_field.own_fields[own])
    root = check(catalog, _link(entity, a_field), parse(source), wanted)
    problem = next((found for each in root.walk() if (found := _foreign(each)) is not None), None)
    if problem is not None:
        raise BadExpression(problem)
    return checked_of(source, f"{entity}.{a_field.key}", root)


def _link(entity: str, a_field: Field) -> Entity:
    """What is known of a link, under the name of the entity in which its choices are looked up; nothing that every record has."""
    ends = {RECORD: (entity,), TARGET: a_field.targets}
    fields = {key: Field(key=key, type="lookup", to=to) for key, to in ends.items() if len(to) == 1}
    found = Entity(key=entity, fields={**fields, **a_field.own_fields})
    found.__dict__["every_field"] = MappingProxyType(dict(found.fields))  # as if it had been asked for
    return found


def _foreign(node: Node) -> Problem | None:
    if node.op not in _NOT_OF_LINKS and not (node.op == "call" and node.value == "completeness"):
        return None
    hint = f"write names of `link_fields`, `{RECORD}.…` of the record that holds the link, or `{TARGET}.…`"
    return Problem("EXP107", "of a link only its own fields and its two ends are known", node.start, node.end, hint)
