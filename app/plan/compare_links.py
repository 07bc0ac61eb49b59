"""What is said of each link: own fields that come, go, come back and change."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Field
from app.plan.compare_choices import own_option_steps
from app.plan.pair import Pair, change_of, changed_attributes
from app.plan.question import Kept, Restored
from app.plan.retype import changes_kind
from app.plan.step import Block, Kind, Step

_CONVERTED = Block(
    "PLN513", "what links say can't be converted", "keep the type and add another field to `link_fields`"
)


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
            yield from _changes(pair, (entity, now.key, key), was.own_fields[key], now.own_fields[key])


def _restored(pair: Pair, entity: str, now: Field, key: str) -> Step:
    name, options = f"{now.key}.{key}", now.link_fields[key].options
    choices = pair.after.picklists[options].options if isinstance(options, str) else options
    held = ((name, frozenset(choices)),) if choices else ()
    path = ("entities", entity, "fields", now.key, "link_fields", key)
    return pair.step(Kind.RESTORE_FIELD, f"{entity}.{name}", *path, check=Restored(entity, name, held))


def _changes(pair: Pair, place: tuple[str, str, str], was: Field, now: Field) -> Iterator[Step]:
    entity, key, own = place
    path = ("entities", entity, "fields", key, "link_fields", own)
    target = ".".join(place)
    if changes_kind(was, now):
        name = "type" if was.type != now.type else "scale"
        detail = change_of(was.type, now.type) if name == "type" else f"scale: {change_of(was.decimals, now.decimals)}"
        yield pair.step(Kind.CHANGE_TYPE, target, *path, name, detail=detail, blocks=_CONVERTED)
        return
    for name in changed_attributes(was, now, leave_out=("options",)):
        detail = "label" if name == "label" else f"{name}: {change_of(getattr(was, name), getattr(now, name))}"
        yield pair.step(Kind.CHANGE_FIELD, target, *path, name, detail=detail)
    yield from own_option_steps(pair, place, was, now)
