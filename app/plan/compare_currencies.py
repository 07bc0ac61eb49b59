"""Several currencies, and texts in several languages: what may be added, and what can't be taken back yet."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Catalog, Entity
from app.definition.currencies import CURRENCY_FIELD, converted_fields
from app.plan.pair import Pair, change_of
from app.plan.question import Rows
from app.plan.step import Block, Kind, Step

_STAYS = Block("PLN518", "amounts were converted from several currencies", "keep `currency:` as it was")
_COMPANY = Block("PLN518", "amounts were converted into the old one", "keep the company's currency as it was")
_NO_DEFAULT = Block("PLN518", "the default of money would be in no currency", "add the field without a default")
_LATE_PART = Block("PLN518", "amounts of parts were in the company's currency", "add a new part for other currencies")
_LANGUAGE = Block("PLN519", "texts in that language would be lost", "keep the language; add others after the first")


def currency_steps(pair: Pair, was: Entity, now: Entity) -> Iterator[Step]:
    """An entity that allows several currencies from now on, or another rate date; never one that no longer does."""
    if was.currency == now.currency:
        return
    path = ("entities", now.key, "currency")
    if now.currency is None:
        yield pair.step(Kind.CHANGE_ENTITY, now.key, *path, detail="currency: several → one", blocks=_STAYS)
    elif was.currency is None:
        codes = ", ".join(pair.after.choices(now.key, CURRENCY_FIELD))
        old = [key for key in converted_fields(now) if key in was.fields]
        check = Rows(now.key) if old else None
        block = _LATE_PART if _whole_has_several(pair, now.key) else None
        detail = f"currency: one → {codes}"
        yield pair.step(Kind.CHANGE_ENTITY, now.key, *path, detail=detail, check=check, blocks=block)
    elif was.currency.rate_date != now.currency.rate_date:
        detail = f"rate_date: {change_of(was.currency.rate_date, now.currency.rate_date)}"
        yield pair.step(Kind.CHANGE_ENTITY, now.key, *path, "rate_date", detail=detail)


def _whole_has_several(pair: Pair, entity: str) -> bool:
    link = pair.before.part_link(entity)
    return link is not None and pair.before.entities[link.whole].currency is not None


def is_field_of_currency(was: Entity, key: str) -> bool:
    """Whether a field goes because `currency:` goes, which has a step of its own."""
    return key == CURRENCY_FIELD and was.currency is not None


def block_of_new_field(was: Entity, now: Entity, key: str) -> Block | None:
    """Existing records in several currencies can't be given a default amount."""
    a_field = now.fields[key]
    fills = a_field.required and a_field.default is not None
    return _NO_DEFAULT if was.currency is not None and key in converted_fields(now) and fills else None


def block_of_setting(pair: Pair, path: tuple[str, ...]) -> Block | None:
    """Settings of the pack by which values are stored."""
    if path == ("currency", "company"):
        return _COMPANY if any(each.currency for each in pair.before.entities.values()) else None
    if path == ("languages",) and _has_translated(pair.before):
        was, now = pair.before.pack.languages, pair.after.pack.languages
        return _LANGUAGE if was[0] != now[0] or not set(was) <= set(now) else None
    return None


def block_of_translated(*, was: bool, now: bool) -> Block | None:
    """A text that stops to be translated would lose all languages but the first."""
    return _LANGUAGE if was and not now else None


def _has_translated(catalog: Catalog) -> bool:
    return any(a_field.translated for entity in catalog.entities.values() for a_field in entity.fields.values())
