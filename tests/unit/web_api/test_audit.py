"""The audit by REST: for those whose role has the right, filtered, in pages, each value by the rights of its reader."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient

from app.access import system_actor
from app.record import Change, Saved, update
from tests.unit.web_api.conftest import ProgramOf
from tests.unit.website import Website

PATH = "/api/v1/audit/"


def change(website: Website, record: int, **values: object) -> None:
    actor = system_actor("system:seed")
    assert isinstance(update(website.store, actor, "account", [Change(record, values)], door="form"), Saved)


def lines(program: FlaskClient, query: str) -> list[dict[str, Any]]:
    answer = program.get(f"{PATH}?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["result"]
    return found


def test_it_is_filtered_and_comes_in_pages(website: Website, program_of: ProgramOf) -> None:
    program = program_of("administrator")
    account = website.add("account", "rep", name="Acme", level="a")
    change(website, account, level="b")
    program_of("rep").patch(f"/api/v1/account/{account}", json={"notes": "Ring him"})
    about = f"entity=account&record={account}"
    newest, changed, made = lines(program, about)
    assert (newest["act"], newest["door"], newest["actor"]) == ("update", "api", "Rita Rep")
    assert newest["person"] == {"id": str(website.ids["rep"]), "label": "Rita Rep"}
    assert changed["changes"] == [{"field": "level", "old": "a", "new": "b"}]
    assert (made["act"], made["person"], made["record"]) == ("create", None, str(account))
    page = program.get(f"{PATH}?{about}&limit=2").get_json()
    assert [each["id"] for each in page["result"]] == [newest["id"], changed["id"]]
    assert lines(program, f"{about}&cursor={page['next']}") == [made]
    assert lines(program, f"{about}&person={website.ids['rep']}") == [newest]
    assert lines(program, f"{about}&person=system:seed&act=update") == [changed]
    assert lines(program, f"{about}&door=api") == [newest]
    assert lines(program, f"{about}&until={quote(made['at'])}") == []
    assert len(lines(program, f"{about}&since={quote(made['at'])}&until=2999-01-01T00:00:00%2B08:00")) == 3


def test_what_is_malformed_is_told(program_of: ProgramOf) -> None:
    program = program_of("administrator")
    for wrong in (
        "person=x", "person=system:%00", "entity=no_such", "record=1", "entity=account&record=x", "act=x", "door=x", "since=yesterday",
        "since=2026-01-01", "until=0001-01-01T00:00:00Z", "limit=0", "limit=101", "cursor=x", "colour=red",
    ):  # fmt: skip
        assert program.get(f"{PATH}?{wrong}").status_code == 400, wrong


def test_who_has_not_the_right_finds_nothing_there(program_of: ProgramOf) -> None:
    for login in ("rep", "manager"):
        program = program_of(login)
        assert program.get(PATH).status_code == 404
        assert PATH not in program.get("/api/v1/openapi.json").get_json()["paths"]
    described = program_of("administrator").get("/api/v1/openapi.json").get_json()
    assert "AuditLine" in described["components"]["schemas"]
    assert {"person", "since", "cursor"} <= {each["name"] for each in described["paths"][PATH]["get"]["parameters"]}


def test_an_export_tells_its_filter_to_who_may_know(website: Website, program_of: ProgramOf) -> None:
    website.browser("rep").get("/account/csv?f.level=a")
    (line,) = lines(program_of("administrator"), "act=export")
    assert (line["entity"], line["facts"]["filter"]) == ("account", "level in a")
    assert "of" not in line["facts"]
