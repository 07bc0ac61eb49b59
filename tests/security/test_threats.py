"""Every class of attack has a test that stands against it."""

import ast
from functools import cache
from pathlib import Path

from tests.security.threats import NO_SURFACE, THREATS

TESTS = Path(__file__).parents[1]


@cache
def named_in(file: str) -> frozenset[str]:
    path = TESTS / file
    nodes = ast.parse(path.read_text("utf-8")).body if path.is_file() else []
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def test_all_45_classes_are_there_in_their_order() -> None:
    assert [name.split()[0] for name in THREATS] == [f"A{number:02}" for number in range(1, 46)]
    assert set(NO_SURFACE) <= {name.split()[0] for name in THREATS}


def test_each_has_tests_that_exist() -> None:
    missing = [
        f"{name}: {node}" for name, nodes in THREATS.items() for node in nodes
        if node.partition("::")[2] not in named_in(node.partition("::")[0])
    ]  # fmt: skip
    assert missing == []
    assert all(len(set(nodes)) == len(nodes) >= 1 for nodes in THREATS.values())
