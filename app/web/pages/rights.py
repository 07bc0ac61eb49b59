"""What somebody may do, prepared for pages: by verb and entity, and by field of one entity, with where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.access import Actor, FieldRight, Reason, field_rights, reasons
from app.access.decision import grants_of, is_exception
from app.definition import VERBS, Catalog, Entity, Role, Scope, Verb, Where
from app.diagnostics import Span
from app.manual.tables import FIELD_ACCESS, SCOPES, VERB_LABELS
from app.web.pages.base import Desk

_WIDEST = ("all", "subtree", "team", "own", "parent")
_TONES = {"all": "success", "subtree": "info", "team": "info", "own": "accent", "parent": "2"}
_FIELD_TONES = {
    FieldRight.HIDDEN: "danger",
    FieldRight.MASK: "warning",
    FieldRight.READ: "info",
    FieldRight.WRITE: "success",
}


class Mark(NamedTuple):
    """A cell: `text` with the tone of a badge, `title` where it was written; no text for nothing."""

    text: str
    tone: str = ""
    title: str = ""


class EntityRow(NamedTuple):
    """What somebody may do with the records of an entity, a mark for each verb or role that is asked about."""

    key: str
    label: str
    marks: tuple[Mark, ...]


class Grounds(NamedTuple):
    """Who grants a verb, for which records, where that is written; `among` says whether a record is one of them."""

    verb: str
    who: str
    scope: Mark
    origin: str
    among: str = ""


class FieldRow(NamedTuple):
    """The right on a field."""

    key: str
    label: str
    right: Mark


def standing(catalog: Catalog) -> list[Entity]:
    """The entities that grants are about: of parts their wholes decide."""
    return [each for each in catalog.entities.values() if not each.is_part]


def actor_of_role(catalog: Catalog, role: str) -> Actor:
    """Somebody with this role, and what it includes, alone."""
    return Actor(None, role, catalog.role_closure(frozenset({role})))


def marks_of(desk: Desk, actor: Actor, entity: str, verbs: Iterable[Verb] = VERBS) -> tuple[Mark, ...]:
    """How far the verbs reach on an entity."""
    catalog = desk.catalog
    return tuple(
        _mark(desk, [grant.scope(verb) for _, grant in grants_of(catalog, actor, verb, entity)], verb) for verb in verbs
    )


def grounds_of(desk: Desk, found: Sequence[Reason], verb: Verb) -> list[Grounds]:
    """The reasons for a verb, as the page tells them."""
    return [
        Grounds(
            verb_label(desk, verb),
            desk.t("roles.by_exception") if is_exception(each.role) else role_label(desk, each.role),
            _mark(desk, [each.scope], verb),
            written(each.origin),
            "" if each.holds is None else desk.t("roles.among" if each.holds else "roles.not_among"),
        )
        for each in found
    ]


def all_grounds(desk: Desk, actor: Actor, entity: str) -> list[Grounds]:
    """The reasons for every verb on an entity."""
    return [
        ground for verb in VERBS for ground in grounds_of(desk, reasons(desk.store, actor, verb, entity) or (), verb)
    ]


def fields_of(desk: Desk, actor: Actor, entity: Entity) -> list[FieldRow]:
    """The right on each field of an entity."""
    rights = field_rights(desk.catalog, actor, entity.key)
    rows = []
    for key, field in entity.every_field.items():
        right = rights.right(key)
        text = FIELD_ACCESS[right.name.lower()].in_language(desk.language)
        label = field.label.in_language(desk.language) or key
        rows.append(FieldRow(key, label, Mark(text, _FIELD_TONES[right], rights.masks.get(key, ""))))
    return rows


def verb_label(desk: Desk, verb: str) -> str:
    """What a verb is called."""
    return VERB_LABELS[verb].in_language(desk.language)


def role_label(desk: Desk, role: Role) -> str:
    """What a role is called."""
    return role.label.in_language(desk.language) or role.key


def scope_label(desk: Desk, scope: str) -> str:
    """What a word of a scope means."""
    return SCOPES[scope].in_language(desk.language)


def written(origin: Span | None) -> str:
    """`file:line`, where it is known."""
    return "" if origin is None else f"{origin.file}:{origin.line}"


def _mark(desk: Desk, scopes: Sequence[Scope], verb: Verb) -> Mark:
    """The widest word among the scopes, and that a rule adds to it."""
    if not scopes:
        return Mark("")
    if verb == "create":
        return Mark(desk.t("roles.yes"), "success")
    rules = [each.where for each in scopes if isinstance(each, Where)]
    word = next((each for each in _WIDEST if each in scopes), "")
    texts = [scope_label(desk, word)] if word else []
    if rules and word != "all":
        texts.append(desk.t("roles.rule"))
    return Mark(" + ".join(texts), _TONES.get(word, "3"), " · ".join(rules) if word != "all" else "")
