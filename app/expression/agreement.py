"""Whether two parts of an expression agree: what may be compared, what a list may hold, what a result may be for."""

from __future__ import annotations

from app.expression.format import format_syntax
from app.expression.node import Node
from app.expression.problem import BadExpression, Problem
from app.expression.syntax import Syntax
from app.expression.types import Type

LISTS = {"choices": "choice", "refs": "ref"}
"""What a list holds."""


def bad(code: str, message: str, tree: Syntax, hint: str | None = None) -> BadExpression:
    """A problem of a part of the source."""
    return BadExpression(Problem(code, message, tree.start, max(tree.end, tree.start + 1), hint))


def same_kind(one: Node, other: Node, tree: Syntax) -> None:
    """Refuses to compare what is not of one kind."""
    bases = {one.type.base, other.type.base}
    if "null" in bases or len(bases) == 1:
        _same_targets(one, other, tree)
        return
    message = f"{one.type.words} is compared with {other.type.words}"
    raise bad("EXP104", message, tree, _other_kind(one, other, tree))


def _same_targets(one: Node, other: Node, tree: Syntax) -> None:
    if one.type.base == "ref" == other.type.base and not set(one.type.entities) & set(other.type.entities):
        message = f"a record of '{'/'.join(one.type.entities)}' is never one of '{'/'.join(other.type.entities)}'"
        raise bad("EXP104", message, tree)
    left, right = one.type.options, other.type.options
    if one.type.base == "choice" == other.type.base and left and right and not set(left) & set(right):
        raise bad("EXP105", "these two have no option in common, so that they are never equal", tree)


def _other_kind(one: Node, other: Node, tree: Syntax) -> str | None:
    bases = {one.type.base, other.type.base}
    text = format_syntax(tree)
    if bases == {"date", "datetime"}:
        which = text if other.type.base == "datetime" else "…"
        return f"take the day of the moment: `date({which})`"
    if bases in ({"date", "text"}, {"datetime", "text"}):
        return f"write a day as `date({text})`" if other.type.base == "text" else 'write a day as `date("2026-01-31")`'
    if "ref" in bases and "text" in bases:
        return "compare a field of the record behind the lookup, such as its name: `account.name == …`"
    if bases == {"choice", "text"}:
        return "write `to_text(…)` around the option"
    if bases == {"bool", "text"}:
        return "write true or false without quotes"
    if bases == {"number", "text"} and tree.kind == "literal":
        return "write the number without quotes"
    if "choices" in bases:
        return 'ask `… has "x"` or `has_any(…)`'
    return None


def instead(found: Node, tree: Syntax) -> str | None:
    """What may have been meant where another kind of value belongs."""
    if found.type.base == "datetime":
        return f"take its day: `date({format_syntax(tree)})`"
    if found.type.base == "text" and tree.kind == "literal":
        return "write it without quotes" if str(tree.value).replace(".", "", 1).isdigit() else None
    return None


def check_element(many: Node, value: Node, tree: Syntax) -> None:
    """Refuses a value that can't be in a list."""
    if value.type.base == "null":
        raise bad("EXP104", "blank is in no list", tree, "ask `is_blank(…)`")
    wanted = LISTS[many.type.base]
    if len(many.type.entities) > 1:
        hint = "ask `count(…)` or `is_blank(…)`, or a total of the other side: `count_of(…)`"
        raise bad(
            "EXP104", "the list leads to records of several entities, so that one of them is not asked for", tree, hint
        )
    if value.type.base == "text" and wanted == "choice" and many.type.options is None:
        return
    if value.type.base != wanted:
        raise bad("EXP104", f"{many.type.words} never holds {value.type.words}", tree)
    if wanted == "ref" and not set(many.type.entities) & set(value.type.entities):
        raise bad("EXP104", "the list never holds a record of that entity", tree)


def check_result(found: Node, wanted: Type) -> None:
    """Refuses a result that does not fit what it is for."""
    base, target = found.type.base, wanted.base
    fits = base == target or (base == "null" and target != "bool") or (base == "choice" and target == "text")
    if base == "ref" == target and not set(found.type.entities) & set(wanted.entities):
        fits = False
    if base == "choice" == target and wanted.options is not None and found.type.options is not None:
        foreign = [each for each in found.type.options if each not in wanted.options]
        fits = not foreign
    if not fits:
        message = f"the expression gives {found.type.words} where {wanted.words} belongs"
        hint = "compare something: `amount > 0`" if target == "bool" else instead(found, Syntax("name", ("…",)))
        raise BadExpression(Problem("EXP109", message, found.start, found.end, hint))
