"""What is to be done is marked done with one click, by whom it may be, wherever it is shown."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator

import pytest

from app.access import reading, system_actor
from app.insight import get_record
from app.orm.types import now
from tests.unit.web_pages.test_tasks import FILES
from tests.unit.website import Browser, Website, prepare, served_on_sqlite

VISIT = """
label: {en: Visit, zh: 拜访}
plural: {en: Visits}
timeline: {at: at, fields: [name]}
fields:
  name:    {type: text, required: true, label: {en: Name, zh: 名称}}
  at:      {type: datetime, required: true, label: {en: When, zh: 时间}}
  status:  {type: picklist, options: {planned: {}, done: {}, cancelled: {}}, label: {en: Status, zh: 状态}}
  account: {type: lookup, to: account, inverse: visits, on_delete: clear, label: {en: Account, zh: 客户}}
rules:
  named: {when: status == "done", require: name != "Never", field: status, message: {en: This never takes place., zh: 不会发生}}
"""
PACK = FILES | {
    "entities/visit.yaml": VISIT,
    "roles/rep.yaml": FILES["roles/rep.yaml"].replace("  deal: ", "  visit: {create: true, read: all, update: own}\n  deal: "),
    "roles/manager.yaml": FILES["roles/manager.yaml"].replace("  deal: ", "  visit: {read: all}\n  deal: "),
    "views/visits.yaml": "entity: visit\nlabel: {en: Visits, zh: 拜访}\nshow: calendar\nstart: at\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    with served_on_sqlite(prepare(tmp_path_factory.mktemp("doing"), PACK)) as found:
        yield found


def status_of(site: Website, entity: str, record: int) -> object:
    with reading(site.store, system_actor("system:seed")) as session:
        row = get_record(session, system_actor("system:seed"), entity, record, ("status",))
    assert row is not None
    return row.values["status"]


def buttons(page: str) -> list[str]:
    """Where the buttons of a page are sent."""
    return re.findall(r'<form class="tick" method="post" action="([^"]+)"', page)


def press(browser: Browser, page: str, action: str) -> str:
    """Presses a button as the page draws it; the page after it."""
    form = page.split(f'action="{action}"')[1].split("</form>")[0]
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    answer = browser.post(action, data=fields)
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"].partition("#")[0]).text


def visit(site: Website, name: str, hours: int, owner: str = "rep", **more: object) -> int:
    return site.add("visit", owner, name=name, at=(now() + dt.timedelta(hours=hours)).isoformat(), **more)


def test_a_task_is_done_with_one_click_on_its_page_and_at_home(site: Website) -> None:
    rep = site.browser("rep")
    one, other = (site.add("task", "rep", subject=name, status="open") for name in ("Call", "Write"))
    page = rep.get(f"/task/{one}").text
    assert buttons(page) == [f"/task/{one}/done"]
    page = press(rep, page, f"/task/{one}/done")
    assert "“Call” is done." in page
    assert buttons(page) == []
    assert "Put off" not in page
    page = rep.get("/").text
    assert buttons(page) == [f"/task/{other}/done"]
    page = press(rep, page, f"/task/{other}/done")
    assert "“Write” is done." in page
    assert buttons(page) == []
    assert [status_of(site, "task", each) for each in (one, other)] == ["done", "done"]


def test_what_was_planned_is_done_where_it_is_shown_once_its_time_has_come(site: Website) -> None:
    rep, account = site.browser("rep"), site.add("account", "rep", name="Acme")
    past = visit(site, "Past", -1, account=account, status="planned")
    for name, hours, owner, status in (
        ("Ahead", 30, "rep", "planned"), ("Told", -2, "rep", None), ("Off", -3, "rep", "cancelled"),
        ("Hers", -4, "colleague", "planned"),
    ):  # fmt: skip
        visit(site, name, hours, owner, account=account, status=status)
    for address in (f"/account/{account}", "/visit/calendar/?view=visits&per=month"):
        assert buttons(rep.get(address).text) == [f"/visit/{past}/done"], address
    page = press(rep, rep.get(f"/account/{account}").text, f"/visit/{past}/done")
    assert "“Past” is done." in page
    assert "<h1>Acme</h1>" in page
    assert buttons(page) == []


def test_what_is_refused_or_was_changed_meanwhile_is_said(site: Website) -> None:
    rep = site.browser("rep")
    never, moved = visit(site, "Never", -1, status="planned"), visit(site, "Moved", -1, status="planned")
    assert "This never takes place." in press(rep, rep.get(f"/visit/{never}").text, f"/visit/{never}/done")
    before = rep.get(f"/visit/{moved}").text
    rep.post(f"/visit/{moved}/edit", data={"name": "Moved", "status": "cancelled"})
    assert status_of(site, "visit", moved) == "cancelled"
    after = press(rep, before, f"/visit/{moved}/done")
    assert "Not done:" in after
    assert [status_of(site, "visit", each) for each in (never, moved)] == ["planned", "cancelled"]


def test_who_may_only_read_is_offered_nothing_and_refused(site: Website) -> None:
    task, planned = site.add("task", "rep", subject="Call", status="open"), visit(site, "Hers", -1, status="planned")
    manager = site.browser("manager")
    for address in (f"/task/{task}", f"/visit/{planned}"):
        assert buttons(manager.get(address).text) == []
        manager.post(f"{address}/done", data={"version": "1"})
    assert [status_of(site, "task", task), status_of(site, "visit", planned)] == ["open", "planned"]
    assert site.browser("colleague").post(f"/task/{task}/done").status_code == 404


def test_the_door_is_for_what_is_to_be_done_and_leads_to_no_other_host(site: Website) -> None:
    rep, task = site.browser("rep"), site.add("task", "rep", subject="Call", status="open")
    account = site.add("account", "rep", name="Acme")
    assert rep.post(f"/account/{account}/done").status_code == 404
    assert rep.post("/task/999999/done").status_code == 404
    answer = rep.post(f"/task/{task}/done", data={"back": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"
