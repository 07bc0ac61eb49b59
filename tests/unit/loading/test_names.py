"""Names of the new kinds are looked up as their metadata says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.loading import load_pack
from app.loading.checks.references import WORDS
from app.loading.shape import KINDS, ListOf, MapOf, NameOr, Record, Shape

ENTITIES = {
    "region": "label: Region\nfields:\n  name: {type: text, label: Name}\n",
    "customer": (
        "label: Customer\nfields:\n  name: {type: text, label: Name}\n"
        "  region: {type: lookup, to: region, label: Region}\n  since: {type: date, label: Since}\n"
    ),
    "deal": "label: Deal\nfields:\n  name: {type: text, label: Name}\n  customer: {type: lookup, to: customer}\n",
}


def records(shape: Shape, seen: set[type]) -> Iterator[Record]:
    if isinstance(shape, NameOr):
        shape = shape.map
    if isinstance(shape, Record) and shape.of not in seen:
        seen.add(shape.of)
        yield shape
        for place in shape.attributes.values():
            yield from records(place.shape, seen)
    elif isinstance(shape, MapOf):
        yield from records(shape.value, seen)
    elif isinstance(shape, ListOf):
        yield from records(shape.item, seen)


def test_every_word_for_names_is_understood() -> None:
    seen: set[type] = set()
    words = {
        place.attribute.names
        for kind in KINDS
        for record in records(kind.record, seen)
        for place in record.attributes.values()
    }
    assert words - {""} <= WORDS


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("{changed: name}", []),
        ("{changed: [name, nam]}", ["CFG302: unknown field 'nam' of deal"]),
        ("{date: customer.since, before: 3 days}", []),
        ("{date: customer.sinse, after: 3 days}", ["CFG302: unknown field 'sinse' of customer"]),
        ("{date: customr.since, after: 3 days}", ["CFG302: unknown field 'customr' of deal"]),
        ("{date: customer.region.created_at, after: 1 day}", []),
    ],
)
def test_fields_are_those_of_the_entity_that_is_stated(tmp_path: Path, trigger: str, expected: list[str]) -> None:
    (tmp_path / "entities").mkdir()
    (tmp_path / "automations").mkdir()
    (tmp_path / "pack.yaml").write_text("language: 1\nlabel: Acme\n")
    for key, text in ENTITIES.items():
        (tmp_path / "entities" / f"{key}.yaml").write_text(text)
    (tmp_path / "automations" / "remind.yaml").write_text(
        f"entity: deal\ntrigger: {trigger}\nactions: {{hot: {{assign: {{to: {{user: ann}}}}}}}}\n"
    )
    found = [f"{one.code}: {one.message}" for one in load_pack(tmp_path).diagnostics if one.severity == "error"]
    assert found == expected


def test_what_was_called_so_before_is_offered(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("label: Acme\n", "utf-8")
    (tmp_path / "entities").mkdir()
    deal = (
        "label: Deal\nfields:\n  name: {type: text, label: Name}\n  naming: {type: text, label: Naming}\n"
        "  moniker: {type: text, label: Alias, renamed_from: [alias, namer]}\nlist: {columns: [name, namer]}\n"
    )
    (tmp_path / "entities" / "deal.yaml").write_text(deal, "utf-8")
    (problem,) = [each for each in load_pack(tmp_path).diagnostics if each.code == "CFG302"]
    assert problem.hint is not None
    assert problem.hint.startswith("did you mean 'moniker'?")
