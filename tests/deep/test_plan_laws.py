"""Long walks through random packs."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from tests.random_packs import check_walk, trees
from tests.renamed_packs import check_renames, renamings, walks

pytestmark = pytest.mark.timeout(1800)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(trees(), min_size=2, max_size=5))
def test_a_plan_that_was_applied_is_empty(new_database: Callable[[], Engine], walk: list[dict[str, Any]]) -> None:
    check_walk(new_database, walk)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees(), renamings())
def test_renames_change_names_alone(
    new_database: Callable[[], Engine], a_tree: dict[str, Any], names: dict[str, str]
) -> None:
    check_renames(new_database, a_tree, names)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walks())
def test_a_plan_with_renames_that_was_applied_is_empty(
    new_database: Callable[[], Engine], walk: list[dict[str, Any]]
) -> None:
    check_walk(new_database, walk)
