"""A computed field shows no more than what it is worked out from, unless it is declassified."""

from __future__ import annotations

from typing import Any

import pytest

from app.access import Actor, FieldRight, field_rights, readable_audiences, reads_in_clear
from app.access.sight import seen_catalog
from app.definition import Catalog
from app.expression import BOOL, BadExpression, get_expression
from app.loading import catalog_of_tree
from app.orm.search import audiences

ALL: dict[str, Any] = dict.fromkeys(("read", "update", "export"), "all")
TREE: dict[str, Any] = {
    "entities": {
        "account": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text"},
                "phone": {"type": "phone"},
                "cost": {"type": "decimal", "restricted": True},
                "price": {"type": "decimal"},
                "margin": {"type": "decimal", "formula": "price - cost"},
                "share": {"type": "decimal", "formula": "margin / price"},
                "band": {"type": "text", "formula": 'if(margin > 10, "high", "low")', "declassify": True},
                "band_text": {"type": "text", "formula": 'concat("band ", band)', "searchable": True},
                "plain": {"type": "text", "formula": "upper(name)", "searchable": True},
                "digits": {"type": "text", "formula": "left(phone, 5)", "searchable": True},
                "score": {"type": "integer", "points": {"base": {"add": 1}, "dear": {"add": 2, "when": "cost > 5"}}},
                "deals": {"type": "integer", "formula": "count_of(deals)"},
                "won": {"type": "decimal", "formula": 'sum_of(deals.amount where kind == "won")'},
                "best": {"type": "decimal", "formula": "max_of(deals.secret)"},
                "listed": {"type": "boolean", "formula": 'exists(deals where secret > 1 and kind == "won")'},
                "mail": {"type": "text", "formula": "owner.email"},
                "mine": {"type": "text", "formula": "user.email"},
                "level": {"type": "integer", "formula": "if(price > 5, 1, 2)", "override": True},
            },
        },
        "deal": {
            "name_field": "kind",
            "fields": {
                "kind": {"type": "text"},
                "account": {"type": "lookup", "to": ["account"], "inverse": "deals"},
                "amount": {"type": "decimal"},
                "secret": {"type": "decimal", "restricted": True},
                "margin": {"type": "decimal", "formula": "amount - account.cost"},
                "share": {"type": "decimal", "formula": "account.share"},
                "price": {"type": "decimal", "formula": "account.price"},
            },
        },
        "note": {
            "name_field": "text",
            "fields": {
                "text": {"type": "text"},
                "about": {"type": "lookup", "to": ["account", "deal"], "inverse": "notes"},
                "topic": {"type": "text", "formula": "about.name"},
                "kind": {"type": "boolean", "formula": 'about.entity == "deal"'},
            },
        },
    },
    "roles": {
        "nameless": {"grants": {"*": ALL, "deal": {**ALL, "fields": {"kind": "hidden"}}}},
        "boss": {
            "grants": {
                "*": ALL,
                "account": {**ALL, "fields": {"cost": "write"}},
                "deal": {**ALL, "fields": {"secret": "write"}},
            }
        },
        "rep": {"grants": {"account": ALL, "deal": ALL, "user": {"read": "all"}}},
        "writer": {"grants": {"account": {"read": "all", "update": "own", "fields": {"level": "read"}}}},
        "masked": {"grants": {"account": {**ALL, "fields": {"phone": {"mask": "phone"}}}}},
        "shy": {"grants": {"account": {**ALL, "fields": {"price": "hidden"}}, "deal": ALL}},
        "narrow": {"grants": {"account": {**ALL, "fields": {"margin": {"mask": "all"}, "cost": "read"}}}},
    },
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return catalog_of_tree(TREE)


def actor(*roles: str) -> Actor:
    return Actor(1, "A", frozenset(roles))


def hidden(catalog: Catalog, entity: str, *roles: str) -> set[str]:
    rights = field_rights(catalog, actor(*roles), entity)
    return {key for key in catalog.entities[entity].fields if not rights.sees(key)}


