"""Reviews as people do them: the page of all, the checklist of one, and what other pages tell of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.orm.framework import review as review_row
from tests.unit.reviewing import REVIEWING, raise_for
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website, prepare

WHOLE = {"act": "done", "answer:contact": "yes", "answer:people": "no", "note:people": "Ms Li <has> left"}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("reviews"), REVIEWING)


def rows(website: Website) -> list[sa.Row]:
    with website.store.system_reading() as connection:
        return list(connection.execute(sa.select(review_row).order_by(review_row.c.id)))


def end_days_ago(website: Website) -> None:
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(review_row).values(due=dt.date(2020, 1, 1)))


def test_what_is_mine_comes_first_and_leads_to_its_checklist(website: Website, rep: Browser) -> None:
    assert "Nothing to review" in rep.get("/reviews/").text
    raise_for(website, "rep", "colleague")
    page = rep.get("/reviews/").text
    assert "Look at it · Account of rep" in page
    assert "Account of colleague" not in page
    assert 'href="/reviews/1"' in page
    checklist = rep.get("/reviews/1").text
    assert "Contact data up to date" in checklist
    assert "联系方式是否最新" in website.browser("colleague").get("/reviews/2").text


def test_a_review_is_answered_and_told_on_the_pages_of_its_record_and_task(website: Website, rep: Browser) -> None:
    [account] = raise_for(website, "rep")
    task = rows(website)[0].task
    panel = rep.get(f"/task/{task}").text
    assert "Its answers end it" in panel
    answer = rep.post("/reviews/1", data=WHOLE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/reviews/")
    row = rows(website)[0]
    assert (row.state, row.answers) == ("done", {"contact": [True, ""], "people": [False, "Ms Li <has> left"]})
    for page in (f"/account/{account}", f"/task/{task}", "/reviews/1"):
        text = rep.get(page).text
        assert "Deciders unchanged" in text
        assert "Ms Li &lt;has&gt; left" in text
    assert "did the review “Look at it”" in rep.get(f"/account/{account}").text
    assert "<button" not in rep.get("/reviews/1").text.split('id="checklist"')[1].split("</section>")[0]


def test_what_is_not_answered_is_pointed_at_and_nothing_typed_is_lost(website: Website, rep: Browser) -> None:
    raise_for(website, "rep")
    answer = rep.post("/reviews/1", data={"act": "done", "answer:contact": "yes", "note:people": "to ask"})
    assert answer.status_code == 422
    assert 'id="p-people-error"' in answer.text
    assert 'id="p-contact-error"' not in answer.text
    assert 'value="to ask"' in answer.text
    kept = rep.post("/reviews/1", data={"act": "keep", "answer:contact": "yes", "note:people": "to ask"})
    assert kept.headers["Location"] == "/reviews/1"
    assert rows(website)[0].state == "open"
    again = rep.get("/reviews/1").text
    assert 'value="to ask"' in again
    assert 'name="answer:contact" value="yes" checked' in again


def test_one_is_skipped_with_a_reason(website: Website, rep: Browser) -> None:
    [account] = raise_for(website, "rep")
    assert rep.post("/reviews/1", data={"act": "skip", "reason": " "}).status_code == 422
    assert rep.post("/reviews/1", data={"act": "skip", "reason": "merged"}).status_code == 303
    assert "skipped the review" in (page := rep.get(f"/account/{account}").text)
    assert "merged" in page
    assert rep.post("/reviews/1", data=WHOLE).status_code == 409


def test_nonsense_is_refused(website: Website, rep: Browser) -> None:
    raise_for(website, "rep")
    assert rep.post("/reviews/1", data={"act": "eat"}).status_code == 400
    assert rep.post("/reviews/1", data={**WHOLE, "answer:people": "perhaps"}).status_code == 422
    assert rep.post("/reviews/1", data={**WHOLE, "note:people": "x" * 501}).status_code == 422
    assert rep.post("/reviews/1", data={**WHOLE, "note:people": "a\0b"}).status_code == 422
    for address in ("/reviews/0", "/reviews/x", "/reviews/99999999999999999999", "/reviews/99"):
        assert rep.get(address).status_code == 404
    for query in ("?review=look&period=x", "?review=%00&period=2026-01-01", "?review=look"):
        assert rep.get(f"/reviews/{query}").status_code == 200


def test_closing_the_task_leaves_the_review_open_and_says_so(website: Website, rep: Browser) -> None:
    raise_for(website, "rep")
    task = rows(website)[0].task
    rep.post(f"/task/{task}/cell?field=status", data={"status": "done"})
    assert "but its review is still open" in rep.get(f"/task/{task}").text
    assert "Look at it · Account of rep" in rep.get("/reviews/").text


def test_coverage_by_team_and_person(website: Website, administrator: Browser, asked: Asked) -> None:
    raise_for(website, "rep", "rep", "colleague")
    website.browser("rep").post("/reviews/1", data=WHOLE)
    end_days_ago(website)
    with asked.at_most(12):
        page = administrator.get("/reviews/").text
    table = page.split('id="people"')[1]
    assert table.index("First") < table.index("Rita Rep") < table.index("Second") < table.index("王同事")
    assert "Overdue" in table
    assert "Account of colleague" in table


def test_reviews_are_in_the_menu_where_there_are_some(rep: Browser) -> None:
    page = rep.get("/").text
    assert page.index('href="/task/"') < page.index('href="/reviews/"')
