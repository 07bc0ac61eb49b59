"""All engines answer alike: random typed expressions over two hundred records. `make parity` asks twenty times as many.

CRM_TEST_PARITY sets another number of expressions, CRM_TEST_PARITY_SEED other ones.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from app.expression import BadExpression, Checked, Problem, check_expression
from app.expression.format import format_syntax
from app.expression.functions import FUNCTIONS
from app.expression.parser import parse
from app.expression.syntax import Syntax
from app.orm.models import Models
from app.rehearsal.node import ENGINE, NodeEngine, find_node
from tests import pgtemp
from tests.conftest import absent
from tests.parity.agreement import Difference, differences, in_node, python_answer
from tests.parity.databases import chosen_ids, filled, ids_of_opposite, in_sql
from tests.parity.faults import IN_BROWSER, IN_PYTHON, IN_SQL
from tests.parity.sources import draw_expressions
from tests.parity.world import World, make_world

pytestmark = pytest.mark.timeout(7200)
WORDS = (
    *FUNCTIONS, "and", "or", "not", "in", "has", "where", "null", "true", "(", ")", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/", "==",
    "!=", "<", ">=", "=", "&&", "!", "'", '"', '"a"', "'张'", "1", "2.50", "99999999999999999999", "title", "price", "day", "at", "flag",
    "level", "levels", "words", "place", "place.level", "place.region.name", "old", "old.price", "user", "user.name", "stage",
    "stage.category", "site.city", "pieces", "count_of", "sum_of", "exists", "pieces.amount", "is_new", "is_changed", "has_role",
    "is_mine", "completeness", "nobody", "，", "“", "😀", "\\", "{", "%", "?", ":", "\x00",
)  # fmt: skip
COUNT = int(os.environ.get("CRM_TEST_PARITY", "1000"))
SEED = int(os.environ.get("CRM_TEST_PARITY_SEED", "20261122"))


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


@pytest.fixture(scope="module")
def expressions(world: World) -> list[Checked]:
    return list(draw_expressions(SEED, COUNT, world.catalog))


@pytest.fixture(scope="module")
def node() -> Iterator[NodeEngine]:
    path = find_node()
    if path is None:
        absent("Node", "CRM_TEST_NODE")
    assert path is not None
    with NodeEngine(path) as engine:
        yield engine


@pytest.fixture(scope="module")
def conditions(expressions: list[Checked]) -> list[Checked]:
    return [each for each in expressions if each.type.base == "bool"]


def test_every_function_and_every_operation_is_among_them(expressions: list[Checked]) -> None:
    nodes = [node for each in expressions for node in each.root.walk()]
    functions = Counter(node.value for node in nodes if node.op == "call")
    least = COUNT / 500
    assert not {name for name in FUNCTIONS if name not in {"if", "coalesce"} and functions[name] < least}
    operations = Counter(node.op for node in nodes)
    assert (
        min(operations[each] for each in ("in", "has", "div", "coalesce", "if", "map", "changed", "new", "role"))
        >= least
    )


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


def test_the_browser_answers_as_the_server_does(world: World, expressions: list[Checked], node: NodeEngine) -> None:
    engine = in_node(world, node)
    assert sum(each.runs_in_browser for each in expressions) > len(expressions) / 3
    agree(differences(world, expressions, engine))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, world: World
) -> Iterator[tuple[Connection, Models]]:
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path_factory.mktemp('parity') / 'crm.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(pgtemp.fresh_database(request.getfixturevalue("pg_cluster")))
        yield stack.enter_context(filled(url, world))


def test_databases_answer_as_the_server_does(
    world: World, expressions: list[Checked], database: tuple[Connection, Models]
) -> None:
    assert sum("filter" in each.profiles for each in expressions) > len(expressions) / 3
    agree(differences(world, expressions, in_sql(world, *database)))


def test_what_a_condition_leaves_its_opposite_chooses(
    world: World, conditions: list[Checked], database: tuple[Connection, Models]
) -> None:
    everything = {row["id"] for row in world.rows}
    for each in conditions:
        if "filter" in each.profiles:
            chosen = set(chosen_ids(*database, world, each.root))
            assert set(ids_of_opposite(*database, world, each.root)) == everything - chosen, each.source


@pytest.mark.parametrize("fault", IN_PYTHON)
def test_a_fault_in_an_engine_is_found(
    world: World, expressions: list[Checked], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    some = expressions[:1000]
    sound = [python_answer(world, each) for each in some]
    IN_PYTHON[fault](monkeypatch)
    copies = [replace(each) for each in some]  # to be compiled anew
    assert [python_answer(world, each) for each in copies] != sound


@pytest.mark.parametrize("fault", IN_SQL)
def test_a_fault_in_sql_is_found(
    world: World,
    expressions: list[Checked],
    database: tuple[Connection, Models],
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    some = [each for each in expressions[:1000] if "filter" in each.profiles]
    engine, connection = in_sql(world, *database), database[0]
    connection.engine.clear_compiled_cache()  # it would know the statements as they are without the fault
    IN_SQL[fault](monkeypatch)
    try:
        answers = (engine([each])[0] for each in some)  # one after the other, until one is wrong
        pairs = zip(some, answers, strict=True)
        assert any(found is not None and found != python_answer(world, each) for each, found in pairs)
    finally:
        connection.rollback()
        connection.engine.clear_compiled_cache()


@pytest.mark.parametrize("fault", IN_BROWSER)
def test_a_fault_in_the_browser_is_found(
    world: World,
    expressions: list[Checked],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    node: NodeEngine,
    fault: str,
) -> None:
    sound, planted = IN_BROWSER[fault]
    source = ENGINE.read_text("utf-8")
    assert source.count(sound) == 1
    copy = tmp_path / "expression.js"
    copy.write_text(source.replace(sound, planted), "utf-8")
    monkeypatch.setattr("app.rehearsal.node.ENGINE", copy)
    with NodeEngine(str(find_node())) as faulty:
        some = [each for each in expressions[:1000] if each.runs_in_browser]
        assert in_node(world, faulty)(some) != in_node(world, node)(some)


def test_random_words_give_positioned_errors_only(world: World) -> None:
    draw = random.Random(SEED)  # noqa: S311 (nothing secret)
    for _ in range(20 * COUNT):
        source = " ".join(draw.choices(WORDS, k=draw.randint(1, 12)))
        for each in _problems(world, source):
            assert 0 <= each.start < each.end, (source, each)
            assert each.start <= len(source), (source, each)
            assert re.fullmatch(r"EXP1\d\d", each.code), (source, each)


def _problems(world: World, source: str) -> tuple[Problem, ...]:
    try:
        check_expression(world.catalog, "thing", source)
    except BadExpression as error:
        return error.problems
    return ()


def agree(found: list[Difference]) -> None:
    """Fails with what differs, the shortest first."""
    unlike = sorted({str(each) for each in found}, key=len)
    assert not unlike, "\n".join([f"{len(found)} expressions are answered differently", *unlike[:20]])


def _tautologies(source: str) -> Iterator[str]:
    yield f"({source}) and title == title"
    yield f"({source}) or whole != whole"
    yield f"not (not ({source}) or (price < cost and price >= cost))"


def _bare(tree: Syntax) -> Syntax:
    """The tree without the places of its parts."""
    return Syntax(tree.kind, tree.value, tuple(map(_bare, tree.args)))
