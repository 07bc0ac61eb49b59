"""Roles: what they include, scopes that the entity supports, grants of fields that say one thing."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Catalog, Entity, Field, FieldGrant, Grant, Role
from app.definition.role import VERBS
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject

FILLED_BY_THE_SYSTEM = ("boolean", "sequence", "stage")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every role."""
    in_circles: set[str] = set()
    for role in subject.catalog.roles.values():
        path = ("roles", role.key)
        if role.key not in in_circles and role.key in _included(subject.catalog, role):
            circle = _circle(subject.catalog, role.key)
            in_circles.update(circle)
            message = f"the role '{role.key}' includes itself"
            span = subject.head(*path, "includes")
            yield diagnostic("CFG409", message, span, path=(*path, "includes"), hint=" → ".join(circle))
        for key, grant in role.grants.items():
            entity = subject.catalog.entities.get(key)
            if entity is not None:
                yield from _grant(subject, entity, (*path, "grants", key))
                for name, each in grant.fields.items():
                    yield from _field(subject, entity, name, each, (*path, "grants", key, "fields", name))
    yield from _writable_by_nobody(subject)


def _writable_by_nobody(subject: Subject) -> Iterator[Diagnostic]:
    roles = subject.catalog.roles.values()
    for entity, a_field in subject.fields():
        is_filled = a_field.default is not None or a_field.default_formula is not None or a_field.is_computed
        is_needed = a_field.required and not is_filled and a_field.type not in FILLED_BY_THE_SYSTEM
        if not is_needed or any(path[0:1] == ("roles",) for path in subject.cut):
            continue
        grants = [grant for role in roles if (grant := role.grant(entity.key)) is not None]
        if not a_field.restricted:
            grants = [] if entity.is_part else [grant for grant in grants if grant.create]
        if any(may_write(grant, a_field) for grant in grants) or not (grants or (roles and a_field.restricted)):
            continue
        path = ("entities", entity.key, "fields", a_field.key)
        said = "required and restricted" if a_field.restricted else "required"
        who = "role" if a_field.restricted else "role that may create a record"
        message = f"'{a_field.key}' is {said}, and no {who} may write it"
        hint = f"grant it in a role: {{{entity.key}: {{fields: {{{a_field.key}: write}}}}}}"
        yield diagnostic("CFG420", message, subject.head(*path), path=path, hint=hint)


def may_write(grant: Grant, a_field: Field) -> bool:
    """Whether a grant that lets records be written lets this field be."""
    stated = grant.fields.get(a_field.key)
    if stated is None or (stated.access is None and stated.mask is None):
        return not a_field.restricted and (stated is None or stated.write is not False)
    return stated.write is not False and stated.access in (None, "mask", "write")


def _included(catalog: Catalog, role: Role) -> frozenset[str]:
    return catalog.role_closure(frozenset(role.includes))


def _circle(catalog: Catalog, start: str) -> list[str]:
    """A way from a role back to itself."""
    way = [start]
    while True:
        role = catalog.roles[way[-1]]
        following = next(
            each
            for each in role.includes
            if each == start or (each in catalog.roles and start in _included(catalog, catalog.roles[each]))
        )
        way.append(following)
        if following == start or following in way[:-1]:
            return way


def _grant(subject: Subject, entity: Entity, path: tuple[str, ...]) -> Iterator[Diagnostic]:
    if entity.parent is not None or subject.is_unknown("entities", entity.key, "parent"):
        return
    for verb in VERBS:
        node = subject.tree.find(*path, verb)
        if node is not None and node.value == "parent":
            message = f"the scope parent: '{entity.key}' states no parent"
            hint = "write `parent:` with the key of a lookup in the entity, or choose another scope"
            yield diagnostic("CFG412", message, node.span, path=(*path, verb), hint=hint)


def _field(
    subject: Subject, entity: Entity, name: str, grant: FieldGrant, path: tuple[str, ...]
) -> Iterator[Diagnostic]:
    a_field = entity.fields.get(name)
    is_masked = grant.mask is not None or grant.access == "mask"
    if grant.mask is not None and grant.access not in (None, "mask"):
        message = f"the grant of '{name}' says access and mask"
    elif grant.write is not None and not is_masked:
        message = f"`write` of '{name}' goes with a mask"
    elif grant.reveal and (
        grant.access in {"hidden", "read", "write"} or not (is_masked or _is_masked_anyway(a_field))
    ):
        message = f"`reveal` of '{name}' goes with a mask"
    elif is_masked and a_field is not None and (a_field.holds != "text" or a_field.type == "rich_text"):
        message = f"'{name}' is of type {a_field.type}; only texts can be masked"
    else:
        return
    yield diagnostic("CFG415", message, subject.head(*path), path=path)


def _is_masked_anyway(a_field: Field | None) -> bool:
    """Whether a field is masked where no grant says more."""
    return a_field is not None and a_field.sensitive is not None and a_field.sensitive.mask is not None
