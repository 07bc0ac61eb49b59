"""Deliveries by REST: administrators list them, look at one, and send again what was given up."""

from __future__ import annotations

from tests.unit.web_api.conftest import ProgramOf
from tests.unit.web_pages.test_deliveries import queue
from tests.unit.website import Website

PATH = "/api/v1/deliveries/"


def test_they_are_listed_newest_first_and_filtered(website: Website, program_of: ProgramOf) -> None:
    program = program_of("administrator")
    first = queue(website, "one", state="done", attempts=1, answer="200 OK")
    mail = queue(website, "two", kind="mail", target="li@example.com")
    last = queue(website, "three", state="dead")
    listed = program.get(PATH).get_json()
    assert [each["id"] for each in listed["result"]] == [str(last), str(mail), str(first)]
    assert listed["result"][2]["record"] == {"entity": "account", "id": "7"}
    assert "none of theirs" not in program.get(PATH).text
    page = program.get(f"{PATH}?limit=2").get_json()
    assert (len(page["result"]), page["next"]) == (2, str(mail))
    older = program.get(f"{PATH}?limit=2&cursor={page['next']}").get_json()
    assert ([each["id"] for each in older["result"]], older["next"]) == ([str(first)], None)
    assert [each["kind"] for each in program.get(f"{PATH}?kind=mail").get_json()["result"]] == ["mail"]
    assert [each["id"] for each in program.get(f"{PATH}?state=dead").get_json()["result"]] == [str(last)]
    for wrong in ("state=x", "kind=x", "limit=0", "limit=x", "cursor=x"):
        assert program.get(f"{PATH}?{wrong}").status_code == 400


def test_what_was_given_up_is_sent_again_once(website: Website, program_of: ProgramOf) -> None:
    program = program_of("administrator")
    dead = queue(website, "dead", state="dead", attempts=9)
    again = program.post(f"{PATH}{dead}/again")
    assert (again.status_code, again.get_json()["result"]["state"]) == (200, "waiting")
    assert program.post(f"{PATH}{dead}/again").status_code == 409
    assert program.get(f"{PATH}{dead}").get_json()["result"]["attempts"] == 0
    for absent in ("99", "x"):
        assert program.get(PATH + absent).status_code == 404
        assert program.post(f"{PATH}{absent}/again").status_code == 404


def test_they_are_described_to_administrators_alone(program_of: ProgramOf) -> None:
    assert PATH in program_of("administrator").get("/api/v1/openapi.json").get_json()["paths"]
    assert PATH not in program_of("rep").get("/api/v1/openapi.json").get_json()["paths"]
