"""What follows from what, over entities."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.definition import Catalog
from app.expression import BadExpression, check_expression
from app.expression.cycles import find_cycles, in_order
from app.expression.graph import Dependants, Graph, Hop, build_graph, graph_of
from app.loading.build import catalog_of_tree


def an_entity(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"name_field": "name", "fields": {"name": {"type": "text"}, **fields}}


def a_catalog(**entities: dict[str, Any]) -> Catalog:
    return catalog_of_tree({"pack": {"label": "Test"}, "entities": entities})


def a_number(formula: str) -> dict[str, Any]:
    return {"type": "integer", "formula": formula}


UP = Hop("deal", "account", down=False)
DOWN = Hop("deal", "account", down=True)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return a_catalog(
        region=an_entity(weight={"type": "integer"}),
        account=an_entity(
            region={"type": "lookup", "to": "region"},
            rank=a_number("size + 1"),
            size=a_number("sum_of(deals.amount where open and account.name != name)"),
            last={"type": "date", "formula": "latest_of(deals.closed)"},
        ),
        deal=an_entity(
            account={"type": "lookup", "to": "account", "inverse": "deals"},
            amount={"type": "integer"},
            open={"type": "boolean"},
            closed={"type": "date"},
            share=a_number("amount + account.rank"),
            heavy=a_number("account.region.weight"),
            score={"type": "integer", "points": {"big": {"add": 5, "when": "share > 10"}, "base": {"add": 1}}},
        ),
        note=an_entity(text={"type": "text"}),
    )


@pytest.fixture(scope="module")
def graph(catalog: Catalog) -> Graph:
    return graph_of(catalog)


def test_fields_are_ordered_behind_what_they_read(graph: Graph) -> None:
    assert graph.cycles == ()
    assert len(graph.order) == 6
    assert graph.order.index(("account", "size")) < graph.order.index(("account", "rank"))
    assert graph.order.index(("account", "rank")) < graph.order.index(("deal", "share"))
    assert graph.order_of("account") == ("size", "last", "rank") or graph.order_of("account") == (
        "last",
        "size",
        "rank",
    )
    assert graph.depth["account", "rank"] == 0
    assert graph.depth["deal", "share"] == graph.depth["deal", "score"] == 1


def test_a_change_reaches_the_computed_fields_of_its_own_record(graph: Graph) -> None:
    assert graph.own("deal", {"amount"}) == ("share", "score")
    assert graph.own("deal", {"account"}) == ("heavy", "share", "score")
    assert graph.own("deal", {"closed"}) == ()
    assert graph.own("note", {"text"}) == ()


def test_a_change_of_a_child_reaches_its_parents(graph: Graph) -> None:
    assert graph.dependants("deal", {"amount"}) == (Dependants("account", frozenset({"size"}), (UP,)),)
    assert graph.dependants("deal", {"closed"}) == (Dependants("account", frozenset({"last"}), (UP,)),)
    assert graph.dependants("deal", {"account"}) == (Dependants("account", frozenset({"size", "last"}), (UP,)),)
    assert graph.dependants("deal", {"share"}) == ()


def test_a_change_of_a_parent_reaches_its_children_and_what_counts_them(graph: Graph) -> None:
    assert set(graph.dependants("account", {"rank"})) == {Dependants("deal", frozenset({"share"}), (DOWN,))}
    assert set(graph.dependants("account", {"name"})) == {Dependants("account", frozenset({"size"}), (DOWN, UP))}
    far = (Hop("account", "region", down=True), DOWN)
    assert set(graph.dependants("region", {"weight"})) == {Dependants("deal", frozenset({"heavy"}), far)}


def test_a_record_that_comes_or_goes_reaches_what_counts_it(graph: Graph) -> None:
    (found,) = graph.dependants("deal", set(), whole=True)
    assert (found.entity, found.fields, found.way) == ("account", {"size", "last"}, (UP,))
    assert graph.dependants("account", set(), whole=True) == ()


def test_what_nothing_reads_reaches_nothing(graph: Graph) -> None:
    assert "note" not in graph.read
    assert graph.dependants("note", {"text"}) == ()


def test_what_comes_and_goes_is_found_once_per_catalog(catalog: Catalog, graph: Graph) -> None:
    assert graph_of(catalog) is graph


def test_columns_beside_a_field_count_as_the_field(graph: Graph) -> None:
    assert graph.dependants("deal", {"amount__original"}) == graph.dependants("deal", {"amount"})


def test_a_cycle_names_its_fields() -> None:
    catalog = a_catalog(
        account=an_entity(total=a_number("sum_of(deals.share)"), rank=a_number("total * 2"), own=a_number("own + 1")),
        deal=an_entity(
            account={"type": "lookup", "to": "account", "inverse": "deals"},
            share=a_number("account.rank"),
            after=a_number("share + 1"),
        ),
    )
    graph = build_graph(catalog)
    assert sorted(map(sorted, graph.cycles)) == [
        [("account", "own")],
        [("account", "rank"), ("account", "total"), ("deal", "share")],
    ]
    assert graph.order == (("deal", "after"),)


def test_what_can_not_be_read_is_left_out() -> None:
    graph = build_graph(a_catalog(account=an_entity(bad=a_number("sizes + 1"), good=a_number("1"))))
    assert graph.order == (("account", "good"),)


NEEDS = st.dictionaries(st.integers(0, 12), st.sets(st.integers(0, 12), max_size=3), max_size=13)


@given(NEEDS)
def test_without_the_cycles_there_is_an_order(needs: dict[int, set[int]]) -> None:
    needs = {key: {each for each in many if each in needs} for key, many in needs.items()}
    cycles = find_cycles(needs)
    for cycle in cycles:
        assert len(set(cycle)) == len(cycle)
        for place, each in enumerate(cycle):
            assert cycle[place - 1] in needs[each]
    gone = {each for cycle in cycles for each in cycle}
    order = in_order(needs, gone)
    assert set(order) == needs.keys() - gone
    for place, each in enumerate(order):
        assert needs[each] - gone <= set(order[:place])


@pytest.mark.parametrize(
    ("source", "code"),
    [("count_of(deals where amount / 2 > 5)", "EXP107"), ("count_of(deals where is_new())", "EXP107")],
)
def test_what_is_counted_is_asked_of_the_database(catalog: Catalog, source: str, code: str) -> None:
    with pytest.raises(BadExpression) as error:
        check_expression(catalog, "account", source, profile="server")
    assert [each.code for each in error.value.problems] == [code]
