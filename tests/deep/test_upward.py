"""Longer random histories of related records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.unit.rolling import BOTH, Rolling, on_database
from tests.unit.rolling_steps import STEPS, Step, carry_out, check_all

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    folder: Path = tmp_path_factory.mktemp("laws")
    with on_database(request, folder) as found:
        yield found


@settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS)
def test_stored_values_equal_a_computation_from_nothing(company: Rolling, steps: list[Step]) -> None:
    carry_out(company, steps)
    check_all(company)
