"""May this actor do this to records of this entity at all? The answer is a value, from the Catalog alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from app.access.actor import Actor, PersonalRight
from app.access.system_roles import system_role
from app.definition import VERBS, Catalog, Grant, PartLink, Role, Scope, Verb
from app.definition.keys import EVERY_ENTITY
from app.definition.memory import remembered
from app.definition.role import Limit, Right
from app.diagnostics import Span
from app.frozen import dataclass


@dataclass(frozen=True)
class Allowed:
    """The verb is granted by these roles, each for the rows of its scope."""

    scopes: tuple[tuple[str, Scope], ...]


@dataclass(frozen=True)
class Denied:
    """The verb is not granted. `reason` is for administrators; `origin` is the line that comes closest to deciding."""

    code: str
    reason: str
    origin: Span | None


Decision = Allowed | Denied
_EXCEPTION = "exception:"  # no key of a pack begins so


def is_exception(role: Role) -> bool:
    """Whether what is granted in the name of the role is an exception made for somebody, beside what the role says."""
    return role.key.startswith(_EXCEPTION)


VERBS_OF_WHOLE: Mapping[Verb, tuple[Verb, ...]] = MappingProxyType(
    {
        "create": ("create", "update"),  # with a new whole, or into one that is there
        "read": ("read",),
        "update": ("update",),
        "delete": ("update",),
        "restore": ("restore",),
        "export": ("export",),
    }
)
"""What one must be able to do with a whole to do this with its parts. Other verbs a part does not have."""


def verb_of(word: str) -> Verb:
    """A word as a verb. Raises ValueError."""
    if word not in VERBS:
        raise ValueError(f"{word} is no verb")
    return word


def roles_of(catalog: Catalog, actor: Actor) -> Iterator[Role]:
    """The roles of an actor in the order of the text. A name that the Catalog lacks grants nothing."""
    if actor.system:
        yield from (system_role(catalog, name) for name in sorted(actor.roles))
    else:
        yield from (role for key, role in catalog.roles.items() if key in actor.roles)


def grants_of(catalog: Catalog, actor: Actor, verb: Verb, entity: str) -> Sequence[tuple[Role, Grant]]:
    """The roles that grant the verb on some rows of the entity, with their grants. Empty for an unknown entity.

    Exceptions that were made for the actor come last: what is taken away is granted by no role, what is added in the name of one
    that `is_exception`.
    """
    if entity not in catalog.entities:
        return ()
    key = ("grants", actor.grant_key, verb, entity)
    return remembered(catalog, key, lambda: tuple(_grants_of(catalog, actor, verb, entity)))


def _grants_of(catalog: Catalog, actor: Actor, verb: Verb, entity: str) -> list[tuple[Role, Grant]]:
    link = catalog.part_link(entity)
    if link is not None:
        return _grants_of_part(catalog, actor, verb, link)
    stated = [(role, grant) for role in roles_of(catalog, actor) if (grant := role.grant(entity)) is not None]
    found = [(role, grant) for role, grant in stated if grant.scope(verb) != "none"]
    mine = [each for each in actor.personal if (each.entity, each.field, each.verb) == (entity, None, verb)]
    if takes_away(mine):
        return []
    return found + [granted for each in mine for granted in _personal_grants(each, stated)]


def takes_away(rights: Iterable[PersonalRight]) -> bool:
    """Whether one of the exceptions takes away what they are about: then none adds it."""
    return not all(each.adds for each in rights)


def _personal_grants(right: PersonalRight, stated: list[tuple[Role, Grant]]) -> Iterator[tuple[Role, Grant]]:
    """The verb that a person has besides, with what each of his roles says of the fields, of parts too: that is no other for it."""
    added: dict[str, Any] = {right.verb: True if right.verb == "create" else right.scope}
    for role, grant in stated or [(Role(key=""), Grant(key=right.entity))]:
        yield replace(role, key=_EXCEPTION + role.key), replace(grant, **added)


def _grants_of_part(catalog: Catalog, actor: Actor, verb: Verb, link: PartLink) -> list[tuple[Role, Grant]]:
    """The grants on the whole, with what the roles say of the fields of the part."""
    found: dict[tuple[str, Any], tuple[Role, Grant]] = {}
    for needed in VERBS_OF_WHOLE.get(verb, ()):
        for role, grant in grants_of(catalog, actor, needed, link.whole):
            own = role.grant(link.entity)
            fields = own.fields if own is not None else {}
            stated: dict[str, Any] = {verb: True if verb == "create" else grant.scope(needed)}
            found[role.key, stated[verb]] = (role, Grant(key=link.entity, fields=fields, **stated))
    return list(found.values())


def decide(catalog: Catalog, actor: Actor, verb: Verb, entity: str) -> Decision:
    """Whether the actor may use the verb on some records of the entity. Which ones is said by `row_condition`."""
    granting = grants_of(catalog, actor, verb, entity)
    if granting:
        return Allowed(tuple((role.key, grant.scope(verb)) for role, grant in granting))
    return Denied("access.denied", _why_not(catalog, actor, verb, entity), _closest_line(catalog, actor, verb, entity))


def is_allowed(catalog: Catalog, actor: Actor, verb: Verb, entity: str) -> bool:
    """Whether `decide` allows it."""
    return bool(grants_of(catalog, actor, verb, entity))


def has_right(catalog: Catalog, actor: Actor, right: Right) -> bool:
    """Whether a role of the actor has a right that concerns no entity."""
    return any(right in role.rights for role in roles_of(catalog, actor))


def limit(catalog: Catalog, actor: Actor, name: Limit) -> int | None:
    """The largest limit of that name among the actor's roles; None when no role states one."""
    return max((role.limits[name] for role in roles_of(catalog, actor) if name in role.limits), default=None)


def grant_origin(catalog: Catalog, role: Role, entity: str, verb: str) -> Span | None:
    """The line that says what a role may do with the verb: its own, else that of the grant, else that of the role."""
    key = entity if entity in role.grants else EVERY_ENTITY
    return catalog.origin("roles", role.key, "grants", key, verb)


def _why_not(catalog: Catalog, actor: Actor, verb: Verb, entity: str) -> str:
    if entity not in catalog.entities:
        return f"there is no entity {entity}"
    names = ", ".join(sorted(actor.roles))
    if PersonalRight(entity, None, verb, adds=False) in actor.personal:
        return f"an exception made for {actor.name} takes {verb} on {entity} away"
    if not names:
        return f"{actor.name} has no role"
    return f"no role of {actor.name} ({names}) grants {verb} on {entity}"


def _closest_line(catalog: Catalog, actor: Actor, verb: Verb, entity: str) -> Span | None:
    """A line that states the verb, else one of a grant on the entity, else the first role."""
    if entity not in catalog.entities:
        return None
    roles = list(roles_of(catalog, actor))
    for path in ((entity, verb), (EVERY_ENTITY, verb), (entity,), (EVERY_ENTITY,)):
        for role in roles:
            spans = catalog.origins.get(("roles", role.key, "grants", *path))
            if spans:
                return spans[-1]
    return next((catalog.origin("roles", role.key) for role in roles), None)
