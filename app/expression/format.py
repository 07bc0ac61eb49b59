"""The canonical text of an expression: one space around operators, no parentheses that say nothing, double quotes."""

from __future__ import annotations

from app.expression.syntax import Syntax

_STRENGTH = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "/": 6}
_COMPARISON, _SIGNED, _PRIMARY = 4, 7, 8


def format_syntax(tree: Syntax) -> str:
    """The text of a tree; parsing it gives an equal tree but for the places."""
    match tree.kind:
        case "literal":
            return literal(tree.value)
        case "list":
            return f"[{', '.join(map(format_syntax, tree.args))}]"
        case "name":
            return ".".join(tree.value)
        case "call":
            return f"{tree.value}({', '.join(map(format_syntax, tree.args))})"
        case "aggregate":
            return _aggregate(tree)
        case "unary":
            return _unary(tree)
        case _:
            own = _strength(tree)
            left, right = tree.args
            # Operations of one strength are read from the left; comparisons do not follow on each other.
            nested = _inside(left, own + 1 if own == _COMPARISON else own)
            return f"{nested} {tree.value} {_inside(right, own + 1)}"


def literal(value: object) -> str:
    """A literal as it is written."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'
    return f"{value:f}" if not isinstance(value, int) else str(value)


def _aggregate(tree: Syntax) -> str:
    name, inverse, field = tree.value
    what = f"{inverse}.{field}" if field else inverse
    condition = f" where {format_syntax(tree.args[0])}" if tree.args else ""
    return f"{name}({what}{condition})"


def _unary(tree: Syntax) -> str:
    inside = tree.args[0]
    if tree.value == "not":
        return f"not {_inside(inside, _STRENGTH['not'])}"
    return f"-{_inside(inside, _PRIMARY)}"


def _inside(tree: Syntax, least: int) -> str:
    text = format_syntax(tree)
    return f"({text})" if _strength(tree) < least else text


def _strength(tree: Syntax) -> int:
    if tree.kind == "binary":
        return _COMPARISON if tree.is_comparison else _STRENGTH[tree.value]
    if tree.kind == "unary":
        return _STRENGTH["not"] if tree.value == "not" else _SIGNED
    if tree.kind == "literal" and isinstance(tree.value, int) and not isinstance(tree.value, bool) and tree.value < 0:
        return _SIGNED
    return _PRIMARY
