"""Values that are more than one: an amount with what was entered, a text with its other languages.

Both are what they stand for in lists (the amount in the company's currency, the text in the reader's language), so that
whoever sorts, adds up or shows them need not know; who needs the rest asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.access import FieldRights
from app.definition import Catalog, Field
from app.definition.currencies import CURRENCY_FIELD, ORIGINAL_SUFFIX, converted_fields
from app.frozen import dataclass
from app.orm.companions import text_columns
from app.orm.models import ENTITY_SUFFIX
from app.orm.types import AnyId


class Money(Decimal):
    """An amount in the company's currency. `original` is what was entered, in `currency`."""

    original: Decimal
    currency: str

    @classmethod
    def of(cls, company: Decimal | None, original: Decimal | None, currency: str | None = None) -> Money | None:
        """None where nothing was entered."""
        if original is None:
            return None
        found = cls(original if company is None else company)
        found.original, found.currency = original, currency or ""
        return found


class Translated(str):
    """A text in the reader's language, else in the first one that has a text. `texts` holds all of them by language."""

    texts: Mapping[str, str]
    __slots__ = ("texts",)

    @classmethod
    def of(cls, texts: Mapping[str, str | None], language: str) -> Translated | None:
        """None where there is no text at all."""
        kept = {each: text for each, text in texts.items() if text is not None}
        if not kept:
            return None
        found = cls(kept.get(language) or next(iter(kept.values())))
        found.texts = kept
        return found


@dataclass(frozen=True)
class Join:
    """A compound field: the columns that it is read from, and how their values become one for a reader of a language."""

    key: str
    columns: tuple[str, ...]
    join: Callable[[Sequence[Any], str], object]


def joins_of(catalog: Catalog, rights: FieldRights, fields: Sequence[Field]) -> tuple[Join, ...]:
    """The compound fields among some of an entity's. Whoever may not see the currency sees the company's value alone."""
    money = converted_fields(catalog.entities[rights.entity])
    found = []
    for field in fields:
        if field.translated:
            columns = text_columns(catalog, field)
            found.append(Join(field.key, tuple(columns.values()), _join_texts(tuple(columns))))
        elif field.key in money:
            currency = (CURRENCY_FIELD,) if rights.sees(CURRENCY_FIELD) else ()
            found.append(Join(field.key, (field.key, field.key + ORIGINAL_SUFFIX, *currency), _join_money))
        elif field.holds == "any":
            found.append(Join(field.key, (field.key + ENTITY_SUFFIX, field.key), _join_any))
    return tuple(found)


def _join_money(values: Sequence[Any], _language: str) -> Money | None:
    return Money.of(*values)


def _join_any(values: Sequence[Any], _language: str) -> AnyId | None:
    return None if None in values else AnyId(*values)


def _join_texts(languages: tuple[str, ...]) -> Callable[[Sequence[Any], str], object]:
    return lambda values, language: Translated.of(dict(zip(languages, values, strict=True)), language)
