"""The calendar: records on their days and hours, in the reader's sight and on his clock; what it is asked, how it is bounded."""

from __future__ import annotations

import datetime as dt
import html
import re
from zoneinfo import ZoneInfo

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
    assert "The first 500 are shown" in page
    assert len(days(page)["2026-11-24"]) == 4
    assert "1 more on Tue 24 Nov" in page
    monkeypatch.undo()
    assert "The first 500 are shown" not in rep.get("/meeting/calendar/?on=2026-11-24").text


def test_today_is_not_left_out_for_what_is_over(
    website: Website, rep: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.insight.calendars.MOST_EVENTS", 1)
    today = dt.datetime.now(ZoneInfo("Asia/Shanghai")).replace(hour=23, minute=0)
    for name, at in (("Over", today - dt.timedelta(days=1)), ("Today", today)):
        website.add("meeting", "rep", name=name, at=at.isoformat())
    shown = days(rep.get("/meeting/calendar/?per=month").text)
    assert list(shown) == [today.date().isoformat()]


def test_what_begins_within_the_days_is_shown_before_what_reaches_into_them(
    website: Website, rep: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.insight.calendars.MOST_EVENTS", 2)
    for month in (8, 9, 10):
        website.add("meeting", "rep", name=f"Old {month}", **{"from": f"2026-{month:02}-01", "until": "2026-12-31"})
    website.add("meeting", "rep", name="New", **{"from": "2026-11-24", "until": "2026-11-24"})
    website.add("meeting", "rep", name="Years ago", **{"from": "2024-11-24", "until": "2026-12-31"})
    day = "/meeting/calendar/?view=trips&on=2026-11-24&per=day"
    assert [each.split(" · ")[1 if "–" in each else 0] for each in days(rep.get(day).text)["2026-11-24"]] == [
        "Old 10",
        "New",
    ]
    monkeypatch.undo()
    assert "Years ago" not in rep.get(day).text  # what began more than a year before is not looked for


def test_what_takes_days_is_on_all_of_them(website: Website, rep: Browser) -> None:
    website.add("meeting", "rep", name="Fair", at="2026-11-20T01:00:00Z", takes="P5D")
    website.add("meeting", "rep", name="Leave", at="2026-06-01T01:00:00Z", takes="P200D")
    website.add("meeting", "rep", name="Over", at="2026-11-20T01:00:00Z", takes="P2D")
    said = days(rep.get("/meeting/calendar/?on=2026-11-25&per=week").text)
    assert [each.split(" · ")[1] for each in said["2026-11-23"]] == ["Leave", "Fair"]
    assert [each.split(" · ")[1] for each in said["2026-11-26"]] == ["Leave"]


def test_what_has_no_room_on_a_day_is_in_a_list_of_the_same(
    website: Website, rep: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.pages.calendar_drawing.LANES", {"week": 1, "day": 1, "month": 0})
    for name in ("Crowd A", "Crowd B", "Private", "Elsewhere"):
        website.add("meeting", "rep", name=name, at="2026-11-24T03:00:00Z")
    page = rep.get("/meeting/calendar/?view=open&on=2026-11-24&per=day&filter=name != 'Elsewhere'").text
    rest = re.search(r'class="cal__rest" href="([^"]*)"', page)
    assert rest
    listed = rep.get(html.unescape(rest[1])).text
    assert set(re.findall(r'class="cut name" [^>]*title="([^"]*)"', listed)) == {"Crowd A", "Crowd B"}


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
