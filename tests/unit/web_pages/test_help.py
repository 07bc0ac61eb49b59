"""The help: what the company's words mean for everybody, the reference of the language for administrators."""

from __future__ import annotations

from app.diagnostics import CODES
from app.plan.codes import PLAN_CODES
from tests.unit.website import Browser


def test_a_field_is_found_by_a_word_and_explained(rep: Browser) -> None:
    assert "/help/entity/account" in rep.get("/help/").text
    page = rep.get("/help/entity/account")
    assert page.status_code == 200
    assert "Must be filled" in page.text
    rep.post("/language/", data={"language": "zh"})
    assert "必填" in rep.get("/help/entity/account").text


def test_what_is_not_found_says_so_and_markup_stays_text(rep: Browser) -> None:
    page = rep.get("/help/?q=%3Cb%3Ezzzz%3C/b%3E").text
    assert "Nothing about that" in page
    assert "<b>zzzz" not in page


def test_every_code_has_a_page_in_both_languages(administrator: Browser) -> None:
    for language in ("en", "zh"):
        administrator.post("/language/", data={"language": language})
        listed = administrator.get("/help/codes").text
        for code in (*CODES.values(), *PLAN_CODES.values()):
            assert f"/help/code/{code.name}" in listed
        for code in (CODES["CFG101"], PLAN_CODES["PLN501"]):
            assert code.title[language] in administrator.get(f"/help/code/{code.name}").text


def test_the_reference_is_searched(administrator: Browser) -> None:
    found = administrator.get("/help/?q=stale").text
    assert "/help/language/stage" in found
    assert "<code>" in administrator.get("/help/expressions").text
    assert administrator.get("/help/nothing").status_code == 404
    assert administrator.get("/help/language/nothing").status_code == 404


def test_others_find_no_reference(rep: Browser) -> None:
    assert "/help/language" not in rep.get("/help/?q=stale").text
    assert rep.get("/help/language").status_code == 404
