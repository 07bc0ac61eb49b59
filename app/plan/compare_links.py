"""What is said of each link: own fields that come, go, come back and change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.definition import Field
from app.plan.compare_choices import own_option_steps
from app.plan.given import decision_of_link
from app.plan.limits import typed_limit
from app.plan.pair import Pair, change_of, changed_attributes
from app.plan.question import Kept, LinksConvert, LinksFit, Restored
from app.plan.retype import changes_kind, find_link_retype
from app.plan.step import Block, Kind, Step

_CONVERTED = Block(
    "PLN513", "what links say can't be converted like this", "keep the type and add another field to `link_fields`"
)
_LIMITS = frozenset({"max_length", "min", "max"})


def link_steps(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    """The own fields of links: new ones are blank in those that are there, those that go are kept."""
    new = [key for key in now.link_fields if key not in was.link_fields]
    for key in new:
        path = ("entities", entity, "fields", now.key, "link_fields", key)
        yield pair.step(Kind.ADD_FIELD, f"{entity}.{now.key}.{key}", *path, detail=now.link_fields[key].type)
    for key, its in was.link_fields.items():
        if key not in now.link_fields:
            alike = [each for each in new if now.link_fields[each].type == its.type]
            hint = f"renamed to {alike[0]}? then say renamed_from there" if len(alike) == 1 else ""
            check = Kept(entity, f"{now.key}.{key}", pair.after.pack.tombstones)
            path = ("entities", entity, "fields", now.key, "link_fields", key)
            yield pair.step(Kind.REMOVE_FIELD, f"{entity}.{now.key}.{key}", *path, detail=hint, check=check)
    for key in now.link_fields:
        if f"{entity}.{now.key}.{key}" in pair.back:
            yield _restored(pair, entity, now, key)
        elif key in was.link_fields:
            yield from _changes(pair, (entity, was, now), key)


def _restored(pair: Pair, entity: str, now: Field, key: str) -> Step:
    name, options = f"{now.key}.{key}", now.link_fields[key].options
    choices = pair.after.picklists[options].options if isinstance(options, str) else options
    held = ((name, frozenset(choices)),) if choices else ()
    path = ("entities", entity, "fields", now.key, "link_fields", key)
    return pair.step(Kind.RESTORE_FIELD, f"{entity}.{name}", *path, check=Restored(entity, name, held))


def _changes(pair: Pair, both: tuple[str, Field, Field], own: str) -> Iterator[Step]:
    entity, field_was, field = both
    was, now, link = field_was.own_fields[own], field.own_fields[own], field.link_fields[own]
    path, target = ("entities", entity, "fields", field.key, "link_fields", own), f"{entity}.{field.key}.{own}"
    decided = decision_of_link(pair.after, entity, now, link)
    if changes_kind(was, now):
        name = "type" if was.type != now.type else "scale"
        detail = change_of(was.type, now.type) if name == "type" else f"scale: {change_of(was.decimals, now.decimals)}"
        found = find_link_retype(pair, entity, field_was, field, own)
        check = LinksConvert(entity, field.key, own, found.convert, decided, "decimals") if found else None
        block = None if found else _CONVERTED
        yield pair.step(Kind.CHANGE_TYPE, target, *path, name, detail=detail, check=check, blocks=block)
        return
    for name in changed_attributes(was, now, leave_out=("options", "key")):
        detail = "label" if name == "label" else f"{name}: {change_of(getattr(was, name), getattr(now, name))}"
        if name not in _LIMITS:
            yield pair.step(Kind.CHANGE_FIELD, target, *path, name, detail=detail)
            continue
        fit = _stricter(was, now, name)
        asked = replace(fit, entity=entity, field=field.key, own=own, decision=decided) if fit else None
        kind = Kind.TIGHTEN if asked else Kind.LOOSEN
        yield pair.step(kind, target, *path, name, detail=detail, check=asked)
    yield from own_option_steps(pair, (entity, field.key, own), was, now)


def _stricter(was: Field, now: Field, name: str) -> LinksFit | None:
    """What a limit leaves out that fitted before; None where it leaves out nothing more."""
    if name == "max_length":
        return LinksFit("", "", "", longest=now.length_limit) if now.length_limit < was.length_limit else None
    said = getattr(now, name)
    old, new = typed_limit(now, getattr(was, name)), typed_limit(now, said)
    if new is None or (old is not None and (new <= old if name == "min" else new >= old)):
        return None
    return LinksFit("", "", "", least=said) if name == "min" else LinksFit("", "", "", most=said)
