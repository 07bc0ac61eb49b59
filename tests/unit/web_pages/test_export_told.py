"""What the audit says of an export: its filter, without what sensitive fields are compared with."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.expression import get_expression
from app.insight import Filter, ListQuery
from app.loading import catalog_of_tree
from app.orm.models import build_models
from app.orm.store import Store
from app.web.pages.export import Export, export_act
from app.web.pages.formats import formats_for

TREE = {
    "entities": {
        "person": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text"},
                "alias": {"type": "text", "searchable": True, "sensitive": {}},
                "greeting": {"type": "text", "formula": "concat('Dear ', alias)"},
            },
        },
        "visit": {
            "name_field": "name",
            "fields": {"name": {"type": "text"}, "whom": {"type": "lookup", "to": "person"}},
        },
    },
}
STORE = Store(sa.create_engine("sqlite://"), build_models(catalog_of_tree(TREE)), revision=1)


@pytest.mark.parametrize(
    ("entity", "filters", "wheres", "search", "told"),
    [
        ("person", (("name", "Li"), ("alias", "Canary")), (), "", "name equals Li; alias equals ****"),
        ("person", (("greeting", "Dear Canary"),), (), "", "greeting equals ****"),
        ("person", (), ("name == 'Li'", "alias == 'Canary'"), "", "name == 'Li'; ****"),
        ("visit", (), ("whom.alias == 'Canary'",), "canary", "****; ~ canary"),
        ("person", (), (), "canary", "~ ****"),
    ],
)
def test_what_a_sensitive_field_is_compared_with_is_not_told(
    entity: str, filters: tuple[tuple[str, str], ...], wheres: tuple[str, ...], search: str, told: str
) -> None:
    query = ListQuery(
        entity,
        filters=tuple(Filter(key, "equals", (value,)) for key, value in filters),
        where=tuple(get_expression(STORE.catalog, entity, each) for each in wheres),
        search=search,
    )
    formats = formats_for("en", "UTC", "CNY")
    act = export_act(Export(STORE, system_actor("system:command"), query, {}, (), (), formats, None), 1, "form")
    assert act.facts["filter"] == told
