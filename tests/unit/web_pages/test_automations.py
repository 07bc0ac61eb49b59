"""The pages of automations, for administrators: what each does and did, what was given up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.orm.framework import automation_run, outbox
from app.orm.types import now
from tests.unit.website import PACK, Browser, Website, prepare

KEY = "visits"
AUTOMATED = PACK | {
    "automations/visits.yaml": """
label: {en: Visits of top accounts, zh: 重点客户拜访}
entity: account
trigger: create
when: level == "a"
actions:
  visit: {create: {entity: visit, values: {name: {en: First visit, zh: 首次拜访}}}}
  mark:  {set: {name: {formula: upper(name)}}}
""",
    "slas/visited.yaml": """
label: {en: First visit in time, zh: 首次拜访时限}
entity: account
start: is_new()
stop: level == "b"
targets: {all: {within: 4 hours}}
breach: {actions: {mark: {set: {name: {formula: lower(name)}}}}}
""",
    "automations/old.yaml": """
entity: account
trigger: {date: created_at, after: [90 days, 6 months], at: "09:00"}
mode: shadow
actions: {mark: {set: {level: b}}}
""",
    "automations/grown.yaml": """
entity: account
trigger: {becomes: 'revenue > 1000 and level in ["a"]'}
when: not is_blank(phone) and (is_new() or not is_blank(since))
actions: {mark: {set: {level: b}}}
""",
    "automations/own.yaml": "{entity: account, trigger: create, when: is_new(), actions: {mark: {set: {level: b}}}}",
    "automations/rest.yaml": "{entity: account, trigger: {changed: level}, mode: shadow, actions: {mark: {set: {level: b}}}}",
}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("automations"), AUTOMATED)


def run(website: Website, number: int, **values: Any) -> None:
    row = {
        "automation": KEY, "event_id": number, "entity": "account", "records": [number], "mode": "live", "state": "done",
        "result": {"remind": {"done": 1, "refused": []}}, "chain": None, "revision": 1, "at": now(),
    }  # fmt: skip
    with website.store.housekeeping() as connection:
        connection.execute(sa.insert(automation_run).values(**{**row, **values}))


def test_the_page_lists_what_each_did_in_both_languages(website: Website, administrator: Browser) -> None:
    refused = {"remind": {"done": 0, "refused": [[8, {"en": "The budget is missing.", "zh": "缺少预算。"}]]}}
    run(website, 7)
    run(website, 8, state="failed", result=refused)
    run(website, 9, state="stopped", result=None, chain=["a", "b"])
    page = administrator.get("/automations/").text
    assert f'href="/automations/{KEY}"' in page
    assert "creates: Visit, sets fields" in page
    assert "Level changed" in page
    assert "Shadow" in page
    assert "Account: 90 days, 6 months after “Created”" in page
    one = administrator.get(f"/automations/{KEY}").text
    assert 'href="/account/7"' in one
    assert "The budget is missing." in one
    assert "Led to by a → b" in one
    assert "automations/visits.yaml:" in one
    administrator.post("/language/", data={"language": "zh"})
    assert "缺少预算。" in administrator.get(f"/automations/{KEY}").text
    page = administrator.get("/automations/").text
    assert "新建时" in page
    assert "”后90天、6个月" in page


def test_what_service_levels_do_is_listed_too(website: Website, administrator: Browser) -> None:
    run(website, 5, automation="sla.visited.breach", result={"mark": {"done": 1, "refused": []}})
    page = administrator.get("/automations/").text
    assert "First visit in time" in page
    assert "Account: its time is over" in page
    assert 'href="/automations/sla.visited.warn"' not in page
    one = administrator.get("/automations/sla.visited.breach").text
    assert 'href="/account/5"' in one
    assert "slas/visited.yaml:" in one
    assert administrator.get("/automations/sla.visited.warn").status_code == 404


def test_older_runs_are_on_further_pages(website: Website, administrator: Browser) -> None:
    for number in range(100, 155):
        run(website, number)
    first = administrator.get(f"/automations/{KEY}").text
    assert "Older runs" in first
    before = first.partition("?before=")[2].partition('"')[0]
    second = administrator.get(f"/automations/{KEY}?before={before}").text
    assert 'href="/account/100"' in second
    assert 'href="/account/154"' not in second
    assert administrator.get(f"/automations/{KEY}?before=x").status_code == 400
    assert administrator.get("/automations/nothing").status_code == 404


def test_an_event_that_was_given_up_is_tried_again(website: Website, administrator: Browser) -> None:
    with website.store.housekeeping() as connection:
        event = connection.execute(sa.select(sa.func.min(outbox.c.id))).scalar_one()
        values = {"failed": "OperationalError: full", "done_at": now(), "attempts": 6}
        connection.execute(sa.update(outbox).where(outbox.c.id == event).values(values))
    assert "OperationalError: full" in administrator.get("/automations/").text
    answer = administrator.post("/automations/again", data={"event": str(event)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/automations/")
    with website.store.housekeeping() as connection:
        row = connection.execute(sa.select(outbox).where(outbox.c.id == event)).one()
        assert (row.failed, row.done_at, row.attempts) == (None, None, 0)
        connection.execute(sa.update(outbox).where(outbox.c.id == event).values(done_at=now()))
    assert administrator.post("/automations/again", data={"event": "x"}).status_code == 400


def test_others_do_not_see_it(rep: Browser) -> None:
    assert rep.get("/automations/").status_code == 403
    assert "/automations/" not in rep.get("/").text


def test_conditions_are_told_in_words_and_as_they_are_written(administrator: Browser) -> None:
    assert "Account: becomes “Revenue over 1,000 and Level Top”" in administrator.get("/automations/").text
    page = administrator.get("/automations/grown").text
    assert "<code>revenue &gt; 1000 and level in [" in page
    assert "Phone not empty and (is_new() or Since not empty)" in page
    assert "<code>not is_blank(phone) and (is_new() or not is_blank(since))</code>" in page
    assert "<dd><code>is_new()</code></dd>" in administrator.get("/automations/own").text  # no words but its own
    administrator.post("/language/", data={"language": "zh"})
    assert "变为“营收 大于 1,000且级别" in administrator.get("/automations/").text
