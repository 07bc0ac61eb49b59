"""Computed values on pages: gauges with their names, the points that hold, and overruling with a reason."""

from __future__ import annotations

import re

import pytest

from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website


@pytest.fixture
def deal(website: Website) -> int:
    return website.add("deal", "rep", name="Pier", amount="1200", cost="5")


def test_a_gauge_says_its_number_and_its_band(rep: Browser, deal: int) -> None:
    page = rep.get(f"/deal/{deal}").text
    assert re.search(r'class="bar gauge--5".+?</svg>90 <span class="muted small">Good</span>', page)
    assert re.search(r'class="ring".+?stroke-dasharray="100 100"/></svg>100', page)
    listed = rep.get("/deal/").text
    assert "gauge--5" in listed
    assert 'class="ring"' in listed


def test_points_are_told_as_far_as_what_they_read_is_read(rep: Browser, administrator: Browser, deal: int) -> None:
    page = rep.get(f"/deal/{deal}").text
    points = re.findall(r'<li class="(is-\w+)">.+?<span>(\w+)</span><span class="num">(.\d+)</span>', page)
    assert points == [("is-on", "Base", "+40"), ("is-on", "Large", "+30")]
    page = administrator.get(f"/deal/{deal}").text
    assert re.findall(r'<li class="(is-\w+)">.+?<span>(\w+)</span>', page)[2] == ("is-on", "Cheap")


def test_formulas_and_what_they_read_are_for_administrators(rep: Browser, administrator: Browser, deal: int) -> None:
    assert "completeness()" not in rep.get(f"/deal/{deal}").text
    page = administrator.get(f"/deal/{deal}").text
    assert "amount - cost" in page
    assert re.search(r"<code>cost</code></dt><dd class=\"num\">5.0000</dd>", page)


def test_it_is_overruled_and_withdrawn(rep: Browser, deal: int) -> None:
    page = rep.get(f"/deal/{deal}").text
    assert 'id="overrule-class"' in page
    assert 'id="overrule-health"' not in page
    form = {":field": "class", ":version": "1", "class": "b", ":reason": "Late <b>payer</b>"}
    answer = rep.post(f"/deal/{deal}/overrule", data=form, follow_redirects=True)
    assert "Class is overruled." in answer.text
    assert 'class="over" title="Overruled: ' in answer.text  # a small mark beside the figure at the top
    assert "Late &lt;b&gt;payer&lt;/b&gt;" in answer.text
    assert "Rita Rep" in answer.text
    assert re.search(r"Computed:</span> <span class=\"badge badge--5\">Top</span>", answer.text)
    assert "overruled: Late" in answer.text
    form = {":field": "class", ":version": "2", ":withdraw": "1"}
    answer = rep.post(f"/deal/{deal}/overrule", data=form, follow_redirects=True)
    assert "Class is computed again." in answer.text
    assert "Late &lt;b&gt;payer" in answer.text  # in the history
    assert 'name=":withdraw"' not in answer.text


def test_a_list_marks_what_is_overruled(rep: Browser, deal: int) -> None:
    mark = 'class="over" title="Overruled: the record says by whom and why"'
    assert mark not in rep.get("/deal/").text
    form = {":field": "class", ":version": "1", "class": "b", ":reason": "Late"}
    rep.post(f"/deal/{deal}/overrule", data=form)
    listed = rep.get("/deal/").text
    assert listed.count(mark) == 1
    assert re.search(
        r'<div class="cell cell--over">(<span[^>]*>|<div[^>]*>)Plain</(span|div)><span class="over"', listed
    )
    title = re.search(r'class="over" title="([^"]+)"', rep.get(f"/deal/{deal}").text)
    assert title
    assert "Late (Rita Rep, " in title[1]


def dialog_of(page: str) -> str:
    found = re.search(r'<dialog class="dialog" id="overrule-class".*?</dialog>', page, re.DOTALL)
    assert found
    return found[0]


def test_the_label_of_a_value_that_is_overruled_names_its_input(rep: Browser, deal: int) -> None:
    page = rep.get(f"/deal/{deal}").text
    ids = re.findall(r' id="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    label = re.search(r'<label for="([^"]+)">Class</label>', dialog_of(page))
    assert label
    assert re.search(rf'<select[^>]* id="{label[1]}"', dialog_of(page))


def test_a_blank_reason_is_asked_for_before_what_was_typed_is_sent(rep: Browser, deal: int) -> None:
    dialog = dialog_of(rep.get(f"/deal/{deal}").text)
    form = re.search("<form[^>]*>", dialog)
    assert form
    assert "novalidate" not in form[0]
    assert re.search(r'<textarea[^>]* name=":reason"[^>]* required', dialog)


def test_what_is_refused_is_told(rep: Browser, manager: Browser, deal: int) -> None:
    form = {":field": "class", "class": "b", ":reason": " "}
    assert "Please say why." in rep.post(f"/deal/{deal}/overrule", data=form, follow_redirects=True).text
    form |= {":reason": "x", ":version": "9"}
    assert rep.post(f"/deal/{deal}/overrule", data=form).status_code == 303
    assert rep.post(f"/deal/{deal}/overrule", data={":field": "margin", ":reason": "x"}).status_code == 400
    assert 'id="overrule-class"' not in manager.get(f"/deal/{deal}").text


def test_the_page_asks_little(rep: Browser, deal: int, asked: Asked) -> None:
    with asked.at_most(8):
        rep.get(f"/deal/{deal}")
