"""Sections of a record without values take a line, not a card; who may fill them in gets there with one click."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.unit.web_pages.conftest import Asked
from tests.unit.website import PACK, Browser, Website, prepare

SECTIONS = """base: {label: {en: Basics, zh: 基本信息}, fields: [name, level, phone]}
        figures: {label: {en: Figures, zh: 数据}, fields: [revenue, since, secret]}
        words: {label: {en: Notes, zh: 备注}, fields: [notes]}
"""
BLANK = PACK | {
    "entities/account.yaml": re.sub(r"base: \{label.*\n", SECTIONS, PACK["entities/account.yaml"], count=1),
    "roles/manager.yaml": re.sub(r"account: \{create.*\}", "account: {read: team}", PACK["roles/manager.yaml"]),
}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("blanks"), BLANK)


def blanks_in(page: str) -> list[tuple[str, str]]:
    """The lines of what is not entered: their words, and where they lead."""
    found = re.search(r'<section class="blanks".*?</section>', page, re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", found[0], re.DOTALL) if found else []
    told = []
    for line in lines:
        way = re.search(r'href="([^"]*)"', line)
        words = re.sub(r"<[^>]*>", " ", line.split("<a ")[0])
        told.append((" ".join(html.unescape(words).split()), way[1] if way else ""))
    return told


def test_what_is_not_entered_takes_a_line_and_leads_to_its_first_field(
    website: Website, rep: Browser, administrator: Browser, asked: Asked
) -> None:
    bare = website.add("account", "rep", name="Bare")
    with asked.at_most(9):
        page = rep.get(f"/account/{bare}").text
    form = f"/account/{bare}/edit"
    assert blanks_in(page) == [("Figures Revenue, Since", f"{form}#i-revenue"), ("Notes", f"{form}#i-notes")]
    assert "Secret" not in page  # the name of a hidden field is not told
    assert 'aria-label="Add: Figures"' in page
    assert 'id="s-figures"' not in page
    assert 'id="s-base"' in page
    assert 'id="i-revenue"' in rep.get(form).text
    administrator.post("/language/", data={"language": "zh"})
    told = blanks_in(administrator.get(f"/account/{bare}").text)
    assert told[0][0].startswith("数据 营收、起始日期")
    rep.post(f"/account/{bare}/edit", data={"since": "2026-01-01", "since:was": ""})
    page = rep.get(f"/account/{bare}").text
    assert 'id="s-figures"' in page
    assert [words for words, _way in blanks_in(page)] == ["Notes"]


def test_who_may_not_fill_in_is_not_asked_to(website: Website, rep: Browser) -> None:
    bare = website.add("account", "rep", name="Bare")
    assert all(way for _words, way in blanks_in(rep.get(f"/account/{bare}").text))
    lines = blanks_in(website.browser("manager").get(f"/account/{bare}").text)
    assert [words.split()[0] for words, _way in lines] == ["Figures", "Notes"]
    assert not any(way for _words, way in lines)
