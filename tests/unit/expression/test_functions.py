from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from app.definition import Catalog
from app.expression import Context, check_expression
from app.expression.format import format_syntax
from app.expression.functions import FUNCTIONS
from app.expression.node import plain_json
from app.expression.parser import parse
from app.loading.build import catalog_of_tree

TREE = {"pack": {"label": "Test"}, "entities": {"deal": {"name_field": "name", "fields": {"name": {"type": "text"}}}}}
CONTEXT = Context(dt.datetime(2026, 11, 22, 5, tzinfo=dt.UTC), ZoneInfo("Asia/Shanghai"))
EXAMPLES = [example for function in FUNCTIONS.values() for example in function.examples]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return catalog_of_tree(TREE)


@pytest.mark.parametrize(("source", "expected"), EXAMPLES)
def test_every_example_of_the_table_gives_what_it_says(catalog: Catalog, source: str, expected: object) -> None:
    assert plain_json(check_expression(catalog, "deal", source).evaluate({}, None, CONTEXT)) == expected


@pytest.mark.parametrize("source", [source for source, _ in EXAMPLES])
def test_formatting_keeps_what_is_written(source: str) -> None:
    once = format_syntax(parse(source))
    assert format_syntax(parse(once)) == once


def test_every_function_has_two_examples_and_a_help_in_both_languages() -> None:
    for function in FUNCTIONS.values():
        assert len(function.examples) >= 2, function.name
        assert {"en", "zh"} <= set(function.help.by_language), function.name
