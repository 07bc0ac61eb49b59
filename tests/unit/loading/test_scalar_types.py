"""Limits and defaults of times, durations, ratings, colours and of values of several parts."""

from pathlib import Path

import pytest

from app.loading import load_pack

ENTITY = """label: {{en: Deal, zh: 商机}}
plural: {{en: Deals, zh: 商机}}
fields:
  name: {{type: text, required: true, label: {{en: Name, zh: 名称}}}}
  value: {{{attributes}, label: {{en: Value, zh: 值}}}}
"""


def problems(folder: Path, attributes: str, more: str = "") -> list[str]:
    (folder / "entities").mkdir()
    (folder / "pack.yaml").write_text("language: 1\nlabel: {en: Acme, zh: 艾克米}\n", "utf-8")
    (folder / "entities" / "deal.yaml").write_text(ENTITY.format(attributes=attributes) + more, "utf-8")
    return [f"{each.code} {each.message}" for each in load_pack(folder).diagnostics]


@pytest.mark.parametrize(
    "attributes",
    [
        'type: time, min: "07:00", max: "22:00", default: "9:30"',
        "type: duration, min: 0, max: 8 hours, default: PT30M",
        "type: duration, min: -2 h, max: 2:30",
        "type: rating, default: 5",
        "type: rating, max: 10, default: 10",
        'type: color, default: "#0b5fff", unique: true',
        "type: rich_text, max_length: 100, default: <p>Hello</p>, searchable: true",
        "type: address, searchable: true",
        "type: location, unique: true",
        "type: json",
    ],
)
def test_these_fit(tmp_path: Path, attributes: str) -> None:
    assert problems(tmp_path, attributes) == []


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ('type: time, min: "25:00"', "CFG406 the smallest value of 'value' must be a time of day"),
        ('type: time, min: "12:00", max: "9:00"', "CFG407 the greatest value of 'value' is below its smallest"),
        ('type: time, max: "9:00", default: "10:00"', "CFG406 the default of 'value' lies outside of its limits"),
        ("type: duration, max: 90", "CFG406 the greatest value of 'value' must be a duration"),
        ("type: duration, max: 999999999 weeks", "CFG406 the greatest value of 'value' must be a duration"),
        ("type: rating, max: 11", "CFG406 the greatest value of 'value' must be a whole number from 1 to 10"),
        ("type: rating, default: 6", "CFG406 the default of 'value' must be a whole number from 1 to 5"),
        ("type: rating, min: 1", "CFG208"),
        ("type: color, default: red", "CFG406 the default of 'value' must be a color"),
        ("type: address, default: Nanjing Road", "CFG406 the default of 'value' must be left out"),
        ('type: json, default: "{}"', "CFG406 the default of 'value' must be left out"),
        ("type: json, unique: true", "CFG208"),
        ("type: rich_text, indexed: true", "CFG208"),
        ("type: location, searchable: true", "CFG208"),
    ],
)
def test_these_do_not(tmp_path: Path, attributes: str, problem: str) -> None:
    found = problems(tmp_path, attributes)
    assert len(found) == 1
    assert found[0].startswith(problem)


@pytest.mark.parametrize(
    ("type_", "use", "problem"),
    [
        ("json", "keys: {one: {fields: [name, value]}}", "CFG461 'value' holds JSON and can't be part of a key"),
        ("address", "list: {sort: [value]}", "CFG461 'value' holds an address: a list can't be sorted by it"),
        ("location", "list: {sort: [-value]}", "CFG461 'value' holds a place: a list can't be sorted by it"),
    ],
)
def test_what_they_can_not_be_used_for(tmp_path: Path, type_: str, use: str, problem: str) -> None:
    assert problems(tmp_path, f"type: {type_}", use) == [problem]


def test_a_place_may_be_part_of_a_key(tmp_path: Path) -> None:
    assert problems(tmp_path, "type: location", "keys: {one: {fields: [name, value]}}") == []
