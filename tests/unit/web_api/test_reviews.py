"""Reviews by REST: what is mine, what I see, answered or skipped, in the caller's language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.unit.reviewing import REVIEWING, raise_for
from tests.unit.website import Website, prepare

ProgramOf = Callable[[str], FlaskClient]
BASE = "/api/v1/reviews/"
WHOLE = {"answers": {"contact": {"yes": True}, "people": {"yes": False, "note": "Ms Li left"}}}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("reviews"), REVIEWING)


def ids(client: FlaskClient, query: str = "") -> list[str]:
    return [each["id"] for each in client.get(f"{BASE}{query}").get_json()["result"]]


def test_what_is_mine_and_open_is_listed(website: Website, program_of: ProgramOf) -> None:
    account, _ = raise_for(website, "rep", "colleague")
    found = program_of("rep").get(BASE).get_json()
    assert (found["count"], found["next"], len(found["result"])) == (1, None, 1)
    (mine,) = found["result"]
    assert mine["record"] == {"entity": "account", "id": str(account), "label": "Account of rep"}
    assert (mine["review"], mine["label"], mine["state"]) == ("look", "Look at it", "open")
    assert (mine["owner"]["id"], mine["overdue"]) == (str(website.ids["rep"]), False)
    assert mine["checklist"][0] == {"point": "contact", "label": "Contact data up to date", "yes": None, "note": ""}
    assert program_of("colleague").get(BASE).get_json()["result"][0]["label"] == "季度复查"


def test_others_are_listed_as_far_as_their_tasks_are_seen_in_pages(website: Website, program_of: ProgramOf) -> None:
    raise_for(website, "rep", "rep", "colleague")
    manager = program_of("manager")
    assert ids(manager) == []
    assert ids(manager, "?mine=false") == ["1", "2"]
    assert ids(manager, "?mine=false&review=other") == []
    assert ids(manager, "?mine=false&state=done") == []
    first = manager.get(f"{BASE}?mine=false&state=all&limit=1").get_json()
    assert (first["count"], first["next"]) == (2, "1")
    assert ids(manager, "?mine=false&state=all&limit=1&cursor=1") == ["2"]
    for wrong in ("?limit=0", "?limit=101", "?cursor=x", "?state=late", "?mine=yes"):
        answer = manager.get(f"{BASE}{wrong}")
        assert (answer.status_code, answer.get_json()["code"]) == (400, "request.malformed")


def test_it_is_answered(website: Website, program_of: ProgramOf) -> None:
    raise_for(website, "rep")
    rep = program_of("rep")
    kept = rep.post(f"{BASE}1/keep", json={"answers": {"people": {"note": "asked"}}}).get_json()["result"]
    assert (kept["state"], [each["note"] for each in kept["checklist"]]) == ("open", ["", "asked"])
    half = rep.post(f"{BASE}1/done", json={"answers": {"people": {"yes": True}}})
    assert (half.status_code, half.get_json()["errors"][0]["field"]) == (422, "contact")
    done = rep.post(f"{BASE}1/done", json=WHOLE).get_json()["result"]
    assert (done["state"], done["ended_by"]["id"]) == ("done", str(website.ids["rep"]))
    assert [(each["yes"], each["note"]) for each in done["checklist"]] == [(True, ""), (False, "Ms Li left")]
    task = rep.get(f"/api/v1/task/{done['task']}").get_json()["result"]
    assert task["status"] == "done"
    again = rep.post(f"{BASE}1/skip", json={"reason": "x"})
    assert (again.status_code, again.get_json()["code"]) == (409, "record.changed")
    assert ids(rep) == []
    assert ids(rep, "?state=done") == ["1"]


def test_it_is_skipped_for_a_reason(website: Website, program_of: ProgramOf) -> None:
    raise_for(website, "rep", "colleague")
    without = program_of("rep").post(f"{BASE}1/skip", json={})
    assert (without.status_code, without.get_json()["errors"][0]["field"]) == (422, "reason")
    chinese = program_of("colleague").post(f"{BASE}2/skip", json={"reason": " "}).get_json()
    assert chinese["detail"] != without.get_json()["detail"]
    assert any("\u4e00" <= each <= "\u9fff" for each in chinese["detail"])
    skipped = program_of("rep").post(f"{BASE}1/skip", json={"reason": "just done"}).get_json()["result"]
    assert (skipped["state"], skipped["reason"]) == ("skipped", "just done")


@pytest.mark.parametrize(
    "body",
    [{}, {"answers": []}, {"answers": {"contact": True}}, {"answers": {"contact": {"yes": "yes"}}},
     {"answers": {"nothing": {"yes": True}}}, {"answers": {}, "act": "done"}],
)  # fmt: skip
def test_what_is_not_understood_is_refused(website: Website, program_of: ProgramOf, body: dict[str, Any]) -> None:
    raise_for(website, "rep")
    answer = program_of("rep").post(f"{BASE}1/done", json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "request.malformed")


def test_it_is_described(website: Website, program_of: ProgramOf) -> None:
    described = program_of("rep").get("/api/v1/openapi.json").get_json()
    assert {f"{BASE}{{id}}/{act}" for act in ("done", "keep", "skip")} <= set(described["paths"])
    shape = described["components"]["schemas"]["Review"]["properties"]
    raise_for(website, "rep")
    assert set(shape) == set(program_of("rep").get(f"{BASE}1").get_json()["result"])
