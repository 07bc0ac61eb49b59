"""The packs that come with the product pass their own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.loading import load_pack
from app.rehearsal.run import chosen_cases, run_tests

CONFIG = Path(__file__).parents[3] / "config"


@pytest.mark.parametrize("pack", ["standard", pytest.param("it_services", marks=pytest.mark.deep)])
def test_a_shipped_pack_passes_its_tests_and_those_of_its_base(pack: str) -> None:
    loaded = load_pack(CONFIG / pack, (CONFIG,))
    assert not loaded.errors
    results = list(run_tests(loaded, chosen_cases(loaded, (), inherited=True)))
    assert len(results) > 60
    assert [str(told) for each in results for told in each.failures] == []


def test_every_rule_of_the_standard_pack_has_a_test() -> None:
    """A test that expects its refusal."""
    loaded = load_pack(CONFIG / "standard")
    assert loaded.catalog is not None
    rules = {f"rule.{name}" for entity in loaded.catalog.entities.values() for name in entity.rules}
    expected = str([case.expect for test in loaded.catalog.tests.values() for case in test.cases.values()])
    assert sorted(rule for rule in rules if rule not in expected) == []
