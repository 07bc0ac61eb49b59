"""What an actor may do with each field of an entity: `hidden < mask < read < write`.

A computed field is hidden from whoever does not read in clear all that it is worked out from, unless it is declassified:
from an average one may reckon back, and from a masked phone number its first digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType

from app.access.actor import Actor
from app.access.decision import grants_of
from app.access.system_roles import EVERY_FIELD
from app.definition import ASSIGNABLE_FIELDS, Catalog, Entity, Field, FieldGrant, Grant, Verb
from app.definition.currencies import CURRENCY_FIELD
from app.definition.memory import remembered
from app.definition.privacy import MaskPattern
from app.expression.graph import Place
from app.expression.sources import classified_sources, is_declassified, sources_of
from app.frozen import dataclass
from app.orm.search import audiences


class FieldRight(IntEnum):
    """In the order of generosity."""

    HIDDEN = 0
    MASK = 1
    READ = 2
    WRITE = 3


ALWAYS_READ = frozenset({"id", "version"})  # a record can't be addressed or saved without them


@dataclass(frozen=True)
class FieldRights:
    """What an actor may do with the fields of `entity`, system fields included.

    `visible` holds the fields that appear at all, `clear` those that may be filtered, sorted and searched by, both in
    the order of `Entity.every_field`; `masks` the pattern of each masked field; `overridable` the computed fields whose
    value he may overrule; `revealable` the masked ones whose value he may ask for.
    """

    entity: str
    rights: Mapping[str, FieldRight]
    masks: Mapping[str, MaskPattern]
    visible: tuple[str, ...]
    clear: frozenset[str]
    creatable: frozenset[str]
    updatable: frozenset[str]
    overridable: frozenset[str] = frozenset()
    revealable: frozenset[str] = frozenset()

    def right(self, field: str) -> FieldRight:
        """The right on a field; an unknown field is hidden."""
        return self.rights.get(field, FieldRight.HIDDEN)

    def sees(self, field: str) -> bool:
        """Whether the field appears, if only as its mask."""
        return self.rights.get(field, FieldRight.HIDDEN) > FieldRight.HIDDEN

    def writable(self, *, creating: bool) -> frozenset[str]:
        """The fields that a value may be posted for. A masked one may be among them: the mask limits reading only."""
        return self.creatable if creating else self.updatable


def field_rights(catalog: Catalog, actor: Actor, entity: str, verb: Verb = "read") -> FieldRights:
    """The actor's rights on the fields of an entity, remembered per catalog and roles. Raises KeyError for no entity.

    Of several roles the most generous counts, among those that grant the verb. What is read through another verb
    (`export`) is never more than what `read` shows.
    """
    key = ("fields", actor.grant_key, entity, verb)
    return remembered(catalog, key, lambda: _field_rights(catalog, actor, catalog.get_entity(entity), verb))


def _field_rights(catalog: Catalog, actor: Actor, entity: Entity, verb: Verb) -> FieldRights:
    needed: set[Verb] = {"create", "update", "assign"}
    granting = {each: [grant for _, grant in grants_of(catalog, actor, each, entity.key)] for each in needed}
    granting["read"] = [grant for _, grant in grants_of(catalog, actor, "read", entity.key)]
    sight = {**_granted(catalog, actor, entity, verb)}
    for key in [key for key, field in entity.fields.items() if field.is_computed]:
        if not _reads_sources(catalog, actor, (entity.key, key), verb):
            sight[key] = FieldRight.HIDDEN, None
    seen = {key: right for key, (right, _) in sight.items()}
    masks = {
        key: pattern for key, (right, pattern) in sight.items() if right is FieldRight.MASK and pattern is not None
    }
    creatable = _writable(entity, granting["create"], granting["assign"], seen if granting["read"] else None)
    updatable = _writable(entity, granting["update"], granting["assign"], seen)
    overridable = _overridable(entity, granting["update"], seen)
    if actor.personal:
        lost, added = _excepted_writing(actor, entity, seen)
        creatable = (creatable | added if granting["create"] else creatable) - lost
        updatable = (updatable | added if granting["update"] else updatable) - lost
        overridable -= lost
    rights = {
        key: FieldRight.WRITE if right is FieldRight.READ and key in updatable else right for key, right in seen.items()
    }
    return FieldRights(
        entity=entity.key,
        rights=MappingProxyType(rights),
        masks=MappingProxyType(masks),
        visible=tuple(key for key, right in seen.items() if right > FieldRight.HIDDEN),
        clear=frozenset(key for key, right in seen.items() if right > FieldRight.MASK),
        creatable=creatable,
        updatable=updatable,
        overridable=overridable,
        revealable=frozenset(key for key in masks if _reveals(granting["read"], entity.every_field[key])),
    )


Sight = tuple[FieldRight, MaskPattern | None]


def _granted(catalog: Catalog, actor: Actor, entity: Entity, verb: Verb) -> Mapping[str, Sight]:
    """What the grants show of each field, whatever it is worked out from."""

    def work_out() -> Mapping[str, Sight]:
        reading = [grant for _, grant in grants_of(catalog, actor, "read", entity.key)]
        found = {key: _most_generous(reading, field) for key, field in entity.every_field.items()}
        if verb != "read":
            granting = [grant for _, grant in grants_of(catalog, actor, verb, entity.key)]
            for key, field in entity.every_field.items():
                found[key] = min(found[key], _most_generous(granting, field), key=lambda pair: pair[0])
        return found | _excepted_sight(actor, entity) if reading else found

    return remembered(catalog, ("granted", actor.grant_key, entity.key, verb), work_out)


def _excepted_sight(actor: Actor, entity: Entity) -> dict[str, Sight]:
    """The fields whose sight an exception decides: what is taken away is hidden, whatever else is added."""
    mine = _of_fields(actor, entity)
    shown: dict[str, Sight] = {key: (FieldRight.READ, None) for key, _, adds in mine if adds}
    hidden: dict[str, Sight] = {
        key: (FieldRight.HIDDEN, None) for key, verb, adds in mine if not adds and verb == "read"
    }
    return shown | hidden


def _excepted_writing(
    actor: Actor, entity: Entity, seen: Mapping[str, FieldRight]
) -> tuple[frozenset[str], frozenset[str]]:
    """The fields that he may not write by exception, and those that he may."""
    mine = _of_fields(actor, entity)
    given = {key for key, field in entity.fields.items() if _is_given(field) and seen[key] > FieldRight.MASK}
    lost = frozenset(key for key, _, adds in mine if not adds)
    return lost, frozenset(key for key, verb, adds in mine if adds and verb == "update") & given


def _of_fields(actor: Actor, entity: Entity) -> list[tuple[str, str, bool]]:
    """The exceptions on fields that the entity has: field, verb, whether it is added."""
    fields = entity.every_field.keys() - ALWAYS_READ
    mine = [each for each in actor.personal if each.entity == entity.key]
    return [(each.field, each.verb, each.adds) for each in mine if each.field is not None and each.field in fields]


def _reads_sources(catalog: Catalog, actor: Actor, place: Place, verb: Verb) -> bool:
    """Whether he reads in clear all that a computed field is worked out from, in whatever entity it stands."""
    if place not in sources_of(catalog):  # an expression that nobody can read
        return is_declassified(catalog, place)
    return all(
        _granted(catalog, actor, catalog.entities[entity], verb if entity == place[0] else "read")[key][0]
        > FieldRight.MASK
        for entity, key in classified_sources(catalog, place)
    )


def _overridable(entity: Entity, grants: Iterable[Grant], seen: Mapping[str, FieldRight]) -> frozenset[str]:
    """Computed fields that someone may overrule: he reads them, and may write them if they were not computed."""
    return frozenset(
        key
        for key, field in entity.fields.items()
        if field.override and seen[key] > FieldRight.MASK and any(_writes(grant, field) for grant in grants)
    )


def _most_generous(grants: Iterable[Grant], field: Field) -> tuple[FieldRight, MaskPattern | None]:
    return max(
        (_reading(grant, field) for grant in grants), key=lambda pair: pair[0], default=(FieldRight.HIDDEN, None)
    )


def _field_grant(grant: Grant, field: Field) -> FieldGrant | None:
    return grant.fields.get(field.key) or grant.fields.get(EVERY_FIELD)


def _reading(grant: Grant, field: Field) -> tuple[FieldRight, MaskPattern | None]:
    """What one grant shows of a field."""
    if field.key in ALWAYS_READ:
        return FieldRight.READ, None
    stated = _field_grant(grant, field)
    if stated is None or (stated.access is None and stated.mask is None):
        return _ungranted(field)
    if stated.access == "hidden":
        return FieldRight.HIDDEN, None
    if stated.mask is not None or stated.access == "mask":
        return FieldRight.MASK, stated.mask or "all"
    return FieldRight.READ, None


def _reveals(grants: Iterable[Grant], field: Field) -> bool:
    """Whether one grant of reading lets a masked value be asked for."""
    return any((stated := _field_grant(grant, field)) is not None and stated.reveal for grant in grants)


def _ungranted(field: Field) -> Sight:
    """What is shown of a field that no grant names."""
    if field.restricted:
        return FieldRight.HIDDEN, None
    pattern = field.sensitive.mask if field.sensitive else None
    return (FieldRight.READ if pattern is None else FieldRight.MASK), pattern


def _writable(
    entity: Entity, grants: list[Grant], assigning: list[Grant], seen: Mapping[str, FieldRight] | None
) -> frozenset[str]:
    """The fields that someone may write. `seen` is None for who may create but read nothing, such as a public form."""
    found = set()
    for key, field in entity.every_field.items():
        if seen is not None and seen[key] is FieldRight.HIDDEN:
            continue
        if entity.is_part and key in {entity.parent_field, entity.currency and CURRENCY_FIELD}:  # said by its whole
            continue
        if key in ASSIGNABLE_FIELDS:
            if any(_writes(grant, field) for grant in assigning):
                found.add(key)
        elif _is_given(field) and any(_writes(grant, field) for grant in grants):
            found.add(key)
    return frozenset(found)


def _is_given(field: Field) -> bool:
    """Whether people give the value: neither counted, nor computed, nor kept by the system."""
    return not field.system and field.type != "sequence" and not field.is_computed


def _writes(grant: Grant, field: Field) -> bool:
    """Whether one grant, which has the verb, lets the field be written."""
    stated = _field_grant(grant, field)
    if stated is None:
        return not field.restricted
    if stated.write is not None and not stated.write:
        return False
    if stated.access is None and stated.mask is None:
        return not field.restricted
    return stated.access in {None, "mask", "write"}


def readable_audiences(catalog: Catalog, actor: Actor, entity: str) -> tuple[str, ...]:
    """The groups of search words of an entity that the actor may search: those whose fields he all reads in clear."""

    def work_out() -> tuple[str, ...]:
        clear = field_rights(catalog, actor, entity).clear
        return tuple(name for name, fields in audiences(catalog, entity).items() if clear.issuperset(fields))

    return remembered(catalog, ("audiences", actor.grant_key, entity), work_out)