def test_whoever_reads_everything_reads_what_follows_from_it(catalog: Catalog) -> None:
    assert hidden(catalog, "account", "boss") == hidden(catalog, "deal", "boss") == set()


def test_a_formula_over_a_hidden_field_is_hidden_near_and_far(catalog: Catalog) -> None:
    assert hidden(catalog, "account", "rep") == {"cost", "margin", "share", "score", "best", "listed"}
    assert hidden(catalog, "deal", "rep") == {"secret", "margin", "share"}
    assert {"price", "margin", "share", "level"} <= hidden(catalog, "account", "shy")
    assert {"price", "share"} <= hidden(catalog, "deal", "shy")


def test_what_is_counted_is_hidden_from_whoever_reads_none_of_it(catalog: Catalog) -> None:
    assert {"deals", "won", "mail", "mine"} <= hidden(catalog, "account", "masked")


def test_a_formula_over_a_masked_field_is_hidden(catalog: Catalog) -> None:
    assert "digits" in hidden(catalog, "account", "masked")
    assert "digits" not in hidden(catalog, "account", "rep")


def test_what_is_declassified_is_read_and_so_is_what_follows_from_it(catalog: Catalog) -> None:
    rights = field_rights(catalog, actor("rep"), "account")
    assert {"band", "band_text"} <= rights.clear


def test_a_mask_on_the_computed_field_itself_stays(catalog: Catalog) -> None:
    rights = field_rights(catalog, actor("narrow"), "account")
    assert rights.right("margin") is FieldRight.MASK
    assert rights.right("share") is FieldRight.HIDDEN


def test_roles_add_up(catalog: Catalog) -> None:
    assert hidden(catalog, "account", "rep", "boss") == set()


def test_what_is_exported_shows_no_more(catalog: Catalog) -> None:
    assert not field_rights(catalog, actor("rep"), "account", "export").sees("margin")
    assert field_rights(catalog, actor("boss"), "account", "export").sees("margin")


def test_who_may_update_the_field_may_overrule_it(catalog: Catalog) -> None:
    rights = field_rights(catalog, actor("rep"), "account")
    assert rights.overridable == {"level"}
    assert "level" not in rights.writable(creating=False)
    for role in ("writer", "shy"):
        assert field_rights(catalog, actor(role), "account").overridable == frozenset()


def test_the_search_finds_no_hidden_words(catalog: Catalog) -> None:
    by_field = {key: name for name, keys in audiences(catalog, "account").items() for key in keys}
    assert by_field["plain"] == by_field["name"]
    assert by_field["digits"] != by_field["plain"]
    readable = readable_audiences(catalog, actor("masked"), "account")
    assert by_field["plain"] in readable
    assert by_field["digits"] not in readable
    assert by_field["digits"] in readable_audiences(catalog, actor("rep"), "account")


def test_what_several_entities_have_in_common_is_hidden_with_what_it_is_of_any(catalog: Catalog) -> None:
    assert field_rights(catalog, actor("boss"), "note").right("topic") is FieldRight.READ
    hidden = field_rights(catalog, actor("nameless"), "note")
    assert (hidden.right("topic"), hidden.right("kind")) == (FieldRight.HIDDEN, FieldRight.READ)


@pytest.mark.parametrize(("role", "reads"), [("boss", True), ("nameless", False)])
def test_nobody_asks_for_a_name_that_is_hidden_from_him(catalog: Catalog, role: str, *, reads: bool) -> None:
    asked = get_expression(catalog, "note", 'about.name == "x"', BOOL, "filter")
    assert reads_in_clear(catalog, actor(role), asked) is reads
    if not reads:
        with pytest.raises(BadExpression, match="has no 'name'"):
            get_expression(seen_catalog(catalog, actor(role)), "note", 'about.name == "x"', BOOL, "filter")
