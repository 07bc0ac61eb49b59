"""`crm explain` on the standard pack."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main

ROLE = Path(__file__).parents[3] / "config" / "standard" / "roles" / "sales_rep.yaml"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    environment = {
        "CRM_DATA_DIR": str(tmp_path_factory.mktemp("explain")),
        "CRM_CONFIG": str(ROLE.parents[1]),
        "CRM_DATABASE_URL": "",
    }
    for words, given in (
        (["apply", "--yes"], None),
        (["user", "add", "wang", "--role", "sales_rep", "--password-stdin"], "Made-up-12345\n"),
    ):
        done = CliRunner().invoke(main, words, input=given, env=environment)
        assert done.exit_code == 0, done.output
    return environment


def explain(settings: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(main, ["explain", *words], env=settings)


def test_the_decision_comes_with_the_line_that_made_it(settings: dict[str, str]) -> None:
    done = explain(settings, "wang", "export", "account")
    number, text = next(
        (number, line) for number, line in enumerate(ROLE.read_text("utf-8").splitlines(), 1) if "  account:" in line
    )
    assert done.exit_code == 0
    decision, place, source = done.output.splitlines()
    assert decision == "denied: no role of wang (employee, sales_rep) grants export on account"
    assert f"sales_rep.yaml:{number}:" in place
    assert source.endswith(text.strip())


def test_a_record_is_looked_at_whoever_may_see_it(settings: dict[str, str]) -> None:
    allowed = explain(settings, "WANG", "read", "user", "1").output.splitlines()
    assert allowed[0] == "allowed: wang may read user 1"
    assert allowed[1] == "  role employee grants read all (every record): this record is among them"
    assert "roles/employee.yaml:" in allowed[2]
    assert explain(settings, "wang", "read", "account", "7").output == "denied: there is no account 7\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nobody", "read", "account"], 1, "There is no active user nobody"),
        (["wang", "fly", "account"], 2, "'fly' is not one of"),
        (["wang", "read", "acount"], 2, "no entity acount; there are account, "),
        (["wang", "read", "account", "x"], 2, "'x' is not a valid integer"),
        (["wang", "read", "account", "0"], 2, "0 is not in the range"),
    ],
)
def test_what_can_not_be_explained_is_said(settings: dict[str, str], words: list[str], code: int, message: str) -> None:
    done = explain(settings, *words)
    assert (done.exit_code, message in done.output) == (code, True)
