"""The schemas for editors agree with what the loader takes."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.definition import FIELD_TYPES, Field
from app.loading.files import read_layer
from app.loading.node import plain
from app.loading.schema import KINDS, generate_all, schema_of
from app.loading.shape import FOLDERS, KIND_OF, Record

CONFIG = Path(__file__).parents[3] / "config"
FORMS = [  # that of an entity says for each type of a field what it has, which takes seconds to look through
    pytest.param(kind, is_patch, marks=[pytest.mark.deep] if kind == "entity" else [])
    for kind in KINDS
    for is_patch in (False, True)
]


@pytest.mark.parametrize(("kind", "is_patch"), FORMS)
def test_a_schema_is_one(kind: str, is_patch: bool) -> None:  # noqa: FBT001 - a case of the test
    Draft202012Validator.check_schema(schema_of(kind, is_patch=is_patch))


def test_no_union_hides_what_is_wrong() -> None:
    text = "".join(generate_all().values())
    assert not any(f'"{word}"' in text for word in ("oneOf", "anyOf", "unevaluatedProperties"))


@pytest.mark.parametrize(("pack", "is_patch"), [("standard", False), ("it_services", True)])
def test_the_packs_as_they_are_written_are_valid(pack: str, is_patch: bool) -> None:  # noqa: FBT001 - as above
    tree = read_layer(CONFIG / pack).tree
    for name, node in tree.entries.items():
        things = node.entries if name in FOLDERS else {name: node}
        validator = Draft202012Validator(schema_of(KIND_OF.get(name, name), is_patch=is_patch))
        for key, thing in things.items():
            assert [error.message for error in validator.iter_errors(plain(thing))] == [], key


def accepts(value: dict[str, Any], kind: str = "entity", *, is_patch: bool = False) -> bool:
    return Draft202012Validator(schema_of(kind, is_patch=is_patch)).is_valid(value)


def test_the_short_forms_are_valid() -> None:
    assert accepts(
        {"label": "Deal", "fields": {"name": "text", "size": {"type": "picklist", "options": {"s": "Small"}}}}
    )
    assert accepts({"options": {"a": "A"}}, "picklist")
    assert accepts({"grants": {"deal": {"read": "all", "fields": {"name": "hidden"}}}}, "role")


def test_the_patch_form_asks_for_nothing_and_lets_remove() -> None:
    assert accepts({}, is_patch=True)
    assert accepts({"plural": None, "fields": {"x": None, "y": {"max_length": 5, "$place": "after x"}}}, is_patch=True)
    assert accepts({"list": {"columns": {"$add": {"x": "after y"}, "$remove": ["z"]}}}, is_patch=True)
    assert not accepts({"fields": {"y": {"max_lenght": 5}}}, is_patch=True)
    assert not accepts({"fields": {"y": {"type": "date", "max_length": 5}}}, is_patch=True)
    assert not accepts({"fields": {"x": None}})


@pytest.mark.parametrize("name", list(FIELD_TYPES))
def test_each_type_takes_the_attributes_that_fit_it_and_no_other(name: str) -> None:
    for key, place in Record(Field, "type").attributes.items():
        if key == "type":
            continue
        types = place.attribute.types
        offered = schema_of("entity")["$defs"][f"field_{name}"]["properties"]
        assert (key in offered) == (not types or name in types)


def test_every_attribute_has_a_title() -> None:
    schemas = generate_all()
    for kind in KINDS:
        schema = json.loads(schemas[f"{kind}.schema.json"])
        assert all("title" in value for key, value in schema["properties"].items() if not key.startswith("$"))
