"""What fits a schema is what the library of JSON Schema finds no error in."""

import random
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.loading.fits import RULES, fits
from app.loading.node import plain
from app.loading.reader import read_document
from app.loading.schema import KINDS, inlined, schema_of
from app.loading.shape import FOLDERS, KIND_OF

ROOT = Path(__file__).parents[3]
SLIPS: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    10**9,
    Decimal("1.5"),
    "",
    "x",
    "a b",
    "yes",
    [],
    ["a", "a"],
    ["a", 1, True],
    [1, True, Decimal(1)],
    [{"user": "x"}, {"user": "x"}],
    [{"a": True}, {"a": 1}],
    {},
    {"x": 1},
    {"formula": "1"},
    {"en": "x", "fr": "y"},
]


@cache
def definitions_of(kind: str, *, is_patch: bool) -> tuple[dict[str, Any], Draft202012Validator]:
    schema = schema_of(kind, is_patch=is_patch)
    return schema, Draft202012Validator({**inlined(schema, schema["$defs"]), "$defs": schema["$defs"]})


def agree(value: Any, kind: str, *, is_patch: bool) -> bool:
    """Whether both say the same; what that is goes to the caller by assertion alone."""
    schema, validator = definitions_of(kind, is_patch=is_patch)
    answer = fits(value, schema, schema["$defs"])
    assert answer == validator.is_valid(value), (kind, is_patch, value)
    return answer


def things(folder: Path) -> Iterator[tuple[str, Any]]:
    """Every thing that the files below a folder hold, as written, with its kind."""
    for path in sorted(folder.rglob("*.yaml")):
        place = path.parent.name if path.parent.name in FOLDERS else path.stem
        kind = KIND_OF.get(place, place)
        document = read_document(path.read_bytes(), path.name)
        if kind in KINDS and document.node is not None:
            yield kind, plain(document.node)


def slipped(value: Any, by: random.Random) -> Any:
    """The value with one slip somewhere in it."""
    if isinstance(value, dict) and value and by.random() < 0.9:
        key = by.choice(list(value))
        how = by.random()
        if how < 0.1:
            return {other: each for other, each in value.items() if other != key}
        if how < 0.2:
            return {**value, by.choice(["x", "type", "where", "$place", "label"]): by.choice(SLIPS)}
        return {**value, key: slipped(value[key], by)}
    if isinstance(value, list) and value and by.random() < 0.7:
        at = by.randrange(len(value))
        return [*value[:at], slipped(value[at], by), *value[at + 1 :]]
    return by.choice(SLIPS)


@pytest.mark.parametrize("pack", ["config/standard", "config/it_services"])
def test_the_packs_with_slips(pack: str) -> None:
    by = random.Random(pack)  # noqa: S311 - the same slips in each run
    answers = [
        agree(each, kind, is_patch=is_patch)
        for kind, value in things(ROOT / pack)
        for is_patch in (False, True)
        for each in (value, *(slipped(value, by) for _ in range(3)))
    ]
    assert 0.1 < sum(answers) / len(answers) < 0.9


def test_the_cases_of_errors() -> None:
    answers = [
        agree(value, kind, is_patch=is_patch)
        for kind, value in things(ROOT / "tests" / "cases")
        for is_patch in (False, True)
    ]
    assert set(answers) == {False, True}


@pytest.mark.parametrize("kind", KINDS)
def test_anything_in_the_place_of_a_thing(kind: str) -> None:
    assert not all(agree(value, kind, is_patch=is_patch) for value in SLIPS for is_patch in (False, True))


def words(schema: Any) -> Iterator[str]:
    for word, wanted in schema.items() if isinstance(schema, dict) else ():
        yield word
        if word in {"properties", "$defs"}:
            inner = list(wanted.values())
        elif word == "allOf":
            inner = wanted
        else:
            inner = [] if word in {"default", "enum", "const", "examples"} else [wanted]
        for each in inner:
            yield from words(each)


@pytest.mark.parametrize("is_patch", [False, True])
def test_every_word_that_the_schemas_use_is_known(is_patch: bool) -> None:  # noqa: FBT001 - a case of the test
    used = {word for kind in KINDS for word in words(schema_of(kind, is_patch=is_patch))}
    assert used <= set(RULES)
    assert {"if", "$ref", "uniqueItems", "propertyNames"} <= used
