"""What is certain of an expression before any record is looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from app.expression.context import Context
from app.expression.node import Node
from app.expression.python import compile_node

ORDER = frozenset({"lt", "le", "gt", "ge"})
_CONTEXT = Context(dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.UTC)
_OUTSIDE = frozenset({"user", "role"})


def certain(node: Node) -> bool | None:
    """What a condition always is; None where it depends on something."""
    match node.op:
        case "not":
            inside = certain(node.args[0])
            return None if inside is None else not inside
        case "and" | "or":
            deciding = node.op == "or"
            found = [certain(each) for each in node.args]
            if deciding in found:
                return deciding
            return None if None in found else not deciding
        case "lt" | "le" | "gt" | "ge" if any(_is_blank(each) for each in node.args):
            return False  # a blank is neither less nor more than anything
    return bool(compile_node(node)({}, None, _CONTEXT)) if _is_fixed(node) else None


def _is_blank(node: Node) -> bool:
    return node.op == "const" and node.value is None


def _is_fixed(node: Node) -> bool:
    """Whether neither the record nor the person nor the time decides on it."""
    return node.is_constant and not any(
        each.op in _OUTSIDE or (each.op == "call" and each.value in {"today", "now"}) for each in node.walk()
    )


def refused_when_blank(node: Node, *, holds: bool = True) -> Iterator[tuple[Node, Node]]:
    """Comparisons by order that must hold, each with an operand of the record that may be blank: then it never holds.

    `holds`: whether the node must be true; below a `not` it must be false, and a blank is no obstacle.
    """
    if node.op == "not":
        yield from refused_when_blank(node.args[0], holds=not holds)
    elif node.op in {"and", "or"}:
        for each in node.args:
            yield from refused_when_blank(each, holds=holds)
    elif node.op in ORDER and holds:
        yield from ((node, each) for arg in node.args for each in arg.walk() if each.op == "field" and each.type.blank)


def asked_for_blanks(node: Node) -> frozenset[str]:
    """What the expression asks for being blank, or puts something else in the place of: someone thought of it."""
    return frozenset(
        inner.value
        for each in node.walk()
        if (each.op == "call" and each.value == "is_blank") or each.op == "coalesce"
        for inner in each.walk()
        if inner.op == "field"
    )
