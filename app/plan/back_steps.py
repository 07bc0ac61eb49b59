"""The steps of a rollback that give back what was overwritten since: in how many rows, and in how many nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection

from app.definition import Field
from app.frozen import dataclass
from app.orm.models import Models
from app.plan.approvals_turned import turned_back
from app.plan.check import Finding, find
from app.plan.existing import SAMPLES
from app.plan.giving_back import batches_before, field_of
from app.plan.misfits import listed
from app.plan.overwritten import kept_of, kept_places
from app.plan.pair import counted
from app.plan.past import found_in
from app.plan.question import (
    Blank,
    Chosen,
    Converts,
    GivesBack,
    LinksConvert,
    LinksFit,
    OutOfRange,
    Repeated,
    WrongLength,
)
from app.plan.renames import Renaming
from app.plan.revision import AppliedRevision
from app.plan.step import Kind, Step
from app.plan.tombstone import Tombstone, earlier_forms, place_of, place_of_own

Find = Callable[[int], AppliedRevision | None]
_LIMITS = ("type", "min", "max", "min_length", "length_limit", "decimals", "required", "many", "to")
"""What of a field decides whether a value may be held."""


@find.register
def _gives_back(check: GivesBack, connection: Connection, models: Models) -> Finding:
    count = edited = 0
    unfit: list[int] = []
    for batch in batches_before(connection, models, check):
        count, edited = count + len(batch.cells), edited + batch.edited
        unfit += batch.unfit
    what, said = "link" if len(check.holder) > 2 else "row", list[str]()
    if count:
        said.append(
            f"{counted(count, what)} get{'s' if count == 1 else ''} back what {'it' if count == 1 else 'they'} held"
        )
    field = models.catalog.get_field(*check.holder[:2])
    asking = len({each.id for each in turned_back(connection, check)}) if field.type == "stage" else 0
    if asking:
        said.append(
            f"{counted(asking, 'open approval')} ask{'s' if asking == 1 else ''} for what {'it' if asking == 1 else 'they'} did"
        )
    if check.converts and check.places[1:]:
        earlier = sum(len(each) for each in kept_of(connection, check.places[1:], check.after))
        said += [f"of what was there before its type changed, up to {counted(earlier, what)} too"] if earlier else []
    if edited:
        said.append(
            f"{counted(edited, what)} {'was' if edited == 1 else 'were'} changed since and keep{'s' if edited == 1 else ''} that"
        )
    if unfit:
        told = (
            "does not fit any more and stays as it is"
            if len(unfit) == 1
            else "do not fit any more and stay as they are"
        )
        said.append(f"{len(unfit):,} {told}: ids {listed(unfit[:SAMPLES])}")
    return Finding("; ".join(said), risk="slow" if count or asking else "safe")


@dataclass(frozen=True)
class WayOfBack:
    """From where to where is gone back: `before` are the tables as they are with what comes back, in the words of `after`."""

    before: Models
    after: Models
    number: int
    tombstones: Sequence[Tombstone]
    renaming: Renaming | None
    find: Find


def back_steps(connection: Connection, way: WayOfBack) -> Iterator[Step]:
    """A step for each field in which something was overwritten since."""
    kept = kept_places(connection, way.number)
    for holder in _holders(way.before, way.after) if kept else ():
        place, then = _place(way.before, holder), _place(way.after, holder)
        places = (place, *(each.place for each in earlier_forms(place, way.tombstones)))
        if not any(each in kept for each in places):
            continue
        a_field = field_of(way.after.catalog, holder)
        check = GivesBack(
            holder,
            way.number,
            places,
            way.renaming.renames.values.get(".".join(holder), {}) if way.renaming else {},
            _options(way.after, holder, a_field),
            frozenset(each for at in places for each in kept.get(at, ()) if _is_same_then(way, at, each, a_field)),
            way.after.catalog,
            converts=place != then,
        )
        since = sorted({each for at in places for each in kept.get(at, ())})
        path = ("entities", holder[0], "fields", holder[1])
        yield Step(
            kind=Kind.GIVE_BACK,
            target=".".join(holder),
            detail=f"overwritten in revision {', '.join(map(str, since))}",
            path=path,
            origin=way.after.catalog.origin(*path),
            check=check,
        )


def _holders(before: Models, after: Models) -> Iterator[tuple[str, ...]]:
    for entity, now in after.catalog.entities.items():
        was = before.catalog.entities[entity].fields if entity in before.catalog.entities else {}
        for key, a_field in now.fields.items():
            if key in was:
                yield entity, key
                yield from ((entity, key, own) for own in a_field.link_fields if own in was[key].link_fields)


def _place(models: Models, holder: Sequence[str]) -> str:
    entity, key, *own = holder
    if own:
        return place_of_own(models.names, entity, key, own[0])
    return place_of(models.catalog, models.names, entity, key)


def _options(models: Models, holder: Sequence[str], a_field: Field) -> frozenset[str] | None:
    if a_field.type not in {"picklist", "stage"}:
        return None
    if len(holder) == 2:
        return frozenset(models.catalog.choices(holder[0], holder[1]))
    options = a_field.options
    return frozenset(models.catalog.picklists[options].options if isinstance(options, str) else options or {})


def _is_same_then(way: WayOfBack, place: str, since: int, now: Field) -> bool:
    """Whether before that revision the field let the same values be held as it will."""
    if since == way.number + 1:
        return True
    revision = way.find(since - 1)
    found = found_in(revision, place) if revision is not None else None
    if found is None:
        return False
    then = found.field.own_fields[found.own] if found.own else found.field
    return all(getattr(then, each) == getattr(now, each) for each in _LIMITS)


def with_back(steps: Collection[Step]) -> list[Step]:
    """The steps, whose questions leave out the rows that get something back before."""
    backs = {each.check.holder: each.check for each in steps if isinstance(each.check, GivesBack)}
    return [_with_back(each, backs) for each in steps] if backs else list(steps)


def _with_back(step: Step, backs: Mapping[tuple[str, ...], GivesBack]) -> Step:
    check = step.check
    if isinstance(check, Converts | Blank | WrongLength | OutOfRange) and (check.entity, check.field) in backs:
        return replace(step, check=replace(check, back=backs[check.entity, check.field]))
    if isinstance(check, LinksConvert | LinksFit) and (check.entity, check.field, check.own) in backs:
        return replace(step, check=replace(check, back=backs[check.entity, check.field, check.own]))
    if isinstance(check, Repeated):
        places = [(check.entity, key) for key in check.fields]
        return replace(step, check=replace(check, back=tuple(backs[each] for each in places if each in backs)))
    if isinstance(check, Chosen) and any(each in backs for each in check.fields):
        return replace(step, check=replace(check, back=tuple(backs[each] for each in check.fields if each in backs)))
    return step
