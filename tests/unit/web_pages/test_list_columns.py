"""Columns that a person chooses for a list, how dense its rows are, and quick filters that fold away."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from markupsafe import Markup

from app.definition import Field
from app.insight.preferences import MOST_COLUMNS
from app.orm.framework import preference, saved_view
from app.web.pages.filters import Condition
from app.web.pages.list_asked import Asked as AskedFor
from app.web.pages.lists import QUICK, _folded
from tests.unit.web_pages.conftest import Asked
from tests.unit.web_pages.test_saved_views import keep
from tests.unit.web_pages.test_views import accounts, heads_of
from tests.unit.website import Browser, Website

__all__ = ["accounts"]
pytestmark = pytest.mark.usefixtures("accounts")


@pytest.fixture(autouse=True)
def swept(website: Website) -> None:
    """What an earlier test chose is forgotten."""
    with website.store.housekeeping() as connection:
        for table in (preference, saved_view):
            connection.execute(sa.delete(table))


def choose(browser: Browser, *columns: str, query: str = "", **form: object) -> int:
    data = {"column": list(columns), "order": list(columns), "density": "comfortable", "do": "save", **form}
    return browser.post(f"/account/columns{query}", data=data).status_code


def offered(page: str) -> list[tuple[str, bool]]:
    """The fields of the form, and whether each is chosen."""
    found = re.findall(r'name="column" value="(\w+)"( checked)?', page)
    return [(key, bool(checked)) for key, checked in found]


def test_a_person_chooses_columns_and_their_order_for_himself(rep: Browser, manager: Browser, asked: Asked) -> None:
    before = heads_of(rep.get("/account/").text)
    assert choose(rep, "since", "level", "name") == 303
    with asked.at_most(5):  # who asks, saved views, what he likes, rows, their labels
        assert heads_of(rep.get("/account/").text) == ["name", "since", "level"]
    assert offered(rep.get("/account/columns").text)[:3] == [("name", True), ("since", True), ("level", True)]
    assert rep.get("/account/csv").text.splitlines()[0].count(",") == 2
    assert heads_of(manager.get("/account/").text) == before
    assert heads_of(rep.get("/account/?view=linked").text) == ["name", "level", "revenue"]
    assert choose(rep, "revenue", query="?view=linked") == 303
    assert heads_of(rep.get("/account/?view=linked").text) == ["name", "revenue"]
    assert choose(rep, do="reset") == 303
    assert heads_of(rep.get("/account/").text) == before


def test_only_fields_that_the_person_sees_are_offered_and_shown(website: Website, rep: Browser) -> None:
    page = rep.get("/account/columns").text
    assert "secret" not in page
    assert choose(rep, "secret", "level", "nothing", "version") == 303
    assert heads_of(rep.get("/account/").text) == ["name", "level"]
    with website.store.housekeeping() as connection:  # whoever had the right when he chose
        connection.execute(sa.update(preference).values(value=["name", "secret", "since"]))
    assert heads_of(rep.get("/account/").text) == ["name", "since"]


def test_arrows_move_a_field_and_keep_what_was_chosen(rep: Browser) -> None:
    order = ["name", "level", "since", "revenue"]
    answer = rep.post("/account/columns?inside=1", data={"order": order, "column": ["since"], "do": "up:since"})
    html = answer.get_json()["html"]
    assert [key for key, _ in offered(html)[:3]] == ["name", "since", "level"]
    assert ("since", True) in offered(html)
    assert re.search(r'value="up:since"[^>]*data-focus', html)
    answer = rep.post("/account/columns?inside=1", data={"order": order, "do": "up:level"})  # the name stays the first
    assert [key for key, _ in offered(answer.get_json()["html"])[:2]] == ["name", "level"]


def test_what_is_shown_passes_all_that_is_not(rep: Browser) -> None:
    def moved(do: str) -> list[str]:
        order = ["name", "revenue", "level", "since"]
        answer = rep.post("/account/columns?inside=1", data={"order": order, "column": ["revenue", "since"], "do": do})
        return [key for key, _ in offered(answer.get_json()["html"])[:4]]

    assert moved("up:since") == ["name", "since", "revenue", "level"]
    assert moved("down:revenue") == ["name", "level", "since", "revenue"]
    assert moved("down:since")[:4] == ["name", "revenue", "level", "since"]  # it is the last already


def test_density_is_kept_for_all_lists_and_leaves_the_columns_to_the_pack(website: Website, rep: Browser) -> None:
    shown = heads_of(rep.get("/account/").text)
    assert "data-density" not in rep.get("/account/").text
    assert choose(rep, *shown, density="compact") == 303
    assert 'data-density="compact"' in rep.get("/account/").text
    assert 'data-density="compact"' in rep.get("/contact/").text
    with website.store.housekeeping() as connection:
        assert connection.execute(sa.select(preference.c.key)).scalars().all() == ["density"]


def test_columns_go_into_saved_views_and_a_view_of_ones_own_holds_them(rep: Browser, manager: Browser) -> None:
    choose(rep, "since", "level")
    view = keep(rep, {"filter": "exists(contacts)"})
    choose(rep, do="reset")
    assert heads_of(rep.get(f"/account/?view={view}").text) == ["name", "since", "level"]
    assert choose(rep, "revenue", query=f"?view={view}") == 303
    assert heads_of(rep.get(f"/account/?view={view}").text) == ["name", "revenue"]
    shared = keep(manager, {"filter": "exists(contacts)"}, share="all")
    before = heads_of(manager.get(f"/account/?view={shared}").text)
    assert choose(rep, "level", query=f"?view={shared}") == 303
    assert heads_of(rep.get(f"/account/?view={shared}").text) == ["name", "level"]
    assert heads_of(manager.get(f"/account/?view={shared}").text) == before


def test_too_many_columns_are_refused_in_words(rep: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.pages.list_columns.MOST_COLUMNS", 2)
    assert MOST_COLUMNS > 2
    answer = rep.post("/account/columns", data={"column": ["since", "level"], "order": [], "do": "save"})
    assert answer.status_code == 422
    assert "A list shows at most 2 columns." in answer.text


def test_quick_filters_beyond_some_fold_away_but_for_those_that_ask() -> None:
    def folded(count: int, *active: int) -> list[str]:
        chips = [Markup("{}").format(place) for place in range(count)]
        asked = tuple(
            Condition(Field(key=f"f{place}", type="text"), values=("x",) if place in active else ())
            for place in range(count)
        )
        shown, away = _folded(chips, AskedFor("", (), None, asked))
        assert sorted([*shown, *away], key=int) == chips
        return [*map(str, away)]

    assert folded(QUICK + 1) == []
    assert folded(QUICK + 3) == ["6", "7", "8"]
    assert folded(QUICK + 3, 8) == ["5", "6", "7"]
