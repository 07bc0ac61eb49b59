import re

import pytest

from app.web.pages.filters import ChipMaker
from tests.unit.website import Browser, Website


def chips_of(page: str) -> list[str]:
    return re.findall(r'<details class="drop chipdrop".*?</details>', page, re.DOTALL)


@pytest.fixture
def made(website: Website, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The fields whose chips were worked out, from an application on that has drawn none."""
    website.app.extensions["tenon.screens"]._chips.clear()
    fields: list[str] = []
    make = ChipMaker.make

    def counting(self: ChipMaker, asked: object) -> object:
        fields.append(asked.field.key)  # type: ignore[attr-defined]
        return make(self, asked)  # type: ignore[arg-type]

    monkeypatch.setattr(ChipMaker, "make", counting)
    return fields


def test_chips_in_which_nothing_is_chosen_are_drawn_once(rep: Browser, made: list[str]) -> None:
    first = chips_of(rep.get("/account/").text)
    assert made == ["level", "owner"]
    assert chips_of(rep.get("/account/?q=x&sort=-name").text) == first
    assert made == ["level", "owner"]


def test_what_one_request_chose_is_not_in_the_next(rep: Browser, made: list[str]) -> None:
    plain = chips_of(rep.get("/account/").text)
    chosen = chips_of(rep.get("/account/?f.level=a").text)
    assert made == ["level", "owner", "level"]
    assert " checked" in chosen[0]
    assert "chip--add" not in chosen[0]
    assert chosen[1:] == plain[1:]
    assert chips_of(rep.get("/account/").text) == plain
    assert " checked" not in "".join(plain)


def test_each_language_and_each_set_of_roles_has_its_own(
    rep: Browser, colleague: Browser, manager: Browser, made: list[str]
) -> None:
    english = chips_of(rep.get("/account/").text)
    chinese = chips_of(colleague.get("/account/").text)
    assert english != chinese
    assert len(made) == 4
    assert chips_of(manager.get("/account/").text) == english
    assert len(made) == 6
