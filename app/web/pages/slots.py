"""Slots: the inputs that a field has in a form. Most have one, under the field's own name; a translated text has one for each
language of the company, named `field:language`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from app.definition import Catalog, Entity, Field
from app.insight.compound import Translated
from app.orm.companions import text_columns
from app.web.pages.inputs import Typed, typed_of

MARK = ":"


def slots_of(catalog: Catalog, fields: Iterable[Field]) -> Iterator[tuple[Field, str, str]]:
    """Field, slot and language (blank where the field has one slot) of all inputs, in their order."""
    for field in fields:
        languages = tuple(text_columns(catalog, field))
        yield from ((field, f"{field.key}{MARK}{each}", each) for each in languages)
        if not languages:
            yield field, field.key, ""


def field_of(slot: str) -> str:
    """The field of a slot."""
    return slot.split(MARK, 1)[0]


def slot_value(value: object, language: str) -> object:
    """What a slot of that language holds of a value."""
    if not language:
        return value
    return value.texts.get(language) if isinstance(value, Translated) else None


def typed_slots(
    catalog: Catalog, fields: Iterable[Field], values: Mapping[str, object], zone: ZoneInfo, language: str
) -> dict[str, Typed]:
    """What the inputs of stored values show, by slot."""
    return {
        slot: typed_of(slot_value(values.get(field.key), own), zone, language)
        for field, slot, own in slots_of(catalog, fields)
    }


def joined(entity: Entity, values: Mapping[str, object]) -> dict[str, object]:
    """Values by slot as values by field: texts of several languages become one value."""
    found: dict[str, object] = {}
    texts: dict[str, dict[str, object]] = {}
    for slot, value in values.items():
        key, mark, language = slot.partition(MARK)
        field = entity.every_field.get(key)
        if mark and field is not None and field.translated:
            texts.setdefault(key, {})[language] = value
        else:
            found[slot] = value
    return {**found, **texts}
