"""Text in the languages of the company: written alone or by language, read, found, sorted and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import reading
from app.insight import Row, labels, to_wire
from app.insight.compound import Translated
from app.record import Refused, Saved, create, history
from tests.unit.abroad import BOTH, Abroad, on_database


@pytest.fixture(scope="module", params=BOTH)
def abroad(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    with on_database(request, tmp_path_factory.mktemp("abroad")) as found:
        yield found


def texts(row: Row, key: str = "name") -> dict[str, str]:
    value = row.values[key]
    assert isinstance(value, Translated)
    return dict(value.texts)


def refusals(outcome: Saved | Refused) -> list[tuple[str | None, str]]:
    assert isinstance(outcome, Refused), outcome
    return [(each.field, each.code) for each in outcome.refusals]


def test_texts_by_language_are_read_in_the_language_of_the_reader(abroad: Abroad) -> None:
    record = abroad.save("product", name={"zh": "水泵", "en": "Pump"})
    assert abroad.read("product", record).values["name"] == "Pump"
    assert abroad.read("product", record, abroad.chinese).values["name"] == "水泵"
    assert texts(abroad.read("product", record)) == {"zh": "水泵", "en": "Pump"}


def test_what_is_not_translated_is_read_in_the_first_language(abroad: Abroad) -> None:
    record = abroad.save("product", abroad.chinese, name="阀门")
    assert abroad.read("product", record).values["name"] == "阀门"


def test_a_text_alone_is_in_the_language_of_who_writes_it(abroad: Abroad) -> None:
    record = abroad.save("product", abroad.chinese, name="电机")
    abroad.changed("product", record, name="Motor")
    assert texts(abroad.read("product", record)) == {"zh": "电机", "en": "Motor"}
    abroad.changed("product", record, abroad.chinese, name="马达")
    assert texts(abroad.read("product", record)) == {"zh": "马达", "en": "Motor"}


def test_languages_that_are_not_named_stay_and_null_takes_one_away(abroad: Abroad) -> None:
    record = abroad.save("product", name={"zh": "风扇", "en": "Fan"})
    abroad.changed("product", record, name={"zh": "电扇"})
    assert texts(abroad.read("product", record)) == {"zh": "电扇", "en": "Fan"}
    abroad.changed("product", record, name={"en": None})
    assert texts(abroad.read("product", record)) == {"zh": "电扇"}


def test_required_means_a_text_in_the_first_language(abroad: Abroad) -> None:
    outcome = create(abroad.store, abroad.boss, "product", [{"name": "Only English"}], door="api")
    assert refusals(outcome) == [("name", "field.required")]
    record = abroad.save("product", name={"zh": "水泵", "en": "Pump"})
    assert refusals(abroad.change("product", record, name={"zh": ""})) == [("name", "field.required")]
    assert refusals(abroad.change("product", record, name=None)) == [("name", "field.required")]


@pytest.mark.parametrize(
    ("posted", "code"),
    [
        ({"zh": "字" * 13}, "field.length"),
        ({"en": "thirteen char"}, "field.length"),
        ({"fr": "Pompe"}, "field.type"),
        ({"zh": {"en": "x"}}, "field.type"),
        ({"zh": 5}, "field.type"),
        ({5: "x"}, "field.type"),
        (["zh"], "field.type"),
        (7, "field.type"),
        ({"zh": "a\x00b"}, "field.format"),
        ("a\x00b", "field.format"),
    ],
)
def test_each_language_has_the_limits_of_the_field(abroad: Abroad, posted: object, code: str) -> None:
    record = abroad.save("product", name={"zh": "水泵"})
    before = abroad.stored("product", record)
    assert refusals(abroad.change("product", record, name=posted)) == [("name", code)]
    assert abroad.stored("product", record) == before


def test_a_default_is_in_the_first_language(abroad: Abroad) -> None:
    record = abroad.save("product", name={"zh": "水泵"})
    assert texts(abroad.read("product", record), "about") == {"zh": "待补充"}


def test_every_language_is_searched(abroad: Abroad) -> None:
    record = abroad.save("product", name={"zh": "离心机", "en": "Centrifuge"})
    for words in ("离心", "centri", "lxj"):
        assert [row.id for row in abroad.listed("product", search=words).rows] == [record]
    abroad.changed("product", record, name={"en": "Spinner"})
    assert not abroad.listed("product", search="centri").rows
    assert abroad.listed("product", search="spinner").rows


def test_filters_compare_every_language(abroad: Abroad) -> None:
    record = abroad.save("product", name={"zh": "轴承", "en": "Bearing"})
    for said in (("contains", "earin"), ("contains", "轴"), ("equals", "Bearing"), ("in", "轴承")):
        assert [row.id for row in abroad.listed("product", filters=[("name", *said)]).rows] == [record]
    for said in (("not_equals", "Bearing"), ("not_in", "轴承"), ("is_blank",)):
        assert record not in [row.id for row in abroad.listed("product", filters=[("name", *said)]).rows]


def test_lists_are_sorted_by_the_first_language(abroad: Abroad) -> None:
    ids = [abroad.save("product", name={"zh": zh, "en": en}) for zh, en in (("啊甲", "zz"), ("啊乙", "yy"))]
    found = [row.id for row in abroad.listed("product", sort="name").rows if row.id in ids]
    assert found == ids


def test_a_name_that_is_pointed_to_is_shown_in_the_language_of_the_reader(abroad: Abroad) -> None:
    record = abroad.save("product", name={"zh": "齿轮", "en": "Gear"})
    for actor, name in ((abroad.boss, "Gear"), (abroad.chinese, "齿轮")):
        with reading(abroad.store, actor) as session:
            assert labels(session, {"product": [record]}) == {("product", record): name}


def test_history_holds_all_languages_and_events_the_field(abroad: Abroad) -> None:
    record = abroad.save("product", name={"zh": "齿轮", "en": "Gear"})
    abroad.changed("product", record, name={"en": "Wheel"})
    old, new = {"zh": "齿轮", "en": "Gear"}, {"zh": "齿轮", "en": "Wheel"}
    assert abroad.audited("product", record)[-1] == {"name": [old, new]}
    assert abroad.last_event("product")["fields"] == ["name"]


def test_who_sees_the_mask_only_sees_no_language_in_clear(abroad: Abroad) -> None:
    record = abroad.save("product", name={"zh": "保密齿轮", "en": "Secret"})
    abroad.changed("product", record, name={"en": "Hidden"})
    assert abroad.read("product", record, abroad.masked).values["name"] == "H**"
    with reading(abroad.store, abroad.masked) as session:
        entries = history(session, abroad.store.catalog, abroad.masked, "product", record)
    assert "Secret" not in str(entries)
    assert "齿轮" not in str(entries)
    assert [(each.old, each.new) for each in entries[0].changes] == [("S**", "H**")]


_TEXTS = st.dictionaries(
    st.sampled_from(["zh", "en"]), st.text("ab水泵{}\"'\\:, é", max_size=12).map(str.strip).filter(bool)
)


@given(_TEXTS.filter(lambda each: "zh" in each), _TEXTS)
def test_what_is_read_is_what_was_written_and_writing_it_again_changes_nothing(
    abroad: Abroad, first: dict[str, Any], second: dict[str, Any]
) -> None:
    import unicodedata

    def normal(said: dict[str, str]) -> dict[str, str]:
        return {key: unicodedata.normalize("NFC", text) for key, text in said.items()}

    record = abroad.save("product", name=first)
    abroad.changed("product", record, name=second)
    wire = to_wire(abroad.store.catalog, abroad.read("product", record))
    assert wire["name"] == normal(first) | normal(second)
    before = abroad.stored("product", record)
    assert abroad.changed("product", record, name=wire["name"]) == before
