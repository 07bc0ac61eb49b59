"""Fields whose value is more than their own column holds: money in several currencies, text in several languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.definition import Catalog, Entity, Field, Stage
from app.definition.currencies import CURRENCY_FIELD, ORIGINAL_SUFFIX, converted_fields
from app.frozen import dataclass
from app.orm.companions import text_columns
from app.record.parsers import make_parser
from app.record.values import Bad, Parser, bad

CLOSED = frozenset({"won", "lost", "done"})
Texts = Mapping[str | None, str | None]


@dataclass(frozen=True)
class Conversion:
    """How the amounts of an entity are converted: `fields` are those that people enter, `derived` computed ones.

    `closed` holds the closed stages of each stage field; `checks` hold the limits of a field, which are in the company's
    currency. A part `of_whole` has currency and rate of its whole; a whole `with_parts` needs a rate for them, whether it
    has amounts itself or not.
    """

    company: str
    rates: str | None
    fields: tuple[str, ...]
    derived: tuple[str, ...]
    rate_date: str | None
    closed: Mapping[str, frozenset[str]]
    checks: Mapping[str, Parser]
    of_whole: bool = False
    with_parts: bool = False


def conversion_of(catalog: Catalog, entity: Entity) -> Conversion | None:
    """None for an entity that has no money in several currencies."""
    fields = converted_fields(entity)
    with_parts = any(converted_fields(catalog.entities[link.entity]) for link in catalog.parts_of(entity.key).values())
    if entity.currency is None or not (fields or with_parts):
        return None
    derived = tuple(key for key in fields if entity.fields[key].is_computed)
    stages = {key: catalog.choices(entity.key, key) for key, each in entity.fields.items() if each.type == "stage"}
    return Conversion(
        company=catalog.pack.currency.company,
        rates=catalog.rates_entity,
        fields=tuple(key for key in fields if key not in derived),
        derived=derived,
        rate_date=entity.currency.rate_date,
        closed={
            key: frozenset(name for name, each in choices.items() if _is_closed(each))
            for key, choices in stages.items()
        },
        checks={key: make_parser(catalog, entity, entity.fields[key]) for key in fields},
        of_whole=entity.is_part,
        with_parts=with_parts,
    )


def _is_closed(stage: object) -> bool:
    return isinstance(stage, Stage) and stage.category in CLOSED


def parser_of(catalog: Catalog, entity: Entity, a_field: Field) -> Parser:
    """As `make_parser`: what is entered in any currency has no limits yet, and a translated text may be several."""
    if a_field.key in converted_fields(entity):
        return make_parser(catalog, entity, replace(a_field, min=None, max=None))
    parse = make_parser(catalog, entity, a_field)
    return _of_texts(parse, tuple(text_columns(catalog, a_field))) if a_field.translated else parse


def _of_texts(parse: Parser, languages: tuple[str, ...]) -> Parser:
    def parse_texts(raw: object) -> Texts | Bad:
        """Texts by language; one that was posted alone stands under None: it is in the language of whoever posts it."""
        if raw is None:
            return dict.fromkeys(languages)
        posted = raw if isinstance(raw, Mapping) else {None: raw}
        if not posted.keys() <= {None, *languages}:
            return bad("field.type", "texts", languages=", ".join(languages))
        found = {language: parse(text) for language, text in posted.items()}
        return next((each for each in found.values() if isinstance(each, Bad)), found)

    return parse_texts


@dataclass(frozen=True)
class Compound:
    """The columns of a compound field, its own first; `texts` by language, or none for money."""

    columns: tuple[str, ...]
    texts: Mapping[str, str]

    def whole(self, row: Mapping[str, Any]) -> dict[str, str] | None:
        """The value as history keeps it: texts by language, or what was entered with its currency and the company's value."""
        if self.texts:
            return {language: row[column] for language, column in self.texts.items() if row[column] is not None} or None
        company, original = (row[column] for column in self.columns[:2])
        if original is None:
            return None
        found = {"original": _plain(original), "currency": row.get(CURRENCY_FIELD) or ""}
        return found if company is None else {**found, "company": _plain(company)}


def _plain(amount: Decimal) -> str:
    return f"{amount:f}"


def compounds_of(catalog: Catalog, entity: Entity) -> Mapping[str, Compound]:
    """The compound fields of an entity."""
    money = {key: Compound((key, key + ORIGINAL_SUFFIX), {}) for key in converted_fields(entity)}
    texts = {key: text_columns(catalog, each) for key, each in entity.fields.items() if each.translated}
    return money | {key: Compound(tuple(columns.values()), columns) for key, columns in texts.items()}
