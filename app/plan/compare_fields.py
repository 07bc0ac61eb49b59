"""One field that stays: what of it loosens, what tightens, what changes its behaviour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.definition import Field
from app.plan.compare_choices import option_steps
from app.plan.compare_computed import computed_steps
from app.plan.compare_conditions import no_longer_spared, want_steps
from app.plan.compare_currencies import block_of_translated
from app.plan.compare_links import link_steps
from app.plan.given import decision_of
from app.plan.limits import typed_limit
from app.plan.pair import Pair, change_of, changed_attributes, is_same, yaml_name
from app.plan.question import (
    Agreed,
    Blank,
    Check,
    Converts,
    OutOfRange,
    Overruled,
    WorkedOut,
    WrongLength,
)
from app.plan.retype import Retype, changes_kind, find_retype
from app.plan.step import Block, Kind, Step

NO_LIMIT = 2**31
_HANDLED = frozenset(
    """key system type label help placeholder display color required unique indexed ignore_case min max min_length max_length
    scale options to many link_fields renamed_from existing backfill required_when formula points override consent
    """.split()
)
_NOT_MOVED = Block("PLN517", "values can't be moved like this", "keep the field and add a new one")
_LINKED = Block(
    "PLN517",
    "what is said of each link would be lost",
    "take `link_fields` away first and apply that: it is kept; then `many`",
)
Comparison = Callable[[Pair, str, Field, Field], Iterator[Step]]


def field_steps(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    """Steps from one form of a field to the next. Keys, indexes and labels are compared for the entity as a whole."""
    type_steps = list(_type(pair, entity, was, now))
    yield from type_steps
    if any(step.blocks for step in type_steps):
        return
    # Of values that are converted the conversion asks whether they fit.
    fitting = () if changes_kind(was, now) else (_lengths, _range, option_steps, link_steps)
    for comparison in (_required, want_steps, *fitting, computed_steps, _consent, _behaviour):
        yield from comparison(pair, entity, was, now)


def fits(pair: Pair, entity: str, was: Field, now: Field) -> bool:
    """Whether the next form of a field can take over the stored values of the last as they are."""
    lost = (was.translated and not now.translated) or changes_kind(was, now)
    return not lost and not any(step.blocks for step in link_steps(pair, entity, was, now))


def _step(pair: Pair, kind: Kind, entity: str, now: Field, attribute: str, **more: Any) -> Step:
    return pair.step(kind, f"{entity}.{now.key}", "entities", entity, "fields", now.key, attribute, **more)


def _type(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    found = _other_kind(was, now)
    if found is None:
        return
    attribute, detail, block = found
    if not changes_kind(was, now):
        kind = Kind.CHANGE_TYPE if attribute == "type" else Kind.LOOSEN
        yield _step(pair, kind, entity, now, attribute, detail=detail)
        return
    retype = find_retype(pair, entity, was, now)
    check = _question_of(pair, retype) if retype else None
    step = _step(pair, Kind.CHANGE_TYPE, entity, now, attribute, detail=detail, check=check)
    yield step if retype else replace(step, blocks=block)


def _other_kind(was: Field, now: Field) -> tuple[str, str, Block] | None:
    """The attribute that makes the values another kind, its change, and what is said where they can't be converted."""
    if was.type != now.type:
        block = Block("PLN513", "values can't be converted like this", "keep the type and add a new field")
        sealed = f", {_sealed(now)}" if was.encrypted != now.encrypted else ""
        return "type", change_of(was.type, now.type) + sealed, block
    if was.encrypted != now.encrypted:
        return "sensitive", _sealed(now), _NOT_MOVED
    if was.many != now.many:
        block = _LINKED if was.link_fields else _NOT_MOVED
        return "many", f"many: {change_of(was.many, now.many)}", block
    if was.targets != now.targets:
        block = Block("PLN514", "the stored ids name records of the old target", "keep the field and add a new lookup")
        return "to", change_of(was.to, now.to), block
    if was.holds == "decimal" and was.decimals != now.decimals:
        block = Block("PLN515", "numbers can't be converted like this", "keep `scale` and add a new field")
        return "scale", f"scale: {change_of(was.decimals, now.decimals)}", block
    return None


def _sealed(now: Field) -> str:
    if now.encrypted:
        return "is kept encrypted; its history and what was kept in plain text are erased"
    return "is no longer encrypted"


