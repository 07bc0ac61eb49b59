"""The page of a task: put off, handed over, by those who may."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from app.access import system_actor
from app.insight import get_record
from app.record import Change, Saved, update
from app.web import context
from app.web.pages import tasks
from tests.unit.website import PACK, Browser, Website, prepare, served_on

TASK = """
label: {en: Task, zh: 任务}
plural: {en: Tasks}
name_field: subject
fields:
  subject:  {type: text, required: true, label: {en: Subject, zh: 主题}}
  due:      {type: date, label: {en: Due, zh: 截止日期}}
  status:   {type: picklist, options: {open: {}, done: {}, dropped: {}}, label: {en: Status, zh: 状态}}
  handover: {type: text, label: {en: Word at handover, zh: 转交说明}}
"""
REP = PACK["roles/rep.yaml"].replace(
    "  deal: ", "  task: {create: true, read: own, update: own, assign: own}\n  deal: "
)
MANAGER = PACK["roles/manager.yaml"].replace("  deal: ", "  task: {read: all}\n  deal: ")
LATE = dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC)
FILES = {**PACK, "entities/task.yaml": TASK, "roles/rep.yaml": REP, "roles/manager.yaml": MANAGER}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    with served_on(request, prepare(tmp_path_factory.mktemp("tasks"), FILES)) as found:
        yield found


def due_of(site: Website, task: int) -> object:
    from app.access import reading

    actor = system_actor("system:seed")
    with reading(site.store, actor) as session:
        row = get_record(session, actor, "task", task, ("due",))
    assert row is not None
    return row.values["due"]


def post(browser: Browser, task: int, what: str, **form: str) -> tuple[int, str]:
    answer = browser.post(f"/task/{task}/{what}", data=form)
    return answer.status_code, answer.headers.get("Location", "")


def test_a_task_is_put_off_and_handed_over(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_the_first_of_july(view: Any, real: Any = tasks._today) -> Any:
        """A Wednesday, which it is for the company eight hours before it is for the clock."""
        return real(SimpleNamespace(store=SimpleNamespace(clock=lambda: LATE), catalog=view.catalog))

    monkeypatch.setattr(tasks, "_today", on_the_first_of_july)
    task = site.add("task", "rep", subject="Call them")
    rep, colleague = site.browser("rep"), site.browser("colleague")
    page = rep.get(f"/task/{task}").text
    assert "Put off or hand over" in page
    assert 'data-lookup="/user/lookup"' in page
    assert post(rep, task, "snooze", to="tomorrow") == (303, f"/task/{task}")
    assert due_of(site, task) == dt.date(2026, 7, 2)
    post(rep, task, "snooze", to="next_week")
    assert due_of(site, task) == dt.date(2026, 7, 6)
    post(rep, task, "snooze", to="date", date="2026-09-06")
    assert due_of(site, task) == dt.date(2026, 9, 6)
    for form in ({"to": "date", "date": "soon"}, {"to": ""}):
        assert post(rep, task, "snooze", **form)[0] == 400

    assert post(rep, task, "handover", to=str(site.ids["colleague"]), comment="For you") == (303, "/task/")
    assert "Handed to 王同事, who is told." in rep.get("/task/").text
    told = colleague.get("/notices/").text
    assert "任务已转交给您：Call them" in told
    assert "任务 · Rita Rep · For you" in told
    assert "For you" in colleague.get(f"/task/{task}").text  # its history says so
    assert post(rep, task, "snooze", to="tomorrow")[0] == 404
    assert post(rep, task, "handover", to=str(site.ids["rep"]))[0] == 404


def test_at_home_a_task_is_late_by_the_day_of_the_company(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    change = Change(site.ids["rep"], {"time_zone": "America/New_York"})  # where it is noon of the day before
    assert isinstance(update(site.store, system_actor("system:seed"), "user", [change], door="seed"), Saved)
    for day in ("2026-06-30", "2026-07-01", "2026-07-02"):
        site.add("task", "rep", subject="Call them", due=day, status="open")
    monkeypatch.setattr(context, "now", lambda: LATE)
    page = site.browser("rep").get("/").text
    tones = re.findall(r'<time class="small nowrap ?(\w*)" datetime="(2026-[\d-]+)"', page)
    assert tones == [("danger", "2026-06-30"), ("warning", "2026-07-01"), ("", "2026-07-02")]


def test_what_is_over_is_not_put_off(site: Website) -> None:
    pages = {
        status: site.browser("rep").get(f"/task/{site.add('task', 'rep', subject='Call', status=status)}").text
        for status in ("open", "done", "dropped")
    }
    assert [status for status, page in pages.items() if "Put off or hand over" in page] == ["open"]


def test_who_may_only_read_finds_no_panel_and_is_refused(site: Website) -> None:
    task = site.add("task", "rep", subject="Call them", due="2030-01-01")
    manager = site.browser("manager")
    assert "Put off" not in manager.get(f"/task/{task}").text
    manager.post(f"/task/{task}/snooze", data={"to": "tomorrow"})
    manager.post(f"/task/{task}/handover", data={"to": str(site.ids["manager"])})
    assert due_of(site, task) == dt.date(2030, 1, 1)
    assert "Rita Rep" in manager.get(f"/task/{task}").text
    assert manager.get("/notices/count").get_json()["count"] == 0


def test_nobody_is_handed_a_task_who_is_not_there(site: Website) -> None:
    task = site.add("task", "rep", subject="Call them")
    rep = site.browser("rep")
    for to in ("999999", "x", "", "-1"):
        assert post(rep, task, "handover", to=to)[0] == 404
    assert post(rep, 999_999, "snooze", to="tomorrow")[0] == 404


def test_without_tasks_there_is_nothing_to_put_off(rep: Browser) -> None:
    for what in ("snooze", "handover"):
        assert rep.post(f"/task/1/{what}", data={"to": "1"}).status_code == 404
