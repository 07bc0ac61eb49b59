"""Laws of plan and apply over random small packs; over many more, and on PostgreSQL, in tests/deep."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from app.loading import catalog_of_tree
from app.plan.compare import compare
from tests.random_packs import check_walk, trees
from tests.renamed_packs import check_renames, renamings


@given(trees())
def test_a_catalog_differs_from_itself_in_nothing(a_tree: dict[str, Any]) -> None:
    catalog = catalog_of_tree(a_tree)
    assert compare(catalog, catalog) == ()


@given(trees(), trees())
def test_two_catalogs_that_differ_have_a_step(one: dict[str, Any], other: dict[str, Any]) -> None:
    before, after = catalog_of_tree(one), catalog_of_tree(other)
    assert bool(compare(before, after)) == (before.hash != after.hash)


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(trees(), min_size=2, max_size=4))
def test_a_plan_that_was_applied_is_empty(new_database: Callable[[], Engine], walk: list[dict[str, Any]]) -> None:
    check_walk(new_database, walk)


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees(), renamings())
def test_renames_change_names_alone(
    new_database: Callable[[], Engine], a_tree: dict[str, Any], names: dict[str, str]
) -> None:
    check_renames(new_database, a_tree, names)
