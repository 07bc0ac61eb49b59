"""A date by which something was to be done, of a record that is still open, says that it has passed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.unit.web_pages.test_doing import visit
from tests.unit.web_pages.test_tasks import FILES
from tests.unit.website import Website, prepare, served_on_sqlite

JOB = """
label: {en: Job, zh: 工作}
plural: {en: Jobs}
fields:
  name:    {type: text, required: true, label: {en: Name, zh: 名称}}
  until:   {type: date, display: due, label: {en: Until, zh: 截止}}
  begun:   {type: date, label: {en: Begun, zh: 开始}}
  stage:   {type: stage, label: {en: Stage, zh: 阶段}}
  account: {type: lookup, to: account, inverse: jobs, on_delete: clear, label: {en: Account, zh: 客户}}
pipelines:
  work:
    field: stage
    moves: any
    stages: {todo: {}, made: {category: won}, left: {category: lost}}
list: {columns: [name, until, begun], sort: [name]}
"""
GRANTS = "  job: {create: true, read: own, update: own}\n  visit: {create: true, read: own, update: own}\n  deal: "
VISIT = """
label: {en: Visit, zh: 拜访}
plural: {en: Visits}
timeline: {at: at, fields: [name]}
fields:
  name:   {type: text, required: true, label: {en: Name, zh: 名称}}
  at:     {type: datetime, required: true, label: {en: When, zh: 时间}}
  status: {type: picklist, options: {planned: {}, done: {}}, label: {en: Status, zh: 状态}}
list: {columns: [name, at], sort: [name]}
"""
ACCOUNT = FILES["entities/account.yaml"]
BESIDE = "columns: [name, email]}\n        jobs: {related: jobs, columns: [name, until]}"
PACK = FILES | {
    "entities/account.yaml": ACCOUNT.replace("columns: [name, email]}", BESIDE),
    "entities/job.yaml": JOB,
    "entities/visit.yaml": VISIT,
    "roles/rep.yaml": FILES["roles/rep.yaml"].replace("  deal: ", GRANTS),
    "roles/manager.yaml": FILES["roles/manager.yaml"].replace(
        "  deal: ", "  job: {read: all, fields: {stage: hidden}}\n  deal: "
    ),
}
PAST, AHEAD = "2020-03-01", "2199-03-01"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    with served_on_sqlite(prepare(tmp_path_factory.mktemp("lateness"), PACK)) as found:
        yield found


def late(page: str) -> list[str]:
    """The days of which a page says that they are overdue."""
    return re.findall(r'<span class="late"><time datetime="([^"]*)"[^>]*>[^<]*</time> <span [^>]*>overdue</span>', page)


def test_an_open_record_is_late_in_lists_on_its_page_and_beside_others(site: Website) -> None:
    rep, account = site.browser("rep"), site.add("account", "rep", name="Acme")
    jobs = {
        name: site.add("job", "rep", name=name, until=until, begun=PAST, account=account, stage=stage)
        for name, until, stage in (
            ("Late", PAST, "todo"), ("Ahead", AHEAD, "todo"), ("Made", PAST, "made"), ("Never", None, "todo"),
        )
    }  # fmt: skip
    for address in (
        "/job/",
        "/job/?f.name=Late",
        f"/account/{account}?tab=people",
        f"/job/{jobs['Late']}",
        "/job/board/",
    ):
        assert set(late(rep.get(address).text)) == {PAST}, address
    assert late(rep.get("/job/").text) == [PAST]
    for name in ("Ahead", "Made", "Never"):
        assert late(rep.get(f"/job/{jobs[name]}").text) == [], name
    assert late(site.browser("manager").get("/job/").text) == [], "whether it is closed is not for him"


def test_tasks_and_what_is_planned_are_late_without_saying_so(site: Website) -> None:
    rep = site.browser("rep")
    for name, due, status in (("Call", PAST, "open"), ("Write", PAST, "done"), ("Ask", AHEAD, "open")):
        site.add("task", "rep", subject=name, due=due, status=status)
    assert late(rep.get("/task/").text) == [PAST]
    assert ">overdue</span></time>" in rep.get("/").text
    for name, hours, status in (
        ("Past", -1, "planned"),
        ("Done", -1, "done"),
        ("Told", -1, None),
        ("Ahead", 1, "planned"),
    ):
        visit(site, name, hours, status=status)
    assert len(late(rep.get("/visit/").text)) == 1
