"""`crm test`: what it prints, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Crm
from tests.unit.rehearsal.conftest import PACK

TESTS = """\
cases:
  right: {given: {client: {acme: {}}}, expect: {client.acme: {region: east}}}
  wrong:
    given: {client: {acme: {}}}
    expect: {client.acme: {region: west}}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    for name, text in {**PACK, "tests/regions.yaml": TESTS}.items():
        (tmp_path / "pack" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pack" / name).write_text(text, "utf-8")
    return tmp_path / "pack"


def test_a_failing_case_is_told_with_its_line(crm: Crm, pack: Path) -> None:
    result = crm("test")
    assert result.exit_code == 1
    told, summary = result.output.splitlines()
    assert told == f'wrong: client.acme has region "east", expected "west" ({pack}/tests/regions.yaml:5:36)'
    assert summary.startswith("1 passed, 1 failed in ")


def test_cases_are_run_by_name(crm: Crm) -> None:
    assert crm("test", "right").exit_code == 0
    assert crm("test", "regions.wrong").exit_code == 1
    result = crm("test", "wrnog")
    assert result.exit_code == 2
    assert "did you mean 'wrong'?" in result.output


def test_programs_read_json(crm: Crm) -> None:
    answer = json.loads(crm("test", "--format", "json").output)
    assert (answer["passed"], answer["failed"]) == (1, 1)
    wrong = answer["tests"][1]
    assert (wrong["test"], wrong["case"], wrong["passed"]) == ("regions", "wrong", False)
    (failure,) = wrong["failures"]
    assert failure["message"] == 'client.acme has region "east", expected "west"'
    assert (failure["line"], failure["column"]) == (5, 36)


def test_a_pack_with_errors_has_no_tests(crm: Crm, pack: Path) -> None:
    (pack / "tests" / "regions.yaml").write_text(
        TESTS.replace("acme: {}}}, expect", "acme: {nam: x}}}, expect"), "utf-8"
    )
    result = crm("test")
    assert result.exit_code == 1
    assert "CFG302: unknown field 'nam' of client" in result.output