def _question_of(pair: Pair, retype: Retype) -> Check:
    entity, now = retype.entity, retype.now
    if retype.convert is None:
        return (Overruled if retype.was.override else WorkedOut)(entity, now.key)
    return Converts(
        entity,
        now.key,
        retype.convert,
        decision_of(pair.after, entity, now),
        loses="the time of day" if now.type == "date" else "decimals",
        distinct=now.unique,
        fold=now.ignore_case,
    )


def _required(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    if now.required and (not was.required or no_longer_spared(was, now)):
        # A boolean is never blank, and what a formula fills with this very plan will not be what it is now.
        spared = now.holds == "boolean" or (now.is_computed and not was.is_computed)
        check = None if spared else Blank(entity, now.key, decision_of(pair.after, entity, now))
        yield _step(pair, Kind.REQUIRE, entity, now, "required", check=check)
    elif was.required and not now.required:
        yield _step(pair, Kind.RELAX, entity, now, "required", detail="required → optional")


def _lengths(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    if now.holds != "text":
        return
    if now.encrypted:  # the database knows no lengths: they are held when a value is written
        if (now.length_limit, now.min_length) != (was.length_limit, was.min_length):
            yield _step(pair, Kind.LOOSEN, entity, now, "max_length", detail="length: of new values")
        return
    decided = decision_of(pair.after, entity, now)
    if now.length_limit != was.length_limit:
        tighter = now.length_limit < was.length_limit
        check = WrongLength(entity, now.key, 0, now.length_limit, decided) if tighter else None
        detail = f"max_length: {change_of(was.length_limit, now.length_limit)}"
        yield _step(pair, _kind(tighter=tighter), entity, now, "max_length", detail=detail, check=check)
    least_was, least_now = was.min_length or 0, now.min_length or 0
    if least_now != least_was:
        tighter = least_now > least_was
        check = WrongLength(entity, now.key, least_now, NO_LIMIT, decided) if tighter else None
        detail = f"min_length: {change_of(least_was, least_now)}"
        yield _step(pair, _kind(tighter=tighter), entity, now, "min_length", detail=detail, check=check)


def _range(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    for name in ("min", "max"):
        old, new = _written_limit(was, name), _written_limit(now, name)
        if _limit(now, old) == _limit(now, new):
            continue
        tighter = _is_tighter(name, _limit(now, old), _limit(now, new))
        least, most = (new, None) if name == "min" else (None, new)
        check = OutOfRange(entity, now.key, least, most, decision_of(pair.after, entity, now)) if tighter else None
        detail = f"{name}: {change_of(old, new)}"
        yield _step(pair, _kind(tighter=tighter), entity, now, name, detail=detail, check=check)


def _written_limit(a_field: Field, name: str) -> int | Decimal | str | None:
    if a_field.type == "rating" and name == "max":
        return a_field.stars
    limit: int | Decimal | str | None = getattr(a_field, name)
    return limit


def _limit(a_field: Field, written: object) -> Decimal | int | date | datetime | None:
    limit: Decimal | int | date | datetime | None = typed_limit(a_field, written)
    return limit


def _is_tighter(name: str, old: Any, new: Any) -> bool:
    if new is None or old is None:
        return new is not None
    return bool(new > old if name == "min" else new < old)


def _kind(*, tighter: bool) -> Kind:
    return Kind.TIGHTEN if tighter else Kind.LOOSEN


def _consent(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    """What was agreed to stays with each record; the plan says how many agreed to something else, or to nothing known."""
    if is_same(was.consent, now.consent):
        return
    asked = now.consent is not None and not changes_kind(was, now)
    check = Agreed(entity, now.key, reworded=was.consent is not None) if asked else None
    detail = f"consent: {change_of(was.consent, now.consent)}"
    yield _step(pair, Kind.CHANGE_FIELD, entity, now, "consent", detail=detail, check=check)


def _behaviour(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    """All other attributes: a new one of the language is listed here until someone gives it a step of its own."""
    for name in changed_attributes(was, now, leave_out=_HANDLED):
        detail = f"{yaml_name(name)}: {change_of(getattr(was, name), getattr(now, name))}"
        block = block_of_translated(was=was.translated, now=now.translated) if name == "translated" else None
        yield _step(pair, Kind.CHANGE_FIELD, entity, now, yaml_name(name), detail=detail, blocks=block)
