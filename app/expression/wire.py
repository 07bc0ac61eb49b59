"""Conditions in a query string: as everywhere, and literals as programs send them.

An id may be written as a text or a number, a person as "me"; a day or a moment as a text, where a day stands for all of its
moments; a number and a truth as a text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial

from app.definition import Catalog
from app.expression.agreement import bad
from app.expression.check import Checker, read_condition
from app.expression.checked import Checked, checked_of
from app.expression.literals import constant
from app.expression.names import Names
from app.expression.node import Node
from app.expression.parser import parse
from app.expression.problem import BadExpression
from app.expression.syntax import Syntax
from app.expression.types import BOOL, DATE, DATETIME, Type

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
_WHOLE = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?", re.ASCII)
_ME = Node("user", Type("ref", entities=("user",)), (), "id")


def check_wire(catalog: Catalog, entity: str, source: str) -> Checked:
    """A condition on records of an entity, in the profile `filter`. Raises BadExpression; KeyError for an unknown entity."""
    return wire_condition(catalog, entity, parse(source), source)


def wire_condition(catalog: Catalog, entity: str, tree: Syntax, source: str) -> Checked:
    """As `check_wire`, of a tree that was parsed or is a part of one."""
    root = _WireChecker(Names(catalog, catalog.get_entity(entity), read=read_condition)).whole(tree, BOOL)
    found = checked_of(source, entity, root)
    if "filter" in found.unfit:
        raise BadExpression(found.unfit["filter"])
    return found


class _WireChecker(Checker):
    """Reads literals by what they are compared with."""

    def node(self, tree: Syntax, wanted: Type | None = None) -> Node:
        if tree.kind == "literal" and wanted is not None and tree.value is not None:
            read = _READERS.get(wanted.base)
            found = read(tree, wanted) if read is not None else None
            if found is not None:
                return found
        return super().node(tree, wanted)

    def pair(self, left: Syntax, right: Syntax) -> tuple[Node, Node]:
        one, other = super().pair(left, right) if right.kind != "literal" else self._with_literal(left, right)
        return one, other

    def _with_literal(self, left: Syntax, right: Syntax) -> tuple[Node, Node]:
        day = _day(right, DATE)
        if day is not None and left.kind != "literal":
            one = self.node(left)
            if one.type.base == "datetime":
                return Node("call", DATE.maybe(blank=one.type.blank), (one,), "date", left.start, left.end), day
        return super().pair(left, right)

    def membership(self, tree: Syntax, left: Syntax, right: Syntax) -> Node:
        me = [each for each in right.args if right.kind == "list" and each.kind == "literal" and each.value == "me"]
        if not me:
            return super().membership(tree, left, right)
        one = self.node(left)
        if one.type.entities != ("user",):
            return super().membership(tree, left, right)
        tests = [Node("eq", BOOL, (one, _ME), None, tree.start, tree.end)]
        if others := tuple(each for each in right.args if each not in me):
            tests.append(super().membership(tree, left, right._replace(args=others)))
        return Node("or", BOOL, tuple(tests), None, tree.start, tree.end) if len(tests) > 1 else tests[0]

    def call(self, tree: Syntax, wanted: Type | None) -> Node:
        if tree.value not in {"has_any", "has_all"} or len(tree.args) != 2 or tree.args[1].kind != "list":
            return super().call(tree, wanted)
        many = self.node(tree.args[0])
        if many.type.base != "refs":
            return super().call(tree, wanted)
        if not tree.args[1].args:
            raise bad("EXP104", "an empty list is had by none", tree.args[1])
        makers = [partial(self.having, tree, tree.args[0], each) for each in tree.args[1].args]
        tests = tuple(self.each(makers))
        return Node("or" if tree.value == "has_any" else "and", BOOL, tests, None, tree.start, tree.end)


def _reference(tree: Syntax, wanted: Type) -> Node | None:
    if tree.value == "me" and wanted.entities == ("user",):
        return Node(_ME.op, _ME.type, (), _ME.value, tree.start, tree.end)
    text = str(tree.value)
    if isinstance(tree.value, bool) or not _WHOLE.fullmatch(text):
        return None
    return Node("const", Type("ref", blank=False, entities=wanted.entities), (), int(text), tree.start, tree.end)


def _number(tree: Syntax, _wanted: Type) -> Node | None:
    if not isinstance(tree.value, str) or not _NUMBER.fullmatch(tree.value):
        return None
    return constant(Decimal(tree.value) if "." in tree.value else int(tree.value), tree)


def _flag(tree: Syntax, _wanted: Type) -> Node | None:
    if tree.value not in ("true", "false"):
        return None
    return Node("const", BOOL, (), tree.value == "true", tree.start, tree.end)


def _day(tree: Syntax, _wanted: Type) -> Node | None:
    if not isinstance(tree.value, str) or not _DAY.fullmatch(tree.value):
        return None
    try:
        day = dt.date.fromisoformat(tree.value)
    except ValueError:
        return None
    return Node("const", DATE.maybe(blank=False), (), day, tree.start, tree.end)


def _moment(tree: Syntax, _wanted: Type) -> Node | None:
    if not isinstance(tree.value, str) or not _MOMENT.fullmatch(tree.value):
        return None
    try:
        moment = dt.datetime.fromisoformat(tree.value).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return Node("const", DATETIME.maybe(blank=False), (), moment, tree.start, tree.end)


_READERS: dict[str, Callable[[Syntax, Type], Node | None]] = {
    "ref": _reference,
    "number": _number,
    "bool": _flag,
    "date": _day,
    "datetime": _moment,
}
