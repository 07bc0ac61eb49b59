"""`completeness()`: the filled weights of a record in percent, written out as a tree, of which every engine knows the rest.

A field that its condition hides is not asked for, so it counts neither way. A condition that reads more than what is stored
(who looks, what a save does) hides nothing here: the value is the record's, the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.definition import Entity, Field
from app.expression.agreement import bad
from app.expression.literals import constant
from app.expression.node import Node
from app.expression.problem import BadExpression
from app.expression.syntax import Syntax
from app.expression.types import BOOL, Type, number, quotient_type

_NOT_STORED = frozenset({"old", "changed", "new", "user", "role", "aggregate"})
_SUM = number(6, 0, blank=False)


def completeness(
    entity: Entity, tree: Syntax, look_up: Callable[[str], Node], condition: Callable[[str], Node]
) -> Node:
    """The tree, all of whose nodes stand where the call does. `look_up` gives the node of a field, `condition` that of what
    decides whether one is seen. Raises BadExpression where no field has a weight.
    """
    weights = {key: each.weight for key, each in entity.fields.items() if each.weight}
    if not weights:
        raise bad(
            "EXP104", f"no field of '{entity.key}' has a `weight`", tree, "write `weight: 10` at the fields that count"
        )
    filled: list[Node] = []
    asked: list[Node] = []
    for key, weight in weights.items():
        seen = _seen(entity.fields[key], tree, condition)
        blank = Node("call", BOOL, (look_up(key),), "is_blank", tree.start, tree.end)
        filled.append(_if_seen(seen, _choice(blank, constant(0, tree), constant(weight, tree)), tree))
        asked.append(_if_seen(seen, constant(weight, tree), tree))
    always = sum(weights[key] for key, each in zip(weights, asked, strict=True) if each.op == "const")
    parts = _sum([*([constant(always, tree)] if always else []), *(each for each in asked if each.op != "const")], tree)
    hundredfold = _node("mul", number(9, 0, blank=False), tree, _sum(filled, tree), constant(100, tree))
    share = _node("div", replace(quotient_type(hundredfold.type, parts.type), blank=False), tree, hundredfold, parts)
    if always:
        return share
    nothing = _node("eq", BOOL, tree, parts, constant(0, tree))  # is asked for, so nothing is missing
    return _node("if", share.type, tree, nothing, constant(100, tree), share)


def _seen(field: Field, tree: Syntax, condition: Callable[[str], Node]) -> Node | None:
    """What decides whether a field is asked for; None where it always is."""
    if field.visible_when is None:
        return None
    try:
        found = condition(field.visible_when)
    except BadExpression:  # told where it is written
        return None
    return None if any(each.op in _NOT_STORED for each in found.walk()) else _moved(found, tree)


def _moved(node: Node, tree: Syntax) -> Node:
    """The same, standing where the tree does."""
    return replace(node, args=tuple(_moved(each, tree) for each in node.args), start=tree.start, end=tree.end)


def _if_seen(seen: Node | None, weight: Node, tree: Syntax) -> Node:
    return weight if seen is None else _choice(seen, weight, constant(0, tree))


def _choice(condition: Node, one: Node, other: Node) -> Node:
    digits = max(one.type.precision, other.type.precision)
    return Node("if", number(digits, 0, blank=False), (condition, one, other), None, one.start, one.end)


def _sum(nodes: list[Node], tree: Syntax) -> Node:
    total, *more = nodes
    for each in more:
        total = _node("add", _SUM, tree, total, each)
    return total


def _node(op: str, type_: Type, tree: Syntax, *args: Node) -> Node:
    return Node(op, type_, args, None, tree.start, tree.end)
