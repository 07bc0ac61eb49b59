"""Computed values by REST: nobody posts them; who may, overrules them with a reason, and withdraws that."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from tests.unit.web_api.conftest import ProgramOf
from tests.unit.website import Website

DEALS = "/api/v1/deal/"


@pytest.fixture
def deal(program: FlaskClient) -> str:
    answer = program.post(DEALS, json={"name": "Pier", "amount": "1200"})
    assert answer.status_code == 201, answer.text
    found: str = answer.get_json()["id"]
    return found


def overrule(program: FlaskClient, deal: str, field: str = "class", **body: Any) -> TestResponse:
    return program.put(f"{DEALS}{deal}/overrides/{field}", json={"value": "b", "reason": "Late payer", **body})


def told(answer: TestResponse) -> tuple[int, str, list[str | None]]:
    body = answer.get_json()
    return answer.status_code, body["code"], [each["field"] for each in body.get("errors", ())]


def test_computed_values_are_read_and_never_posted(program: FlaskClient, deal: str) -> None:
    read = program.get(f"{DEALS}{deal}").get_json()
    assert (read["result"]["class"], read["result"]["health"], read["result"]["full"]) == ("a", 70, "100.00")
    assert "margin" not in read["result"]
    assert read["overrides"] == {}
    assert told(program.patch(f"{DEALS}{deal}", json={"class": "b"})) == (422, "field.read_only", ["class"])
    assert program.put(f"{DEALS}{deal}", json={"name": "Pier", "amount": "3"}).get_json()["result"]["class"] == "b"


def test_it_is_overruled_until_it_is_withdrawn(program: FlaskClient, deal: str, website: Website) -> None:
    answer = overrule(program, deal)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    body = answer.get_json()
    assert body["result"]["class"] == "b"
    said = body["overrides"]["class"]
    assert (said["computed"], said["reason"]) == ("a", "Late payer")
    assert said["by"] == {"id": str(website.ids["rep"]), "label": "Rita Rep"}
    assert said["at"] == body["result"]["updated_at"]
    changed = program.patch(f"{DEALS}{deal}", json={"amount": "5000"})
    assert changed.get_json()["result"]["class"] == "b"
    withdrawn = program.delete(f"{DEALS}{deal}/overrides/class")
    assert (withdrawn.status_code, withdrawn.get_json()["result"]["class"]) == (200, "a")
    assert withdrawn.get_json()["overrides"] == {}
    assert program.delete(f"{DEALS}{deal}/overrides/class").headers["ETag"] == withdrawn.headers["ETag"]


def test_what_is_wrong_is_said(program: FlaskClient, deal: str) -> None:
    assert told(overrule(program, deal, reason=" ")) == (422, "field.required", ["reason"])
    assert told(overrule(program, deal, reason=None)) == (422, "field.required", ["reason"])
    assert told(overrule(program, deal, value="z")) == (422, "field.option", ["class"])
    assert told(overrule(program, deal, more=1))[:2] == (400, "request.malformed")
    address = f"{DEALS}{deal}/overrides/class"
    assert told(program.put(address, json={"reason": "No value"}))[:2] == (400, "request.malformed")
    assert told(program.put(address, json={"value": "b", "reason": "x"}, headers={"If-Match": '"7"'}))[0] == 409
    assert told(overrule(program, deal, version=7))[0] == 409


def test_nothing_else_is_there(program: FlaskClient, program_of: ProgramOf, deal: str) -> None:
    for field in ("health", "name", "margin", "nothing"):
        assert overrule(program, deal, field).status_code == 404
        assert program.delete(f"{DEALS}{deal}/overrides/{field}").status_code == 404
    assert overrule(program, "999999").status_code == 404
    assert overrule(program_of("colleague"), deal).status_code == 404
    assert told(overrule(program_of("manager"), deal))[:2] == (403, "access.denied")
    assert program_of("administrator").get(f"{DEALS}{deal}").get_json()["result"]["margin"] is None


def test_it_is_described(program: FlaskClient, program_of: ProgramOf) -> None:
    for name in ("rep", "manager", "administrator"):
        validate(program_of(name).get("/api/v1/openapi.json").get_json())
    spec = program.get("/api/v1/openapi.json").get_json()
    path = spec["paths"]["/api/v1/deal/{id}/overrides/class"]
    body = path["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["value"]["enum"] == ["a", "b", None]
    assert spec["components"]["schemas"]["Deal"]["properties"]["class"]["readOnly"]
    assert "class" not in spec["components"]["schemas"]["DealValues"]["properties"]
    assert "margin" not in str(spec)
    assert "overrides" not in str(program_of("manager").get("/api/v1/openapi.json").get_json()["paths"].keys())
    fields = {each["name"]: each for each in program.get(f"{DEALS}_info").get_json()["fields"]}
    assert (fields["class"]["override"], fields["health"]["override"], fields["class"]["update"]) == (
        True,
        False,
        False,
    )
