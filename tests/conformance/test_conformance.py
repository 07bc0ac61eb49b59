"""One file of cases, two engines: what the server says of a record, the form says of it too."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from app.definition import Catalog
from app.expression.functions import BROWSER_FORMATS, FUNCTIONS
from app.expression.implementations import fit
from app.expression.node import OPERATIONS, plain_json, to_json
from app.loading.build import catalog_of_tree
from app.rehearsal.node import ENGINE, NodeEngine, NodeFailed, find_node
from tests.conformance.subject import TREE, Case, context_of, plain_row, read_cases
from tests.conftest import absent

CASES = read_cases()
LARGEST_ENGINE = 6 * 1024


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return catalog_of_tree(TREE)


@pytest.fixture(scope="module")
def node() -> Iterator[NodeEngine]:
    path = find_node()
    if path is None:
        absent("Node", "CRM_TEST_NODE")
    assert path is not None
    with NodeEngine(path) as engine:
        yield engine


def test_the_engine_of_the_server_says_what_the_file_says(catalog: Catalog) -> None:
    wrong = []
    for case in CASES:
        checked = case.checked(catalog)
        old = None if case.old is None else plain_row(checked, case.old, old=True)
        value = checked.evaluate(plain_row(checked, case.record), old, context_of(case.context))
        found = plain_json(fit(value, checked.type))
        if found != case.expected or isinstance(found, bool) is not isinstance(case.expected, bool):
            wrong.append((case.source, case.record, case.expected, found))
    assert not wrong


def test_the_engine_of_the_browser_says_what_the_file_says(catalog: Catalog, node: NodeEngine) -> None:
    wrong = []
    for case in CASES:
        checked = case.checked(catalog)
        assert checked.runs_in_browser, case.source
        (found,) = node.ask(to_json(checked.root), [(case.record, case.old)], case.context)
        if found != case.expected or isinstance(found, bool) is not isinstance(case.expected, bool):
            wrong.append((case.source, case.record, case.expected, found))
    assert not wrong


def test_plain_values_of_the_server_reach_the_browser_as_they_are(catalog: Catalog, node: NodeEngine) -> None:
    wrong = []
    for case in CASES[::7]:
        checked = case.checked(catalog)
        old = None if case.old is None else plain_row(checked, case.old, old=True)
        rows = [(plain_row(checked, case.record), old)]
        if node.evaluate(checked.root, rows, context_of(case.context)) != [case.expected]:
            wrong.append(case.source)
    assert not wrong


def _covered(catalog: Catalog) -> Iterator[tuple[str, object]]:
    for case in CASES:
        for each in case.checked(catalog).root.walk():
            yield each.op, each.value if each.op == "call" else None


def test_every_operation_and_function_of_the_browser_has_cases(catalog: Catalog) -> None:
    found = set(_covered(catalog))
    assert {op for op, _ in found} == set(OPERATIONS) - {"aggregate"}
    wanted = {name for name, each in FUNCTIONS.items() if "browser" in each.targets} - {"if", "coalesce"}
    assert {name for op, name in found if op == "call"} == wanted
    formats = {case.source for case in CASES if "matches_format" in case.source}
    assert all(any(f'"{name}"' in source for source in formats) for name in BROWSER_FORMATS)


def test_an_engine_that_fails_says_so(node: NodeEngine) -> None:
    with pytest.raises(NodeFailed):
        node.ask(["no_such_operation", "b"], [({}, None)], CASES[0].context)
    assert node.ask(["const", "n2", "1.50"], [({}, None)], CASES[0].context) == ["1.50"]


def test_the_engine_is_small() -> None:
    assert len(gzip.compress(ENGINE.read_bytes(), 9)) <= LARGEST_ENGINE


def test_the_engine_never_makes_code_of_texts() -> None:
    source = ENGINE.read_text(encoding="utf-8")
    assert not any(word in source for word in ("eval(", "Function(", "import("))


def test_the_file_has_each_case_once() -> None:
    keys = [(case.source, id(case.record), id(case.old), id(case.context)) for case in CASES]
    assert len(set(keys)) == len(keys)
    assert isinstance(CASES[0], Case)
