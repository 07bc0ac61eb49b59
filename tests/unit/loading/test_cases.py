"""tests/cases/<CODE> holds the smallest pack with the problem, and what `crm check` says of it."""

from pathlib import Path

import pytest

from app.diagnostics import CODES, render_text
from app.extension import load_extensions
from app.loading import load_pack
from app.loading.sources import line_reader

CASES = Path(__file__).parents[2] / "cases"
load_extensions(["tests.extension_example"])  # what the cases of extensions name
OF_PACKS = sorted(code for code in CODES if code.startswith(("CFG", "EXP")))


@pytest.mark.parametrize("code", OF_PACKS)
def test_the_case_says_what_is_expected(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / code)
    loaded = load_pack(Path("config/acme"))
    text = render_text(loaded.diagnostics, line_reader(loaded.files))
    assert text == Path("expected.txt").read_text("utf-8")
    assert {one.code for one in loaded.diagnostics} == {code}


def test_every_case_belongs_to_a_code() -> None:
    assert {path.name for path in CASES.iterdir() if path.name.startswith(("CFG", "EXP"))} == set(OF_PACKS)


def test_a_misspelt_picklist_reads_as_the_design_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / "CFG301")
    loaded = load_pack(Path("config/acme"))
    assert render_text(loaded.diagnostics, line_reader(loaded.files)) == (
        "config/acme/entities/deal.yaml:14:14: error CFG301: unknown picklist 'deal_stag'\n"
        "   14 |     options: deal_stag\n"
        "      |              ^^^^^^^^^\n"
        "  hint: did you mean 'deal_stage'? (config/acme/picklists/deal_stage.yaml:1:1)\n"
    )


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_has_title_and_help_in_both_languages(code: str) -> None:
    for texts in (CODES[code].title, CODES[code].help):
        assert set(texts) == {"en", "zh"}
        assert all(texts.values())
