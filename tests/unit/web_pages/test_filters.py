import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.access import field_rights
from app.insight import Filter
from app.loading import catalog_of_tree
from app.web.pages.filters import ChipMaker, as_filters, every_condition
from app.web.pages.formats import formats_for
from tests.unit.web_pages.small import ADMINISTRATOR, TREE

CATALOG = catalog_of_tree(TREE)
RIGHTS = field_rights(CATALOG, ADMINISTRATOR, "deal")


def filters_of(*pairs: tuple[str, str]) -> list[Filter]:
    return list(as_filters(CATALOG, "deal", every_condition(CATALOG, RIGHTS, "deal", MultiDict(pairs))))


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("f.stage", "won"), ("f.stage", "lost")], Filter("stage", "in", ("won", "lost"))),
        ([("f.owner", "me")], Filter("owner", "equals", ("me",))),
        ([("f.owner", "me"), ("f.owner", "7")], Filter("owner", "in", ("me", "7"))),
        ([("f.account", "-")], Filter("account", "is_blank")),
        ([("f.amount.from", "1,200")], Filter("amount", "at_least", ("1200",))),
        ([("f.closes.to", "2026-06-30")], Filter("closes", "at_most", ("2026-06-30",))),
        ([("f.vip", "true")], Filter("vip", "equals", ("true",))),
        ([("f.name", " 海纳 ")], Filter("name", "contains", ("海纳",))),
    ],
)
def test_the_query_string_says_what_is_wanted(pairs: list[tuple[str, str]], expected: Filter) -> None:
    assert filters_of(*pairs) == [expected]


@pytest.mark.parametrize(
    "pairs",
    [
        [("f.stage", "nonsense")], [("f.owner", "you")], [("f.account", "me")], [("f.unknown", "1")],
        [("f.vip", "perhaps")], [("f.name", " ")], [("stage", "won")],
    ],
)  # fmt: skip
def test_what_does_not_fit_is_left_out(pairs: list[tuple[str, str]]) -> None:
    assert filters_of(*pairs) == []


@given(
    st.lists(st.tuples(st.sampled_from(["f.stage", "f.owner", "f.amount.from", "f.vip", "f.name", "f."]), st.text()))
)
def test_no_query_string_breaks_the_filters(pairs: list[tuple[str, str]]) -> None:
    filters_of(*pairs)


def test_a_chip_says_what_is_chosen_and_how_to_be_rid_of_it() -> None:
    arguments = MultiDict([("f.stage", "won"), ("f.stage", "lost"), ("f.stage", "new"), ("q", "x"), ("cursor", "abc")])
    asked = every_condition(CATALOG, RIGHTS, "deal", arguments)
    maker = ChipMaker(CATALOG, "deal", "en", arguments, {}, "/deal/", formats_for("en", "UTC", "CNY"))
    chip = next(maker.make(each) for each in asked if each.field.key == "stage")
    assert (chip.active, chip.said, chip.without) == (True, "New +2", "/deal/?q=x")


def test_a_name_out_of_sight_is_not_told() -> None:
    arguments = MultiDict([("f.account", "12")])
    asked = every_condition(CATALOG, RIGHTS, "deal", arguments)
    maker = ChipMaker(CATALOG, "deal", "en", arguments, {}, "/deal/", formats_for("en", "UTC", "CNY"))
    assert next(maker.make(each) for each in asked if each.field.key == "account").said == "(restricted)"
