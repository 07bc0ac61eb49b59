"""What a guarded move costs beside a plain update of the same record: condition, roles, required fields, and its history."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.access import system_actor
from app.loading import Loaded, catalog_of_tree
from app.orm.engine import open_engine
from app.orm.store import Store
from app.plan import first_apply, open_store
from app.record import Change, Refused, create, update
from tests.bench.contenders import Database
from tests.bench.fill import NotWritten

RECORDS = 50
_STAGES = {
    "contact": {"stale_after": "14 days"}, "need": {"required": ["amount"]}, "offer": {"required": ["amount", "due"]},
    "won": {"category": "won", "read_only": ["amount"]}, "lost": {"category": "lost"},
}  # fmt: skip
_MOVES = {
    "forth": {"from": "need", "to": "offer", "when": "amount > 0 and not is_blank(due)", "required": ["contact"]},
    "back": {"from": "offer", "to": "need", "when": "amount < 1000000", "roles": ["manager"]},
}
_FIELDS = {
    "name": {"type": "text", "searchable": True}, "note": {"type": "text"}, "amount": {"type": "money"},
    "due": {"type": "date"}, "contact": {"type": "text"}, "stage": {"type": "stage"},
    **{f"n{place}": {"type": "money"} for place in range(10)},
}  # fmt: skip
_DEAL = {
    "name_field": "name",
    "fields": _FIELDS,
    "pipelines": {"direct": {"label": "Direct", "field": "stage", "moves": "forward", "stages": _STAGES, "transitions": _MOVES}},
}  # fmt: skip


@dataclass(frozen=True)
class Moving:
    """Milliseconds of a guarded move, and of an update of another field."""

    guarded: float
    plain: float


def measure_moves(database: Database, *, quick: bool) -> Moving:
    """The middle one of many, in turn."""
    tree = {"entities": {"deal": _DEAL}, "roles": {"manager": {"grants": {"deal": {"transition": "all"}}}}}
    engine = open_engine(database.new("moves"))
    first_apply(engine, Loaded(catalog_of_tree(tree), (), tree, {}, {}))
    store = open_store(engine)
    row = {"name": "交付", "amount": "100", "due": "2026-05-01", "contact": "张三", "stage": "need"}
    made = create(store, system_actor("system:seed"), "deal", [row] * RECORDS, door="import")
    spent: dict[str, list[float]] = {"guarded": [], "plain": []}
    try:
        if isinstance(made, Refused):
            raise NotWritten(str(made.refusals[:3]))
        for turn in range(60 if quick else 400):
            stage = "need" if turn // RECORDS % 2 else "offer"
            for kind, values in (("plain", {"note": f"n {turn}"}), ("guarded", {"stage": stage})):
                spent[kind].append(_save(store, made.ids[turn % RECORDS], values))
    finally:
        engine.dispose()
    return Moving(statistics.median(spent["guarded"]), statistics.median(spent["plain"]))


def _save(store: Store, record: int, values: Mapping[str, Any]) -> float:
    began = time.perf_counter()
    outcome = update(store, system_actor("system:seed"), "deal", [Change(record, values)], door="form")
    spent = time.perf_counter() - began
    if isinstance(outcome, Refused):
        raise NotWritten(str(outcome.refusals))
    return spent * 1_000
