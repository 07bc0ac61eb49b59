"""What several currencies add to a pack, and what a pack may say of it itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from babel.numbers import list_currencies

from app.definition.currencies import CURRENCIES
from app.loading import Loaded, catalog_from_snapshot, load_pack, snapshot_of

DEAL = """
label: Deal
fields:
  name: {type: text, label: Name}
  amount: {type: money, label: Amount}
"""


def load(folder: Path, **files: str) -> Loaded:
    (folder / "entities").mkdir()
    (folder / "pack.yaml").write_text("language: 1\nlabel: Acme\n" + files.pop("pack", ""), "utf-8")
    for key, text in files.items():
        (folder / "entities" / f"{key}.yaml").write_text(text.strip() + "\n", "utf-8")
    return load_pack(folder)


def test_one_currency_adds_nothing(tmp_path: Path) -> None:
    loaded = load(tmp_path, deal=DEAL, pack="currency: {company: EUR}\n")
    assert loaded.catalog is not None
    assert loaded.catalog.rates_entity is None
    assert list(loaded.catalog.entities["deal"].fields) == ["name", "amount"]


def test_others_add_the_rates_and_the_field_stands_before_the_first_amount(tmp_path: Path) -> None:
    loaded = load(tmp_path, deal=DEAL + "currency: {}\n", pack="currency: {company: EUR, others: [USD]}\n")
    assert loaded.diagnostics == ()
    assert loaded.catalog is not None
    assert list(loaded.catalog.entities["deal"].fields) == ["name", "currency", "amount"]
    assert list(loaded.catalog.choices("deal", "currency")) == ["EUR", "USD"]
    assert list(loaded.catalog.choices("exchange_rate", "currency")) == ["USD"]
    snapshot = json.loads(json.dumps(snapshot_of(loaded)))
    assert catalog_from_snapshot(snapshot) == loaded.catalog


@pytest.mark.parametrize("key", ["exchange_rate", "fx"])
def test_a_pack_may_describe_its_rates_itself(tmp_path: Path, key: str) -> None:
    own = """
label: Rate
name_field: source
fields:
  source: {type: text, label: Source, required: true}
  rate: {type: decimal, scale: 6, label: Rate, required: true}
"""
    files: dict[str, Any] = {"deal": DEAL + "currency: {}\n", key: own}
    loaded = load(tmp_path, pack=f"currency: {{company: EUR, others: [USD], rates: {key}}}\n", **files)
    assert loaded.diagnostics == ()
    assert loaded.catalog is not None
    assert loaded.catalog.rates_entity == key
    fields = loaded.catalog.entities[key].fields
    assert list(fields) == ["source", "rate", "currency", "valid_from"]
    assert fields["rate"].scale == 6


def test_rates_of_another_type_are_refused(tmp_path: Path) -> None:
    own = "label: Rate\nname_field: rate\nfields:\n  rate: {type: text, label: Rate}"
    loaded = load(tmp_path, pack="currency: {company: EUR, others: [USD]}\n", exchange_rate=own)
    assert [each.code for each in loaded.errors] == ["CFG475"]


@pytest.mark.parametrize(
    "said", ["currency: {company: E}", "currency: {others: USD}", "currency: [EUR]", "currency: EUR"]
)
def test_what_has_the_wrong_shape_is_said_and_nothing_falls(tmp_path: Path, said: str) -> None:
    loaded = load(tmp_path, deal=DEAL + "currency: {allowed: 5}\n", pack=said + "\n")
    assert loaded.catalog is None
    assert len({each.span.file for each in loaded.errors}) == 2


def test_the_codes_are_those_that_babel_writes() -> None:
    assert set(list_currencies()) >= CURRENCIES
