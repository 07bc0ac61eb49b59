"""The bell and its page: what is new, whose it is, and what it is called in its reader's sight."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import sqlalchemy as sa

import app
from app.automation.notices import Notice, tell
from app.orm.framework import notice, web_session
from app.orm.types import now
from app.web.i18n import TEXTS
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website

PROGRAM = Path(app.__file__).parent if app.__file__ else Path("app")


def tell_rep(website: Website, kind: str, mark: str = "", **more: object) -> None:
    each = Notice(user=website.ids["rep"], kind=kind, mark=mark or kind, **more)  # type: ignore[arg-type]
    with website.store.housekeeping() as connection:
        tell(connection, [each], now())


def test_the_bell_counts_what_is_unread_and_the_page_leads_to_it(website: Website, rep: Browser) -> None:
    mine = website.add("account", "rep", name="Aster")
    tell_rep(website, "approval.agreed", entity="account", record=mine, params={"by": website.ids["manager"]})
    assert rep.get("/notices/count").get_json() == {"count": 1, "text": "1", "newest": "1"}
    page = rep.get("/notices/").text
    assert f'<a href="/account/{mine}" data-told-of="1">Approved: Aster</a>' in page
    assert "Account · Mona Manager" in page
    assert rep.get("/notices/new?after=0").get_json()["notices"] == [
        {"text": "Approved: Aster", "href": f"/account/{mine}"}
    ]
    assert rep.post("/notices/1/read").status_code == 303
    assert rep.get("/notices/count").get_json()["count"] == 0
    rep.post("/language/", data={"language": "zh"})
    assert "审批已通过：Aster" in rep.get("/notices/").text


def test_a_record_out_of_sight_has_no_name_and_no_words_made_of_it(website: Website, rep: Browser) -> None:
    foreign = website.add("account", "colleague", name="Verbena")
    tell_rep(website, "approval.asked", entity="account", record=foreign, params={"comment": "Verbena at once"})
    tell_rep(website, "reminder", entity="account", record=foreign, params={"text": "Call Verbena"})
    page = rep.get("/notices/").text
    assert "Verbena" not in page
    assert f"/account/{foreign}" not in page
    assert "a record that you may not see" in page


def test_notices_of_others_are_not_found(website: Website, rep: Browser, colleague: Browser) -> None:
    tell_rep(website, "task.due")
    assert colleague.post("/notices/1/read").status_code == 404
    assert colleague.post("/notices/read").status_code == 303
    assert "Due soon" not in colleague.get("/notices/").text
    assert rep.get("/notices/count").get_json()["count"] == 1


def test_all_are_read_at_once_and_read_ones_come_last(website: Website, rep: Browser) -> None:
    for number in range(3):
        tell_rep(website, "reminder", mark=str(number), params={"text": f"number {number}"})
    rep.post("/notices/3/read")
    page = rep.get("/notices/").text
    assert [page.index(f"number {each}") for each in (1, 0, 2)] == sorted(
        page.index(f"number {each}") for each in (0, 1, 2)
    )
    rep.post("/notices/read")
    assert rep.get("/notices/count").get_json()["count"] == 0


def test_what_rests_is_on_the_page_and_not_counted(website: Website, rep: Browser) -> None:
    tell_rep(website, "reminder", params={"text": "later"}, show_at=now() + dt.timedelta(hours=9))
    assert rep.get("/notices/count").get_json() == {"count": 0, "text": "0", "newest": "0"}
    assert "quiet until" in rep.get("/notices/").text


def test_the_bell_asks_the_database_one_thing_and_the_page_three(website: Website, rep: Browser, asked: Asked) -> None:
    for number in range(60):
        record = website.add("account", "rep", name=f"Company {number}")
        tell_rep(website, "review_overdue", mark=str(number), entity="account", record=record)
    with asked.at_most(2):  # one of them finds who asks
        assert rep.get("/notices/count").get_json()["count"] == 60
    with asked.at_most(3):
        assert "Company 59" in rep.get("/notices/").text
    assert "Company 9" in rep.get("/notices/?page=2").text
    assert rep.get("/notices/?page=0").status_code == 400


def test_asking_by_itself_keeps_no_session_alive(website: Website, rep: Browser) -> None:
    before = now() - dt.timedelta(minutes=10)
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(web_session).values(seen_at=before))
    rep.get("/notices/count")
    rep.get("/notices/new?after=0")
    with website.store.system_reading() as connection:
        assert connection.execute(sa.select(web_session.c.seen_at)).scalars().one() == before
    rep.get("/notices/")
    with website.store.system_reading() as connection:
        assert connection.execute(sa.select(web_session.c.seen_at)).scalars().one() > before


def test_nothing_is_made_of_a_kind_or_a_number_that_nobody_knows(website: Website, rep: Browser) -> None:
    tell_rep(website, "of.tomorrow", entity="gone", record=5, params={"by": 999_999})
    assert rep.get("/notices/").status_code == 200
    for after in ("x", "-1", "9" * 30):
        assert rep.get(f"/notices/new?after={after}").status_code == 400
    with website.store.system_reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(notice)).scalar() == 1


def test_every_kind_that_is_told_has_its_words() -> None:
    told = set()
    for path in PROGRAM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == "Notice":
                for word in node.keywords:
                    if word.arg == "kind" and isinstance(word.value, ast.Constant):
                        told.add(word.value.value)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == "tell_people":
                told |= {each.value for each in node.args if isinstance(each, ast.Constant)}
    assert {"approval.asked", "reminder", "review_raised"} <= told
    assert {kind for kind in told if f"notice.{kind}" not in TEXTS} == set()


def test_a_person_chooses_what_he_is_told_of_how_and_when(website: Website, rep: Browser) -> None:
    page = rep.get("/profile/").text
    assert page.count('<select class="select" id="way-') == 5
    assert page.count('value="app" selected') == 5
    ways = {"way.approval": "off", "way.review": "digest", "way.task": "mail", "way.team": "app", "way.reminder": "app"}
    for wrong in ({"way.task": "always"}, {"hour": "24"}, {"hour": "-1"}, {"way.approval": ""}):
        assert rep.post("/profile/notices", data={**ways, "hour": "7", **wrong}).status_code == 400
    assert rep.post("/profile/notices", data={**ways, "hour": "7", "quiet": "true"}).status_code == 303
    again = rep.get("/profile/").text
    assert [again.count(f'value="{way}" selected') for way in ("app", "mail", "digest", "off", "7")] == [2, 1, 1, 1, 1]
    assert 'name="quiet" value="true" aria-describedby="p-quiet-help" checked' in again
    tell_rep(website, "approval.asked")
    assert "No notices" in rep.get("/notices/").text
    rep.post("/language/", data={"language": "zh"})
    assert "系统内并每日汇总邮件" in rep.get("/profile/").text
