"""Tables to compare and to change are made once for a catalog under the same names."""

from __future__ import annotations

from app.definition import Catalog, Pack
from app.orm.models import build_tables, forget_tables, models_on_demand
from tests.unit.company import entity, text

CATALOG = Catalog(Pack(), {"thing": entity("thing", text("name"), text("code"))}, {}, {})


def test_who_asks_again_is_given_the_same_as_long_as_the_names_are_the_same() -> None:
    first = build_tables(CATALOG)
    assert build_tables(CATALOG, first.names) is first
    renamed = build_tables(CATALOG, {"thing.code": "code__r2"})
    assert renamed.tables["thing"].c.code.name == "code__r2"
    assert renamed.metadata is not first.metadata
    assert build_tables(CATALOG).tables["thing"].c.code.name == "code"


def test_what_was_made_in_a_database_is_made_anew() -> None:
    first = build_tables(CATALOG)
    forget_tables(CATALOG)
    assert build_tables(CATALOG) is not first


def test_other_models_share_nothing_with_them() -> None:
    assert models_on_demand(CATALOG).metadata is not build_tables(CATALOG).metadata
