"""Columns that stand beside a field's own: the original of an amount, the texts of the company's other languages.

A field's own column holds what lists sort, filter and compare by: of money in several currencies the value in the
company's currency, of a translated text the one in the company's first language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from app.definition import Catalog, Entity, Field
from app.definition.currencies import ORIGINAL_SUFFIX, RATE_COLUMN, RATE_SCALE, converted_fields
from app.orm.types import FixedDecimal

LANGUAGE_SUFFIX = "__in_"


def text_columns(catalog: Catalog, a_field: Field) -> Mapping[str, str]:
    """The columns of a translated field by language, the company's first language first; none for another field."""
    if not a_field.translated:
        return {}
    first, *others = catalog.pack.languages
    return {first: a_field.key, **{each: f"{a_field.key}{LANGUAGE_SUFFIX}{each}" for each in others}}


def beside(catalog: Catalog, entity: Entity) -> Mapping[str, tuple[str, ...]]:
    """For each field that has any: the columns beside its own."""
    found: dict[str, tuple[str, ...]] = {key: (key + ORIGINAL_SUFFIX,) for key in converted_fields(entity)}
    for key, a_field in entity.fields.items():
        if a_field.translated:
            found[key] = tuple(text_columns(catalog, a_field).values())[1:]
    return found


def companion_columns(catalog: Catalog, entity: Entity, names: Mapping[str, str]) -> Iterator[sa.Column[Any]]:
    """The columns of an entity's table that are no field's own. Their names follow from the field's."""
    for key, columns in beside(catalog, entity).items():
        a_field, physical = entity.fields[key], names[f"{entity.key}.{key}"]
        kind = FixedDecimal(a_field.field_type.precision, a_field.decimals) if a_field.type == "money" else sa.Text()
        for column in columns:
            yield sa.Column(physical + column.removeprefix(key), kind, key=column)
    if entity.currency is not None:
        yield sa.Column(RATE_COLUMN, FixedDecimal(18, RATE_SCALE), key=RATE_COLUMN)


def companion_keys(catalog: Catalog, entity: Entity) -> tuple[str, ...]:
    """The keys of those columns."""
    keys = [column for columns in beside(catalog, entity).values() for column in columns]
    return (*keys, RATE_COLUMN) if entity.currency is not None else tuple(keys)
