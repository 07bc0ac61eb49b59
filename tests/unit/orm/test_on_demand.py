"""Values that are made when they are first asked for: once, whoever asks, and not to be told their keys."""

from __future__ import annotations

import importlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, RLock

import pytest
import sqlalchemy as sa

from app.definition import Catalog
from app.orm.models import models_on_demand
from app.orm.on_demand import OnDemand
from app.orm.store import Store

THREADS = 8


def test_nothing_is_made_to_tell_the_keys() -> None:
    made: list[str] = []
    values = OnDemand(["a", "b"], lambda key: made.append(key) or key.upper(), RLock())
    assert (list(values), len(values), "a" in values, "c" in values) == (["a", "b"], 2, True, False)
    assert values.get("c") is None
    with pytest.raises(KeyError):
        values["c"]
    assert made == []
    assert (values["b"], values["b"], values.made) == ("B", "B", frozenset({"b"}))
    assert dict(values) == {"a": "A", "b": "B"}
    assert made == ["b", "a"]


def test_what_fails_is_tried_again() -> None:
    answers = iter([RuntimeError("no"), None])

    def make(key: str) -> str:
        error = next(answers)
        if error is not None:
            raise error
        return key

    values = OnDemand(["a"], make, RLock())
    with pytest.raises(RuntimeError, match="no"):
        values["a"]
    assert values["a"] == "a"


def test_every_thread_gets_the_same_models(store: Store) -> None:
    """Mapped at the same moment by many, used at once: each entity has one table and one class."""
    models = models_on_demand(store.catalog)
    at_once = Barrier(THREADS)

    def look(number: int) -> list[tuple[int, int]]:
        at_once.wait()
        keys = sorted(models.classes, reverse=bool(number % 2))
        fresh = Store(store.engine, models, store.revision)
        found = []
        for key in keys:
            with fresh.reading_session(lambda _entity: None) as session:
                session.execute(sa.select(models.classes[key].id)).all()
            found.append((id(models.tables[key]), id(models.classes[key])))
        return sorted(found)

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(look, range(THREADS)))
    assert all(answer == answers[0] for answer in answers)
    assert models.tables.keys() == models.classes.keys() == store.catalog.entities.keys()


def test_a_class_is_made_without_its_neighbours(catalog: Catalog) -> None:
    models = models_on_demand(catalog)
    assert models.classes["opportunity"].__entity__ == "opportunity"  # it points to accounts
    assert models.classes.made == models.tables.made == frozenset({"opportunity"})  # type: ignore[attr-defined]
    assert models.entity_of_table["crm_account"] == "account"


@pytest.mark.parametrize("package", ["app.plan", "app.loading"])
def test_a_package_that_is_opened_late_knows_all_its_names(package: str) -> None:
    module = importlib.import_module(package)
    for name in module._HOMES:
        assert getattr(module, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing"):
        module.nothing  # noqa: B018 - asking is the point
