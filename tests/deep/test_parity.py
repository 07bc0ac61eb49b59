"""All engines answer alike: random typed expressions over two hundred records. `make parity` asks twenty times as many.

CRM_TEST_PARITY sets another number of expressions, CRM_TEST_PARITY_SEED other ones.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.expression import Checked, check_expression
from app.expression.format import format_syntax
from app.expression.functions import FUNCTIONS
from app.expression.parser import parse
from app.expression.syntax import Syntax
from tests.parity.agreement import python_answer
from tests.parity.sources import draw_expressions
from tests.parity.world import World, make_world

pytestmark = [pytest.mark.deep, pytest.mark.timeout(7200)]
COUNT = int(os.environ.get("CRM_TEST_PARITY", "1000"))
SEED = int(os.environ.get("CRM_TEST_PARITY_SEED", "20261122"))


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


@pytest.fixture(scope="module")
def expressions(world: World) -> list[Checked]:
    return list(draw_expressions(SEED, COUNT, world.catalog))


@pytest.fixture(scope="module")
def conditions(expressions: list[Checked]) -> list[Checked]:
    return [each for each in expressions if each.type.base == "bool"]


def test_every_function_and_every_operation_is_among_them(expressions: list[Checked]) -> None:
    nodes = [node for each in expressions for node in each.root.walk()]
    functions = Counter(node.value for node in nodes if node.op == "call")
    assert not {name for name in FUNCTIONS if name not in {"if", "coalesce"} and functions[name] < 3}
    operations = Counter(node.op for node in nodes)
    assert min(operations[each] for each in ("in", "has", "div", "coalesce", "if", "map", "changed", "new", "role")) > 3


def test_conditions_decide_something(world: World, conditions: list[Checked]) -> None:
    """Expressions that are true of all records, or of none, tell little about an engine."""
    answers = [python_answer(world, each) for each in conditions]
    assert sum(0 < sum(each) < len(each) for each in answers) > len(answers) / 2


def test_formatting_changes_nothing(expressions: list[Checked]) -> None:
    for each in expressions:
        tree = parse(each.source)
        once = format_syntax(tree)
        assert _bare(parse(once)) == _bare(tree), each.source
        assert format_syntax(parse(once)) == once


def test_not_is_the_exact_opposite(world: World, conditions: list[Checked]) -> None:
    for each in conditions:
        opposite = check_expression(world.catalog, each.entity, f"not ({each.source})")
        pairs = zip(python_answer(world, each), python_answer(world, opposite), strict=True)
        assert all(one is not other for one, other in pairs), each.source


def test_what_is_always_true_adds_nothing(world: World, conditions: list[Checked]) -> None:
    for each in conditions:
        for more in _tautologies(each.source):
            longer = check_expression(world.catalog, each.entity, more)
            assert python_answer(world, longer) == python_answer(world, each), more


def _tautologies(source: str) -> Iterator[str]:
    yield f"({source}) and title == title"
    yield f"({source}) or whole != whole"
    yield f"not (not ({source}) or (price < cost and price >= cost))"


def _bare(tree: Syntax) -> Syntax:
    """The tree without the places of its parts."""
    return replace(tree, args=tuple(map(_bare, tree.args)), start=0, end=0)
