"""`crm eval`: what it prints, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.orm.engine import open_engine
from app.rehearsal.node import find_node
from tests.unit.cli.conftest import Crm

PACK = {
    "pack.yaml": "language: 1\nlabel: Trial\ntime_zone: Asia/Shanghai\n",
    "roles/rep.yaml": "label: Rep\ngrants: {deal: {read: own}}\n",
    "entities/client.yaml": """\
label: Client
name_field: name
fields:
  name: {type: text}
  level: {type: picklist, options: {a: {label: A}, b: {label: B}}}
  vip: boolean
  words: {type: tags}
""",
    "entities/deal.yaml": """\
label: Deal
name_field: name
fields:
  name: {type: text}
  client: {type: lookup, to: client, inverse: deals}
  amount: {type: money, min: 0}
  close: date
  stage: {type: stage}
pipelines:
  sales: {field: stage, stages: {open: {label: Open}, won: {label: Won, category: won}}}
""",
}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    for name, text in PACK.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "pack"


def python(crm: Crm, expression: str, *words: str, entity: str = "deal") -> Any:
    """The value that the normative engine gives."""
    result = crm("eval", entity, expression, "--engine", "python", "--format", "json", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)["results"]["python"]


@pytest.mark.parametrize(
    ("expression", "record", "expected"),
    [
        ('not (amount > 10 or stage in ["won"])', {}, True),
        ("amount * 2 + 1", {"amount": 10.5}, "22.0000"),
        ('client.level == "a"', {"client.level": "a"}, True),
        ('client.level == "a"', {"client": {"level": "b"}}, False),
        ('client.level == "a"', {}, False),
        ("not client.vip", {}, True),
        ("stage.category", {"stage": "won"}, "won"),
        ("close", {"close": "2026-06-30"}, "2026-06-30"),
        ("amount", {"amount": -1}, "-1.0000"),
    ],
)
def test_a_record_is_made_up(crm: Crm, expression: str, record: dict[str, Any], expected: object) -> None:
    assert python(crm, expression, "--record", json.dumps(record)) == expected


ASKED = [
    ("deal", 'not (amount > 10 or stage in ["won"])', {}, True),
    ("deal", "amount >= 10.5 and not is_blank(client)", {"amount": "10.5", "client": {"name": "A"}}, True),
    ("deal", 'client.level == "a" and client.vip', {"client": {"level": "a", "vip": True}}, True),
    ("deal", "stage.category", {"stage": "won"}, "won"),
    ("deal", "close", {"close": "2026-06-30"}, "2026-06-30"),
    ("deal", 'client.words has "x"', {"client": {"words": ["X"]}}, True),
    (
        "client",
        'sum_of(deals.amount where stage == "won")',
        {"deals": [{"amount": 1, "stage": "won"}, {"amount": 5}]},
        "1.0000",
    ),
    ("client", "count_of(deals) > 2", {}, False),
]


@pytest.mark.parametrize(("entity", "expression", "record", "expected"), ASKED)
def test_engines_agree(crm: Crm, entity: str, expression: str, record: dict[str, Any], expected: object) -> None:
    """Where an engine is outside of what the expression is for, it has no answer."""
    answer = json.loads(crm("eval", entity, expression, "--record", json.dumps(record), "--format", "json").output)
    results = answer["results"]
    assert results["python"] == results["sqlite"] == expected
    assert results["postgresql"] is None
    if find_node() is not None:
        assert results["js"] == (expected if "rule" in answer["profiles"] and "words" not in expression else None)


@pytest.mark.pg
def test_a_configured_postgresql_answers_and_keeps_nothing(crm: Crm, environment: dict[str, str], pg_url: str) -> None:
    environment["CRM_DATABASE_URL"] = pg_url
    for entity, expression, record, expected in ASKED:
        words = ("--record", json.dumps(record), "--engine", "sql", "--format", "json")
        results = json.loads(crm("eval", entity, expression, *words).output)["results"]
        assert results == {"python": None, "sqlite": expected, "js": None, "postgresql": expected}
    engine = open_engine(pg_url)
    assert [each for each in sa.inspect(engine).get_schema_names() if "scratch" in each] == []
    engine.dispose()


def test_what_is_outside_of_a_profile_is_null(crm: Crm) -> None:
    answer = json.loads(crm("eval", "deal", "is_changed(amount)", "--format", "json").output)
    assert answer["profiles"] == ["rule", "server"]
    assert answer["results"]["sqlite"] is None
    assert answer["notes"]["sqlite"].startswith("outside of the profile filter: ")


def test_records_below_are_counted(crm: Crm) -> None:
    deals = json.dumps({"deals": [{"amount": 1, "stage": "won"}, {"amount": "2.5"}, {"stage": "won"}]})
    total = 'sum_of(deals.amount where stage == "won")'
    assert python(crm, total, "--record", deals, entity="client") == "1.0000"
    assert python(crm, "count_of(deals) > 2", "--record", deals, entity="client") is True
    assert python(crm, total, "--record", json.dumps({total: 7}), entity="client") == "7.0000"


def test_what_changes_is_known_by_the_old_record(crm: Crm) -> None:
    changed = "is_changed(amount) and not is_new()"
    assert python(crm, changed, "--record", '{"amount": 2}', "--old", '{"amount": 1}') is True
    assert python(crm, changed, "--record", '{"amount": 2}', "--old", '{"amount": 2}') is False
    assert python(crm, changed, "--record", '{"amount": 2}') is False


def test_type_and_profiles_are_said(crm: Crm) -> None:
    result = crm("eval", "client", "count_of(deals) > 2", "--engine", "python", "--format", "json")
    answer = json.loads(result.output)
    assert (answer["type"], answer["profiles"]) == ("bool", ["server", "filter"])
    assert set(answer["results"]) == {"python", "sqlite", "js", "postgresql"}


def test_a_mistake_is_pointed_at(crm: Crm) -> None:
    result = crm("eval", "deal", "amont > 10")
    assert result.exit_code == 1
    assert "expression:1:1: error EXP102" in result.output
    assert "^^^^^\n" in result.output
    assert "did you mean 'amount'?" in result.output
    listed = json.loads(crm("eval", "deal", "name == 1 and\n  amont > 10", "--format", "json").output)
    assert [(each["code"], each["line"], each["column"]) for each in listed] == [("EXP104", 1, 9), ("EXP102", 2, 3)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing", "true"), "no entity nothing"),
        (("deal", "true", "--record", "{"), "no JSON"),
        (("deal", "true", "--record", "[1]"), "a record is an object"),
        (("deal", "true", "--record", '{"amont": 1}'), "did you mean 'amount'?"),
        (("deal", "true", "--record", '{"amount": "much"}'), "amount"),
        (("deal", "true", "--record", '{"stage": "lost"}'), "stage"),
        (("client", "true", "--record", '{"deals": 3}'), "is a list of records"),
    ],
)
def test_what_is_no_record_is_wrong_usage(crm: Crm, words: tuple[str, ...], said: str) -> None:
    result = crm("eval", *words)
    assert result.exit_code == 2
    assert said.lower() in result.output.lower()


def test_a_person_of_the_database_acts(crm: Crm) -> None:
    assert crm("apply", "--yes").exit_code == 0
    assert crm("user", "add", "li", "--role", "rep", "--full-name", "Li Lei").exit_code == 0
    assert python(crm, 'has_role("rep") and user.name == "Li Lei" and not is_mine()', "--user", "li") is True
    assert python(crm, 'has_role("rep") or user.name == "Li Lei"') is False
    result = crm("eval", "deal", "is_mine()", "--user", "nobody")
    assert result.exit_code == 1
    assert "no active user nobody" in result.output
