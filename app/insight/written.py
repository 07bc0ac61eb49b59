"""`filter=`: a condition of the expression language, read as the caller may know the fields.

What the language has no type for (durations, times of day, references and links to several entities, addresses) and texts in
several languages are compared as the filters of the lists compare them, where they stand alone or joined by `and`.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.access import Actor, reads_in_clear, seen_catalog
from app.definition import Catalog
from app.expression import BadExpression, Checked, Problem
from app.expression.parser import parse
from app.expression.syntax import Syntax
from app.expression.wire import wire_condition
from app.insight.query import BadQuery, Filter

MOST_AGGREGATES = 10  # of all filters together: each is a subquery for every row
_UNTYPED = frozenset({"any", "time", "duration", "address"})
_COMPARISONS = {
    "==": "equals", "!=": "not_equals", "<": "less", "<=": "at_most", ">": "greater", ">=": "at_least", "has": "has_any",
}  # fmt: skip
_LISTS = {"in": "in", "not in": "not_in"}
_CALLS = {"contains": "contains", "starts_with": "starts_with", "has_any": "has_any", "has_all": "has_all"}


UNKNOWN_NAME = "EXP102"


class BadFilter(ValueError):
    """The text is no condition on what the caller may read; the message says where and why, and what may be meant."""


Read = tuple[tuple[Checked, ...], tuple[Filter, ...]]


def read_filter(catalog: Catalog, actor: Actor, entity: str, text: str) -> Read:
    """What a `filter=` asks, as conditions and as filters of lists. Raises BadFilter.

    What the caller may not read in clear does not exist for him: then and for a field that was never there, BadQuery; so,
    too, where there are too many aggregates.
    """
    return read_filters(catalog, actor, entity, (text,))


def read_filters(catalog: Catalog, actor: Actor, entity: str, texts: Sequence[str]) -> Read:
    """What several `filter=` ask together. Raises as `read_filter`."""
    found = [_read(catalog, actor, entity, text) for text in texts]
    where = tuple(each for some, _ in found for each in some)
    if sum(node.op == "aggregate" for each in where for node in each.root.walk()) > MOST_AGGREGATES:
        raise BadQuery("aggregates", str(MOST_AGGREGATES))
    return where, tuple(each for _, some in found for each in some)


def _read(catalog: Catalog, actor: Actor, entity: str, text: str) -> Read:
    try:
        parts = joined(parse(text))
        filters = [_untyped(catalog, actor, entity, each) for each in parts]
        seen = seen_catalog(catalog, actor)
        rest = (each for each, found in zip(parts, filters, strict=True) if found is None)
        checked = tuple(wire_condition(seen, entity, each, text) for each in rest)
    except BadExpression as error:
        problem = error.problems[0]
        if problem.code == UNKNOWN_NAME:
            raise BadQuery("field", text[problem.start : problem.end]) from error
        raise BadFilter(_words(problem)) from error
    for each in checked:
        if not reads_in_clear(catalog, actor, each):
            raise BadQuery("field", text)
    return checked, tuple(each for each in filters if each is not None)


def _words(problem: Problem) -> str:
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"{problem.message} at {problem.start + 1}{hint}"


def joined(tree: Syntax) -> list[Syntax]:
    """The parts that must all hold."""
    if tree.kind == "binary" and tree.value == "and":
        return [each for part in tree.args for each in joined(part)]
    return [tree]


def _untyped(catalog: Catalog, actor: Actor, entity: str, tree: Syntax) -> Filter | None:
    """The filter of a list that one comparison is, where the language has no type for its field."""
    asked = _simple(tree)
    if asked is None:
        return None
    field = seen_catalog(catalog, actor).entities[entity].fields.get(asked.field)
    untyped = field is not None and (field.holds in _UNTYPED or field.translated or field.of_several)
    return asked if untyped else None


def _simple(tree: Syntax) -> Filter | None:
    """A field compared with literals."""
    if len(tree.args) != 2 or tree.args[0].kind != "name" or len(tree.args[0].value) != 1:
        return None
    name, other = tree.args[0].value[0], tree.args[1]
    asks = _LISTS if tree.kind == "binary" else _CALLS
    if tree.kind in {"binary", "call"} and tree.value in asks and other.kind == "list":
        values = tuple(_text(each) for each in other.args if each.kind == "literal" and each.value is not None)
        return Filter(name, asks[tree.value], values) if len(values) == len(other.args) else None
    if other.kind != "literal":
        return None
    if tree.kind == "binary" and tree.value in _COMPARISONS:
        if other.value is not None:
            return Filter(name, _COMPARISONS[tree.value], (_text(other),))
        blank = {"==": "is_blank", "!=": "is_not_blank"}.get(tree.value)
        return Filter(name, blank) if blank else None
    if tree.kind == "call" and tree.value in _CALLS and other.value is not None:
        return Filter(name, _CALLS[tree.value], (_text(other),))
    return None


def _text(literal: Syntax) -> str:
    return str(literal.value).lower() if isinstance(literal.value, bool) else str(literal.value)
