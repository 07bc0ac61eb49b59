"""What engines answer, side by side: an answer is a value for each record of the world, in their order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.expression import BadExpression, Checked, check_expression
from app.expression.format import format_syntax
from app.expression.node import plain_json, to_json
from app.expression.parser import parse
from app.expression.syntax import Syntax
from app.rehearsal.node import NodeEngine
from tests.parity.world import World

Answer = list[Any]
Engine = Callable[[Sequence[Checked]], list[Answer | None]]
"""The answers to expressions; None for one that the engine does not know by design."""


@dataclass(frozen=True)
class Difference:
    """An expression that an engine answers otherwise than Python, with the first record where it does."""

    source: str
    record: int
    expected: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.source}\n    record {self.record}: {self.expected!r} in Python, here {self.found!r}"


def comparable(value: Any) -> Any:
    """A value such that two engines' are equal when they mean the same: 1.50 is 1.5."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return Decimal(value).normalize() + 0
    return plain_json(value) if isinstance(value, dt.date | tuple | list) else value


def in_python(world: World) -> Engine:
    """The normative engine."""

    def answer(expressions: Sequence[Checked]) -> list[Answer | None]:
        return [python_answer(world, each) for each in expressions]

    return answer


def python_answer(world: World, checked: Checked) -> Answer:
    """What the normative engine says of each record."""
    world.facts(checked)
    pairs = zip(world.rows, world.olds, strict=True)
    return [comparable(checked.evaluate(row, old, world.context)) for row, old in pairs]


def in_node(world: World, engine: NodeEngine) -> Engine:
    """The browser's engine. What it does not know, a form asks the server for."""
    around = {
        "now": plain_json(world.context.now),
        "zone": str(world.context.zone),
        "user": _plain(world.context.user, world.context.user),
        "roles": sorted(world.context.roles),
    }

    def answer(expressions: Sequence[Checked]) -> list[Answer | None]:
        return [one(each) if each.runs_in_browser else None for each in expressions]

    def one(checked: Checked) -> Answer:
        rows = [
            (_plain(row, checked.keys), None if old is None else _plain(old, checked.old_keys))
            for row, old in zip(world.rows, world.olds, strict=True)
        ]
        found = engine.ask(to_json(checked.root), rows, around)
        if checked.type.base not in {"number", "ref"}:  # ids are texts there
            return found
        return [each if each is None else comparable(Decimal(each)) for each in found]

    return answer


def _plain(row: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: plain_json(row.get(key)) for key in keys}


def differences(world: World, expressions: Sequence[Checked], engine: Engine) -> list[Difference]:
    """Where an engine departs from Python, each told by its smallest part that still does."""
    found = []
    for checked, answer in zip(expressions, engine(expressions), strict=True):
        if answer is not None and (first := _first(world, checked, answer)) is not None:
            found.append(_smallest(world, checked, engine) or first)
    return found


def _first(world: World, checked: Checked, answer: Answer) -> Difference | None:
    expected = python_answer(world, checked)
    for row, should, does in zip(world.rows, expected, answer, strict=True):
        if should != does or isinstance(should, bool) is not isinstance(does, bool):
            return Difference(checked.source, row["id"], should, does)
    return None


def _smallest(world: World, checked: Checked, engine: Engine) -> Difference | None:
    """A part of an expression that is answered differently on its own."""
    for source in sorted({format_syntax(each) for each in _parts(parse(checked.source))}, key=len):
        try:
            part = check_expression(world.catalog, checked.entity, source)
        except BadExpression:
            continue
        answer = engine([part])[0]
        difference = None if answer is None else _first(world, part, answer)
        if difference is not None:
            return difference
    return None


def _parts(tree: Syntax) -> Iterator[Syntax]:
    for each in tree.args:
        yield each
        if each.kind != "aggregate":
            yield from _parts(each)
