"""Actions on all rows of a list, not of its page alone: those that one reads, as far as one may, and not more than a request does."""

import csv
import io

import pytest
import sqlalchemy as sa

from app.orm.framework import audit
from tests.unit.web_pages.test_lists import fill, names_in
from tests.unit.website import Browser, Website


def test_all_rows_that_the_list_asks_for_are_changed(website: Website, rep: Browser, colleague: Browser) -> None:
    fill(website, 30)
    fill(website, 3, owner="colleague")
    page = rep.get("/account/?q=account&sort=name").text
    assert 'data-pick-whole="30"' in page
    assert "data-pick-whole" not in colleague.get("/account/").text
    answer = rep.post(
        "/account/bulk/edit?f.name=00&sort=name&cursor=x", data={"all": "30", "field": "level", "value": "a"}
    )
    assert answer.status_code == 303
    assert "1–25 of 30" in rep.get("/account/?f.level=a").text
    assert names_in(colleague.get("/account/?f.level=a").text) == []
    refused = rep.post(
        "/account/bulk/edit?filter=nothing+%3D%3D+1",
        data={"all": "30", "field": "level", "value": "b"},
        follow_redirects=True,
    )
    assert "Nothing was changed: " in refused.text
    assert names_in(rep.get("/account/?f.level=b").text) == []
    assert rep.post("/account/bulk/delete?f.name=0001", data={"all": "1"}).status_code == 303
    assert "1–25 of 29" in rep.get("/account/").text


def test_a_list_that_is_too_long_is_not_changed_at_all(
    website: Website, rep: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.pages.bulk.MOST", 2)
    fill(website, 3)
    answer = rep.post("/account/bulk/delete", data={"all": "3"}, follow_redirects=True)
    assert "At most 2 records at once" in answer.text
    assert "1–3 of 3" in answer.text


def test_a_view_that_is_gone_is_not_the_whole_list(rep: Browser, website: Website) -> None:
    website.add("account", "rep", name="One")
    answer = rep.post("/account/bulk/delete?view=stale", data={"all": "1"}, follow_redirects=True)
    assert "this view no longer exists" in answer.text
    assert "1–1 of 1" in rep.get("/account/").text


@pytest.mark.parametrize("shown", ["2", "4", "true"])
def test_a_list_that_holds_others_than_were_shown_is_not_changed(rep: Browser, website: Website, shown: str) -> None:
    fill(website, 3)
    answer = rep.post("/account/bulk/delete?f.level=", data={"all": shown}, follow_redirects=True)
    assert "the list has changed since you opened it" in answer.text
    assert "1–3 of 3" in answer.text


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_chosen_rows_go_out_as_the_list_shows_them(website: Website, rep: Browser, administrator: Browser) -> None:
    ids = [
        website.add("account", "rep", name=name, phone="13812345678", secret="x") for name in ("=1+1", "Acme", "Bolts")
    ]
    website.add("account", "rep", name="Not chosen")
    foreign = website.add("account", "colleague", name="Foreign Ltd")
    assert 'action="/account/bulk/csv"' in rep.get("/account/").text
    answer = rep.post(
        "/account/bulk/csv?sort=-name&q=nothing+of+this",
        data={"id": [*map(str, ids), str(foreign), "987654"], "back": "/account/"},
    )
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = rows_of(answer.text)
    assert [(row[0], row[2]) for row in rows] == [
        ("Name", "Phone"), ("Bolts", "138****5678"), ("Acme", "138****5678"), ("'=1+1", "138****5678"),
    ]  # fmt: skip
    with website.store.engine.connect() as connection:
        facts = connection.execute(sa.select(audit.c.changes).where(audit.c.action == "export")).scalar_one()["act."][1]
    assert (facts["count"], facts["filter"]) == (3, f"id in {', '.join(map(str, ids))}")
    for chosen, said in (([foreign], "None of the selected records may be exported"), ([], "Nothing was selected")):
        back = rep.post("/account/bulk/csv", data={"id": list(map(str, chosen))}, follow_redirects=True)
        assert said in back.text
    assert len(rows_of(administrator.post("/account/bulk/csv", data={"id": [str(foreign)]}).text)) == 2


def test_all_rows_of_a_list_go_out_in_its_order(
    website: Website, rep: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.pages.export.CHUNK", 4)
    fill(website, 10)
    text = rep.post("/account/bulk/csv?f.name=account&sort=-name", data={"all": "10"}).text
    assert [row[0] for row in rows_of(text)[1:]] == [f"Account {number:04}" for number in reversed(range(10))]
    refused = rep.post("/account/bulk/csv?f.name=0001", data={"all": "10"}, follow_redirects=True)
    assert "the list has changed since you opened it" in refused.text
