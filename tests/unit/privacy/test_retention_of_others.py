"""What hangs on records whose time is over: what lies in the bin goes along, what the law asks to keep keeps them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import reading, system_actor
from app.automation.retention import keep_retention
from app.loading import Loaded, catalog_of_tree
from app.orm.engine import open_engine
from app.orm.sealed import Keys, give_keys
from app.orm.store import Store
from app.orm.types import now
from app.plan import first_apply, open_store
from app.record import Change, Saved, delete, history, update
from app.record.proof import prove_audit
from tests.databases import place
from tests.unit.privacy.house import ACTOR, SECRET, add, words_in

TREE: dict[str, Any] = {
    "entities": {
        "note": {
            "name_field": "text",
            "retention": {"after": "1 year", "action": "erase"},
            "fields": {"text": {"type": "text"}},
        },
        "line": {
            "parent": {"field": "note", "part": True},
            "name_field": "what",
            "fields": {"note": {"type": "lookup", "to": "note", "required": True}, "what": {"type": "text"}},
        },
        "bill": {
            "name_field": "number",
            "kept_by_law": {"en": "Tax law", "zh": "税法"},
            "fields": {"number": {"type": "text"}},
        },
        "item": {
            "parent": {"field": "bill", "part": True},
            "name_field": "what",
            "fields": {"bill": {"type": "lookup", "to": "bill", "required": True}, "what": {"type": "text"}},
        },
        "deal": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text"},
                "price": {"type": "integer"},
                "said": {"type": "text", "personal": {"category": "words", "retention": "1 year"}},
                "loud": {"type": "text", "formula": "concat(said, '!')"},
            },
        },
    }
}
TREE["entities"]["bill"]["fields"]["note"] = {"type": "lookup", "to": "note", "on_delete": "cascade"}


def _move_in(engine: Engine) -> None:
    give_keys(engine, Keys.of(SECRET))
    first_apply(engine, Loaded(catalog_of_tree(TREE), (), TREE, {}, {}))
    add(open_store(engine), "user", name="Her", login="her", email="her@example.com")


@pytest.fixture
def store(new_url: str) -> Iterator[Store]:
    place(new_url, "retention of others", _move_in)
    engine = open_engine(new_url, Keys.of(SECRET))
    try:
        yield open_store(engine)
    finally:
        engine.dispose()


def rows(store: Store, entity: str) -> list[int]:
    table = store.models.tables[entity]
    with store.engine.connect() as connection:
        return list(connection.execute(sa.select(table.c.id).order_by(table.c.id)).scalars())


def test_what_the_law_keeps_stays_and_what_lies_in_the_bin_goes_along(store: Store) -> None:
    free, billed, binned, both = (
        add(store, "note", text=text, line=[{"what": "canary"}]) for text in ("free", "billed", "binned", "both")
    )
    add(store, "bill", number="B1", note=billed, item=[{"what": "coffee"}])
    add(store, "bill", number="B2", note=both)
    for each in (binned, both):
        assert isinstance(delete(store, ACTOR, "note", [each], door="command"), Saved)
    later = replace(store, clock=lambda: now() + dt.timedelta(days=800))
    told = keep_retention(later)
    assert told.in_language("en") == "2 of note erased, 2 stay, for the law keeps what hangs on them (bill: Tax law)"
    assert told.in_language("zh") == "note 已删除 2 条，2 条关联着依法保留的记录，予以保留（bill: 税法）"
    assert free not in rows(store, "note")
    assert rows(store, "note") == [billed, both]
    assert [len(rows(store, each)) for each in ("line", "bill", "item")] == [2, 2, 1]


def test_what_else_was_saved_with_a_field_that_is_blanked_is_told_on(store: Store) -> None:
    deal = add(store, "deal", name="A", price=1, said="canary one")
    saved = update(store, ACTOR, "deal", [Change(deal, {"price": 2, "said": "canary two"})], door="command")
    assert isinstance(saved, Saved)
    before = acts(store, deal)
    later = replace(store, clock=lambda: now() + dt.timedelta(days=800))
    assert keep_retention(later).in_language("en") == "1 of deal (said) blanked"
    assert words_in(store.engine, ("canary",)) == []
    blanked, changed, made = acts(store, deal)
    assert blanked[0] == "anonymise"
    assert changed == (*before[0][:3], {"price": (1, 2)})
    assert made == before[1]
    assert prove_audit(store, ()).wrong == 0
    assert keep_retention(later).in_language("en") == "nothing was due"


def acts(store: Store, deal: int) -> list[tuple[str, dt.datetime, str, dict[str, tuple[object, object]]]]:
    reader = system_actor("system:command")
    with reading(store, reader) as session:
        told = history(session, store.catalog, reader, "deal", deal)
    return [
        (each.action, each.at, each.actor, {one.field: (one.old, one.new) for one in each.changes}) for each in told
    ]
