"""The calendar: records on their days and hours, in the reader's sight and on his clock; what it is asked, how it is bounded."""

from __future__ import annotations

import re

import pytest

from tests.unit.calendars_site import *  # noqa: F403 - its fixtures
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website


def days(page: str) -> dict[str, list[str]]:
    """By day the events in words; days without any are left out."""
    found = {}
    for day, rest in re.findall(
        r'<section class="cal__day[^"]*"[^>]* data-day="([\d-]+)">(.*?)</section>', page, re.DOTALL
    ):
        said = re.findall(r'class="ev__link"[^>]* title="([^"]*)"', rest)
        if said:
            found[day] = said
    return found


@pytest.mark.usefixtures("meetings")
def test_a_week_has_what_begins_in_it_and_what_reaches_into_it(rep: Browser, asked: Asked) -> None:
    with asked.at_most(6):
        page = rep.get("/meeting/calendar/?on=2026-11-25").text
    assert days(page) == {
        "2026-11-23": ["Sun 22 Nov – Mon 23 Nov · Night · Rita Rep", "09:00–10:30 · Early · Customer · Rita Rep"]
    }
    assert "23 – 29 Nov 2026" in page
    assert "qzcanary" not in page
    assert days(rep.get("/meeting/calendar/?on=2026-11-30&per=day").text) == {
        "2026-11-30": ["00:00 · Late · Training · Rita Rep"]
    }


@pytest.mark.usefixtures("meetings")
def test_a_month_of_days_has_what_takes_several_of_them(rep: Browser, asked: Asked) -> None:
    with asked.at_most(6):
        page = rep.get("/meeting/calendar/?view=trips&on=2026-11-25").text
    assert "November 2026" in page
    assert list(days(page)) == [f"2026-10-{day}" for day in range(26, 32)] + [
        f"2026-11-{day:02}" for day in range(1, 25)
    ]
    assert days(page)["2026-11-24"] == ["Tue 20 Oct – Tue 24 Nov · Trip · Rita Rep"]


@pytest.mark.usefixtures("meetings")
def test_a_calendar_is_asked_what_the_list_is(rep: Browser) -> None:
    week = "/meeting/calendar/?on=2026-11-25"
    assert days(rep.get(f"{week}&f.kind=training").text) == {}
    assert len(days(rep.get(f"{week}&q=Early").text)["2026-11-23"]) == 1
    page = rep.get(f"{week}&q=Early&view=agenda").text
    assert 'href="/meeting/?q=Early"' in page
    assert 'href="/meeting/calendar/?view=trips&amp;on=2026-11-25"' in page
    assert "/meeting/calendar/?q=Early" in rep.get("/meeting/?q=Early").text


def test_one_by_a_field_that_the_reader_does_not_see_is_none(rep: Browser, administrator: Browser) -> None:
    assert "Secrets" not in rep.get("/meeting/calendar/").text
    assert "Secrets" in administrator.get("/meeting/calendar/").text
    assert days(rep.get("/meeting/calendar/?view=secrets").text) == {}  # the usual one
    assert rep.get("/order/calendar/").status_code == 404


def test_days_that_are_none_are_today(rep: Browser) -> None:
    for on in ("", "2026-13-01", "0001-01-01", "9999-12-31", "2026-W01-1", "' or 1"):
        for per in ("day", "week", "month", "year"):
            assert rep.get("/meeting/calendar/", query_string={"on": on, "per": per}).status_code == 200


def test_more_than_is_drawn_is_told(website: Website, rep: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.insight.calendars.MOST_EVENTS", 4)
    for number in range(5):
        website.add("meeting", "rep", name=f"N{number}", at="2026-11-24T03:00:00Z")
    page = rep.get("/meeting/calendar/?on=2026-11-24").text
    assert "The first 500 are shown." in page
    assert len(days(page)["2026-11-24"]) == 4
    assert "1 more on Tue 24 Nov" in page
    monkeypatch.undo()
    assert "The first 500 are shown." not in rep.get("/meeting/calendar/?on=2026-11-24").text


def test_a_new_record_begins_where_the_day_does(rep: Browser) -> None:
    page = rep.get("/meeting/calendar/?on=2026-11-24").text
    assert "/meeting/new?at=2026-11-24T09%3A00&amp;back=" in page
    form = rep.get("/meeting/new?at=2026-11-24T09%3A00").text
    assert 'value="2026-11-24T09:00"' in form


def test_the_calendar_is_in_the_menu_of_who_has_one(rep: Browser, colleague: Browser) -> None:
    assert 'href="/meeting/calendar/"' in rep.get("/account/").text
    page = colleague.get("/meeting/calendar/?on=2026-11-24").text
    assert "2026年11月23日–29日" in page
    assert "周二" in page
