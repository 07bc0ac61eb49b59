"""The board: columns by stage or option, what they hold and amount to, in the reader's sight; a card is moved by a cell's save."""

from __future__ import annotations

import html
import re

import pytest
import sqlalchemy as sa

from app.orm.framework import saved_view
from tests.unit.boards_site import *  # noqa: F403 - its fixtures
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website


def columns(page: str) -> dict[str, tuple[str, str, list[str]]]:
    """By value the count, the sum and the names of the cards."""
    found = {}
    for value, rest in re.findall(
        r'<section class="col"[^>]* data-value="(\w*)"[^>]*>(.*?)</section>', page, re.DOTALL
    ):
        count = re.search(r'<span class="num push \w+"[^>]*>([^<]*)<', rest)
        amount = re.search(r'<p class="small quiet num">([^<]*)<', rest)
        names = re.findall(r'<a class="deal__name"[^>]*>([^<]*)<', rest)
        found[value] = (count[1] if count else "", amount[1] if amount else "", names)
    return found


@pytest.mark.usefixtures("bargains")
def test_a_board_has_a_column_for_each_stage_with_count_sum_and_cards(rep: Browser, asked: Asked) -> None:
    with asked.at_most(6):
        page = rep.get("/bargain/board/").text
    assert columns(page) == {
        "new": ("3", "¥1,700.50", ["Ample", "Brief", "Crisp"]),
        "lost": ("1", "¥50", ["Done"]),
    }
    assert 'href="/bargain/"' in page
    assert 'href="/bargain/board/"' in rep.get("/bargain/").text


@pytest.mark.usefixtures("bargains")
def test_a_board_is_asked_what_the_list_is(rep: Browser) -> None:
    assert columns(rep.get("/bargain/board/?q=Brief").text)["new"][2] == ["Brief"]
    assert columns(rep.get("/bargain/board/?f.kind=usual").text)["new"] == ("2", "¥1,000.50", ["Ample", "Brief"])
    page = rep.get("/bargain/board/?view=large&f.kind=usual").text
    assert columns(page)["new"][2] == ["Ample"]
    assert 'href="/bargain/?view=large&amp;f.kind=usual"' in page
    assert "/bargain/board/?view=large&amp;f.kind=usual" in rep.get("/bargain/?view=large&f.kind=usual").text


@pytest.mark.usefixtures("bargains")
def test_a_board_of_the_pack_has_its_field_cards_and_limits(rep: Browser) -> None:
    page = rep.get("/bargain/board/?view=kinds").text
    assert columns(page) == {"usual": ("2", "4", ["Ample", "Brief"]), "gift": ("0", "", []), "": ("1", "10", ["Crisp"])}
    assert "More than the 1 that should be here" in page
    assert 'href="/bargain/board/?view=kinds"' in rep.get("/bargain/").text


@pytest.mark.usefixtures("bargains")
def test_a_board_by_a_field_that_the_reader_does_not_see_is_none(rep: Browser, administrator: Browser) -> None:
    assert rep.get("/product/board/?view=secrets").status_code == 404
    assert "By cost" not in rep.get("/product/").text
    assert administrator.get("/product/board/?view=secrets").status_code == 200
    assert rep.get("/account/board/").status_code == 404  # it has no stages


def test_more_cards_than_a_column_shows_are_in_the_list(website: Website, rep: Browser) -> None:
    for number in range(23):
        website.add("bargain", "rep", name=f"N{number:02}")
    page = rep.get("/bargain/board/?f.kind=-").text
    assert [len(each[2]) for each in columns(page).values()] == [20, 0]
    assert "3 more in the list" in page
    assert 'href="/bargain/?f.kind=-&amp;f.stage=new"' in page


def test_more_columns_than_fit_are_told(rep: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.pages.boards.MOST_COLUMNS", 2)
    assert "Columns that do not fit on a board: 1." in rep.get("/bargain/board/").text


def test_a_board_tells_what_of_a_saved_view_does_not_apply(website: Website, rep: Browser) -> None:
    row = {
        "user_id": website.ids["rep"],
        "entity": "bargain",
        "name": "Odd",
        "share": "mine",
        "columns": [],
        "sort": [],
    }
    row |= {"condition": "gone == 1", "opens_first": False, "changed_at": website.store.clock()}
    with website.store.housekeeping() as connection:
        view = connection.execute(sa.insert(saved_view).values(row).returning(saved_view.c.id)).scalar_one()
    assert "Conditions that do not apply for you: 1." in rep.get(f"/bargain/board/?view={view}").text


def test_a_board_without_cards_says_what_to_do_next(website: Website, rep: Browser, bargains: dict[str, int]) -> None:
    page = rep.get("/bargain/board/?q=nobody").text
    assert "Nothing matches" in page
    assert '<a class="btn" href="/bargain/board/">Clear all</a>' in page
    assert columns(page) == {}
    for record in bargains.values():
        website.browser("administrator").post(f"/bargain/{record}/delete")
    page = rep.get("/bargain/board/").text
    assert "Nothing matches" not in page
    assert re.search(r'<a class="btn btn--main" href="/bargain/new">', page)


@pytest.mark.usefixtures("bargains")
def test_the_filter_of_a_board_is_built_as_that_of_the_list(rep: Browser) -> None:
    page = rep.get("/bargain/board/?view=large&q=a").text
    opened = re.search(r'href="([^"]*)" data-filter-open', page)
    assert opened
    assert html.unescape(opened[1]) == "/bargain/filter?view=large&q=a&of=board"
    form = rep.get(html.unescape(opened[1])).text
    assert 'action="/bargain/filter?view=large&amp;q=a&amp;of=board"' in form
    assert 'href="/bargain/board/?view=large&amp;q=a"' in form
    asked = {"c.1.field": "amount", "c.1.op": "above", "c.1.v": "800", "do": "show"}
    answer = rep.post("/bargain/filter?of=board", data=asked)
    assert answer.headers["Location"] == "/bargain/board/?filter=amount+%3E+800"
    page = rep.get(answer.headers["Location"]).text
    assert 'title="Amount over 800"' in page
    assert columns(page)["new"][0] == "1"
    elsewhere = rep.post("/bargain/filter?of=//evil.example/", data=asked)
    assert elsewhere.headers["Location"] == "/bargain/?filter=amount+%3E+800"
