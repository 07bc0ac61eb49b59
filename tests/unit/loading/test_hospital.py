"""A company that sells to hospitals: an overlay of the standard pack gives the catalog that one expects, with origins."""

from pathlib import Path

import pytest

from app.definition import Catalog
from app.loading import Loaded, load_pack
from app.loading.format import formatted
from app.loading.show import show_path

ROOT = Path(__file__).parents[3]
OVERLAY = Path("tests/cases/hospital/hospital")


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Loaded:
    monkeypatch.chdir(ROOT)
    found = load_pack(OVERLAY, [ROOT / "config"])
    assert found.errors == ()
    return found


@pytest.fixture
def catalog(loaded: Loaded) -> Catalog:
    assert loaded.catalog is not None
    return loaded.catalog


def test_an_account_is_a_hospital_wherever_a_text_names_it(catalog: Catalog) -> None:
    account = catalog.entities["account"]
    assert account.label.in_language("zh") == "医院"
    assert account.fields["number"].label.in_language("zh") == "唯一医院编号"
    assert account.fields["grade"].label.in_language("en") == "Grade of the hospital"
    assert catalog.entities["contact"].fields["account"].label.in_language("en") == "Hospital"
    assert "医院" in catalog.entities["opportunity"].keys["one_name_per_account"].message.in_language("zh")


def test_fields_are_added_moved_and_removed_in_their_order(catalog: Catalog) -> None:
    account = catalog.entities["account"]
    keys = list(account.fields)
    assert keys[keys.index("industry") : keys.index("industry") + 3] == ["industry", "beds", "grade"]
    assert keys[keys.index("name") + 1] == "website"
    assert "annual_revenue" not in keys
    assert "annual_revenue" not in account.layout.highlights
    sections = account.layout.tabs["overview"].sections
    assert next(iter(sections)) == "care"
    basic = sections["basic"].fields
    assert basic[basic.index("name") + 1] == "website"
    assert basic[basic.index("industry") : basic.index("industry") + 3] == ("industry", "beds", "grade")
    assert not {"annual_revenue", "size_class"} & set(basic)
    assert "website" not in sections["reach"].fields


def test_another_formula_gives_the_level(catalog: Catalog) -> None:
    level = catalog.entities["account"].fields["level"]
    assert level.formula == 'if(beds >= 1000, "a", if(beds >= 300, "b", "c"))'
    assert (level.options, level.override) == ("customer_level", True)


def test_stages_are_added_moved_and_removed(catalog: Catalog) -> None:
    stages = catalog.entities["opportunity"].pipelines["direct"].stages
    assert list(stages) == ["requirement", "contact", "proposal", "tender", "won", "lost"]
    assert stages["tender"].guide.in_language("zh") == "提交医院的投标文件"
    assert stages["won"].label.by_language == {"en": "Won", "zh": "中标"}
    assert stages["won"].probability is None
    moves = catalog.entities["opportunity"].pipelines["direct"].transitions
    assert "to_negotiation" not in moves
    assert moves["back_to_requirement"].from_ == ("proposal",)


def test_each_value_names_its_file_and_what_it_overrode(loaded: Loaded) -> None:
    shown = show_path(loaded, "opportunity.pipelines.direct.stages.won", with_origin=True)
    assert "  label.zh: 中标\n    tests/cases/hospital/hospital/entities/opportunity.yaml:11:" in str(shown)
    assert "    overrides config/standard/entities/opportunity.yaml:" in str(shown)
    shown = show_path(loaded, "account.fields.level", with_origin=True)
    assert "  formula: if(beds >= 1000" in str(shown)
    assert "  options: customer_level\n    config/standard/entities/account.yaml:" in str(shown)


@pytest.mark.parametrize("path", sorted((ROOT / OVERLAY).rglob("*.yaml")), ids=lambda path: path.stem)
def test_its_files_are_formatted(path: Path) -> None:
    assert formatted(path.read_bytes()) == path.read_text("utf-8")
