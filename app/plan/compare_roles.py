"""Roles: who may do more, who may do less."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import VERBS, Grant, Role
from app.plan.gained import question_of_grant
from app.plan.pair import Pair, change_of, changed_attributes, counted, yaml_name
from app.plan.question import Holders
from app.plan.step import Kind, Step

_PRESENTATION = ("label", "help")
_NO_GRANT = Grant()


def role_steps(pair: Pair) -> Iterator[Step]:
    """Steps of all roles: new ones first, then gone ones, then changes."""
    before, after = pair.before.roles, pair.after.roles
    for key in after:
        if key not in before:
            yield pair.step(Kind.ADD_ROLE, key, "roles", key, detail=counted(len(after[key].grants), "grant"))
    for key in before:
        if key not in after:
            yield pair.step(Kind.REMOVE_ROLE, key, "roles", key, check=Holders(key, lost=True))
    for key, now in after.items():
        if key in before:
            yield from _changes(pair, before[key], now)


def _changes(pair: Pair, was: Role, now: Role) -> Iterator[Step]:
    for name in changed_attributes(was, now, leave_out=("key", "grants", *_PRESENTATION)):
        detail = f"{yaml_name(name)}: {change_of(getattr(was, name), getattr(now, name))}"
        yield pair.step(Kind.CHANGE_ROLE, now.key, "roles", now.key, name, detail=detail, check=Holders(now.key))
    for entity in dict.fromkeys((*was.grants, *now.grants)):
        if entity in pair.before.entities and entity not in pair.after.entities:
            continue  # its step says that it goes
        yield from _grant_steps(pair, now, entity, was.grants.get(entity), now.grants.get(entity))
    if any(name in _PRESENTATION for name in changed_attributes(was, now, leave_out=("grants",))):
        yield pair.step(Kind.LABELS, now.key, "roles", now.key)


def _grant_steps(pair: Pair, role: Role, entity: str, was: Grant | None, now: Grant | None) -> Iterator[Step]:
    """One line per verb or field. A grant of its own that says nothing still differs from none: `*` no longer holds."""
    path = ("roles", role.key, "grants", entity)
    if (was is None) != (now is None) and "*" in role.grants and entity != "*":
        own = "none of its own → its own" if was is None else "its own → that of *"
        yield pair.step(Kind.GRANT, role.key, *path, detail=f"{entity}: {own}", check=Holders(role.key))
    old, new = was or _NO_GRANT, now or _NO_GRANT
    for verb in VERBS:
        if old.scope(verb) != new.scope(verb):
            detail = f"{verb} {entity}: {old.scope(verb)} → {new.scope(verb)}"
            asked = question_of_grant(pair, role.key, verb, entity)
            yield pair.step(Kind.GRANT, role.key, *path, verb, detail=detail, check=asked)
    for field in dict.fromkeys((*old.fields, *new.fields)):
        a, b = (_field_words(grant, field) for grant in (old, new))
        if a != b:
            detail = f"field {entity}.{field}: {a} → {b}"
            yield pair.step(Kind.GRANT, role.key, *path, "fields", field, detail=detail, check=Holders(role.key))


def _field_words(grant: Grant, field: str) -> str:
    own = grant.fields.get(field)
    if own is None:
        return "as the entity"
    write = None if own.write is None else f"write {own.write}".lower()
    words = (own.access, own.mask and f"mask {own.mask}", write, "reveal" if own.reveal else None)
    return " ".join(word for word in words if word)
