"""What a new rule, requirement or condition would refuse of a record that is there, as one condition."""

from __future__ import annotations

from dataclasses import replace

from app.definition import Catalog, Field, Option, Rule
from app.expression.checked import Checked, checked_of, get_expression
from app.expression.node import FALSE, TRUE, Node
from app.expression.types import BOOL, type_of_field


def refused_by_rule(catalog: Catalog, entity: str, rule: Rule) -> Checked:
    """Records that break a rule. Raises BadExpression."""
    must = get_expression(catalog, entity, rule.require, BOOL, "rule").root
    parts = [Node("not", BOOL, (must,))]
    if rule.when is not None:
        parts.insert(0, get_expression(catalog, entity, rule.when, BOOL, "rule").root)
    return _of_existing(f"rule {rule.key}", entity, *parts)


def refused_for_want_of(catalog: Catalog, entity: str, a_field: Field) -> Checked:
    """Records without a value where `required_when` holds. Raises BadExpression."""
    assert a_field.required_when is not None
    needed = get_expression(catalog, entity, a_field.required_when, BOOL, "rule").root
    blank = Node("call", BOOL, (_own(catalog, entity, a_field),), "is_blank")
    return _of_existing(a_field.key, entity, needed, blank)


def refused_for_option(catalog: Catalog, entity: str, a_field: Field, option: Option) -> Checked:
    """Records that hold an option where its `allowed_when` does not hold. Raises BadExpression."""
    assert option.allowed_when is not None
    allowed = get_expression(catalog, entity, option.allowed_when, BOOL, "rule").root
    own = _own(catalog, entity, a_field)
    value = Node("const", replace(own.type, base="choice", blank=False, options=(option.key,)), value=option.key)
    holds = Node("has" if own.type.base == "choices" else "eq", BOOL, (own, value))
    return _of_existing(f"{a_field.key}.{option.key}", entity, holds, Node("not", BOOL, (allowed,)))


def _own(catalog: Catalog, entity: str, a_field: Field) -> Node:
    return Node("field", type_of_field(catalog, entity, a_field), value=a_field.key)


def _of_existing(source: str, entity: str, *parts: Node) -> Checked:
    return checked_of(source, entity, as_touched(parts[0] if len(parts) == 1 else Node("and", BOOL, parts)))


def as_touched(node: Node) -> Node:
    """The condition for a record that is there, is saved by someone who touches every field, and stays as it is."""
    match node.op:
        case "changed":
            return TRUE
        case "new":
            return FALSE
        case "old":
            return replace(node, op="field")
    return replace(node, args=tuple(map(as_touched, node.args))) if node.args else node
