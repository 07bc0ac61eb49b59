"""Existing rows have the values of new and changed formulas when the revision is served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.framework import audit
from app.plan.fillers import register_filler
from app.record.filling import fill_computed

from .conftest import applied, insert, select, tree

DEAL = {
    "name_field": "name",
    "fields": {
        "name": {"type": "text"},
        "amount": {"type": "integer"},
        "stage": {"type": "stage"},
        "account": {"type": "lookup", "to": "account", "inverse": "deals"},
    },
    "pipelines": {"direct": {"field": "stage", "stages": {"open": {}, "done": {"category": "won"}}}},
}
FIELD = "entities__account__fields__"
WON = {"type": "integer", "formula": 'sum_of(deals.amount where stage.category == "won")'}
GREAT = {"type": "text", "formula": 'if(won > 10, concat(name, "!"), name)', "searchable": True, "unique": True}
WITH = {"entities__deal": DEAL, FIELD + "won": WON, FIELD + "great": GREAT}


@pytest.fixture(autouse=True)
def filler() -> Iterator[None]:
    register_filler("computed", fill_computed)
    yield
    register_filler("computed", lambda *_: None)


def filled(engine: Engine) -> None:
    insert(engine, "account", {"name": "A"}, {"name": "B"}, {"name": "C"})
    deals = [{"account": 1, "amount": 7, "stage": "done"}, {"account": 1, "amount": 8, "stage": "done"}]
    insert(engine, "deal", *deals, {"account": 2, "amount": 90, "stage": "open"})


def test_new_formulas_are_worked_out_in_their_order(bare: Engine) -> None:
    applied(bare, tree(entities__deal=DEAL))
    filled(bare)
    applied(bare, tree(**WITH))
    assert select(bare, "account", "won", "great", "version") == [(15, "A!", 1), (0, "B", 1), (0, "C", 1)]
    with bare.connect() as connection:
        told = connection.execute(sa.select(audit.c.entity, audit.c.changes).where(audit.c.action == "fill")).all()
    assert [tuple(each) for each in told] == [("account", {"won": [None, 3], "great": [None, 3]})]


def test_a_changed_formula_is_worked_out_with_what_follows(bare: Engine) -> None:
    applied(bare, tree(**WITH))
    filled(bare)
    applied(bare, tree(**WITH, **{FIELD + "won__formula": "sum_of(deals.amount)"}))
    assert select(bare, "account", "won", "great") == [(15, "A!"), (90, "B!"), (0, "C")]


def test_what_a_stage_means_is_part_of_the_formula(bare: Engine) -> None:
    applied(bare, tree(**WITH))
    filled(bare)
    applied(bare, tree(**WITH, entities__deal__pipelines__direct__stages__open={"category": "won"}))
    assert select(bare, "account", "won", "great") == [(15, "A!"), (90, "B!"), (0, "C")]


def test_an_apply_that_changes_no_formula_fills_nothing(bare: Engine) -> None:
    applied(bare, tree(**WITH))
    filled(bare)
    applied(bare, tree(**WITH, **{FIELD + "size__max": 5}))
    assert select(bare, "account", "won", "great") == [(None, None)] * 3
