"""The typed tree (IR) that every engine reads. It is JSON by `to_json`, so that the browser reads the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from app.definition.composite import Address, Json, Location
from app.expression.types import BOOL, Type
from app.frozen import dataclass

OPERATIONS = (
    "const", "list", "field", "old", "user", "role", "changed", "new", "map", "piece", "target", "aggregate",
    "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "in", "has",
    "add", "sub", "mul", "div", "neg", "if", "coalesce", "call",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a checked expression. `value` is, by `op`, what is said here.

    const: a plain value (None, bool, int, Decimal, str, date, datetime) · list: None, its args are consts ·
    field: the key in the row, a path dotted (`account.level`, `about:contact.name`), a companion column by its key
    (`amount__original`) · old: the key in the row as it was · user: the key of a field of the acting person ·
    role: the key of a role that he may have · changed: the key of a field · new: None · map: pairs of option and plain
    value, looked up by the one arg · piece: the name of a part of an address · target: None, the entity that its arg points
    to · aggregate: an `Aggregate` · call: the name of the function · others: None.

    `in` has the value and a list or a field of type `choices`; `has` a list field and a value. `and` and `or` have two or
    more args.
    """

    op: str
    type: Type
    args: tuple[Node, ...] = ()
    value: Any = None
    start: int = 0
    end: int = 0

    def walk(self) -> Iterator[Node]:
        """It and all below, but not what stands in the conditions of aggregates: that is about other records."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            if node.args:
                waiting.extend(reversed(node.args))

    @property
    def is_constant(self) -> bool:
        """Whether no record decides on its value: the same for all rows of one statement."""
        return all(each.op not in _OF_RECORDS for each in self.walk())


_OF_RECORDS = frozenset({"field", "old", "changed", "new", "aggregate"})


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A value over the records of `entity` whose `lookup` points to the record: its key in a row is the canonical text.

    `name` is one of `syntax.AGGREGATES`, `field` the key of what is summed, least, greatest or latest, `where` the
    condition on them, in which names are theirs.
    """

    key: str
    name: str
    inverse: str
    entity: str
    lookup: str
    field: str | None
    where: Node | None


TRUE = Node("const", BOOL, value=True)
FALSE = Node("const", BOOL, value=False)


def to_json(node: Node) -> list[Any]:
    """A list that JSON holds: the operation, what it needs, the arguments. Numbers are texts of all their digits.

    `["const", type, value]`, `["field", type, key]`, `["call", type, name, …args]`, `["map", type, {option: value}, arg]`,
    others `[op, type, …args]`. A type is its first letters: `b` bool, `n2` a number of scale 2, `t` text, `d` date, `m`
    datetime, `c` choice, `cs` choices, `r` ref, `rs` refs, `o` opaque, `0` null.
    """
    head: list[Any] = [node.op, _SHORT[node.type.base] + (str(node.type.scale) if node.type.base == "number" else "")]
    match node.op:
        case "const":
            return [*head, plain_json(node.value)]
        case "map":
            return [*head, {key: plain_json(value) for key, value in node.value}, to_json(node.args[0])]
        case "aggregate":
            return [*head, node.value.key]
    if node.value is not None:
        head.append(node.value)
    return [*head, *map(to_json, node.args)]


_SHORT = {
    "bool": "b", "number": "n", "text": "t", "date": "d", "datetime": "m", "choice": "c", "choices": "cs", "ref": "r",
    "refs": "rs", "opaque": "o", "null": "0",
}  # fmt: skip


def plain_json(value: Any) -> Any:
    """A plain value as JSON carries it: numbers as text, dates as ISO 8601, moments in UTC with `Z`, addresses by part."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value or abs(value):f}"  # a zero has no sign
    if isinstance(value, tuple | list):
        return [plain_json(each) for each in value]
    if isinstance(value, Address | Json | Location):
        return value.wire()
    return str(value)
