"""The write path takes the demonstration data, under the standard pack and under the overlay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.files import Place, stage
from app.loading import load_pack
from app.orm.engine import open_engine
from app.orm.store import Store
from app.plan import first_apply, open_store, upgrade_framework
from app.record import Change, Saved, create, update
from app.rehearsal.sample_files import NoContents
from seed import Attachment, Dataset, generate

CONFIG = Path(__file__).parents[3] / "config"
ACTOR = system_actor("system:seed")


@contextmanager
def applied(pack: str, url: str) -> Iterator[Store]:
    engine = open_engine(url)
    upgrade_framework(engine)
    first_apply(engine, load_pack(CONFIG / pack, (CONFIG,)))
    yield open_store(engine)
    engine.dispose()


def staged(store: Store, entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the ids of their files."""
    return {
        key: stage(store, NoContents(), ACTOR, Place(entity, key), value.name, BytesIO(value.text.encode())).id  # type: ignore[union-attr]
        if isinstance(value, Attachment)
        else value
        for key, value in values.items()
    }


def resolved(value: Any, ids: Mapping[object, int]) -> Any:
    """References by the ids of what they name, also in lists and in links."""
    if isinstance(value, tuple):
        return ids[value]
    if isinstance(value, list):
        return [resolved(each, ids) for each in value]
    return {key: resolved(each, ids) for key, each in value.items()} if isinstance(value, Mapping) else value


def write(store: Store, dataset: Dataset) -> None:
    ids: dict[object, int] = {}
    for entity, rows in dataset.entities().items():
        values = [resolved(staged(store, entity, row.values), ids) for row in rows]
        saved = create(store, ACTOR, entity, values, door="seed")
        assert isinstance(saved, Saved), saved
        ids.update(((entity, row.key), number) for row, number in zip(rows, saved.ids, strict=True))
    for each in dataset.amendments:
        changes = [Change(ids[each.entity, each.key], resolved(each.values, ids))]
        saved = update(store, ACTOR, each.entity, changes, door="seed")
        assert isinstance(saved, Saved), saved


@pytest.mark.parametrize("pack", ["standard", "it_services"])
def test_a_shipped_pack_has_nothing_to_complain_of(pack: str) -> None:
    loaded = load_pack(CONFIG / pack, (CONFIG,))
    assert [f"{each.span}: {each.message}" for each in loaded.diagnostics] == []


@pytest.mark.parametrize("pack", ["standard", "it_services"])
def test_all_of_it_is_accepted(pack: str, sqlite_url: str) -> None:
    dataset = generate(0.02)
    with applied(pack, sqlite_url) as store:
        write(store, dataset)
        with store.system_reading() as connection:
            for entity, rows in dataset.entities().items():
                counted = connection.scalar(sa.select(sa.func.count()).select_from(store.models.tables[entity]))
                assert counted == len(rows), entity
