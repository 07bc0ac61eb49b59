"""Data of people: kinds that nobody knows, marks where nothing can be erased, and how long all of it is kept."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity, Field, Template
from app.definition.entity import consents_to_marketing
from app.definition.privacy import CATEGORIES, MARKETING, Retention
from app.diagnostics import Diagnostic, diagnostic, did_you_mean, nearest
from app.loading.checks.subject import Subject

_GIVEN = frozenset({"sequence", "stage"})  # what the program writes: nobody's word


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every field that is marked as personal, and every retention."""
    endless: dict[str, str] = {}
    for entity, a_field in subject.fields():
        if a_field.consent is not None:
            yield from _consent(subject, entity, a_field)
        if a_field.personal is None:
            continue
        yield from _mark(subject, entity, a_field)
        if a_field.personal.purpose is not None and a_field.personal.retention is None and not _ends(entity):
            endless.setdefault(entity.key, a_field.key)
    for home, key in endless.items():
        path = ("entities", home, "fields", key, "personal")
        message = f"'{key}' of {home} is kept for a purpose, and without an end"
        hint = "write `retention:` at the entity or at the field, or `kept_by_law:` with the reason"
        yield diagnostic("CFG456", message, subject.head(*path), path=path, hint=hint)
    for template in subject.catalog.templates.values():
        yield from _unasked(subject, template)
    for each in subject.entities():
        if each.retention is not None and subject.has("entities", each.key, "retention"):
            yield from _retention(subject, each, each.retention)
            yield from _lawful(subject, each, each.retention)


def _ends(entity: Entity) -> bool:
    return entity.retention is not None or bool(entity.kept_by_law)


def _mark(subject: Subject, entity: Entity, a_field: Field) -> Iterator[Diagnostic]:
    assert a_field.personal is not None
    path = ("entities", entity.key, "fields", a_field.key, "personal")
    category = a_field.personal.category
    if category not in CATEGORIES:
        hint = did_you_mean(nearest(category, CATEGORIES)) or f"there are {', '.join(CATEGORIES)}"
        place = subject.place(*path, "category")
        message = f"no kind of personal data is called '{category}': the register lists it as other"
        yield diagnostic("CFG455", message, place, path=(*path, "category"), hint=hint)
    if a_field.is_computed or a_field.type in _GIVEN:
        message = f"'{a_field.key}' is no value that somebody entered: it can't be erased by itself"
        hint = "mark the fields that it follows from: what is computed of them goes with them"
        yield diagnostic("CFG458", message, subject.head(*path), path=path, hint=hint)


def _consent(subject: Subject, entity: Entity, a_field: Field) -> Iterator[Diagnostic]:
    """What makes of a consent one that nobody gave."""
    path = ("entities", entity.key, "fields", a_field.key)
    given = {
        "default": a_field.default is True or a_field.default_formula is not None,
        "backfill": a_field.backfill is not None,
        "formula": a_field.is_computed,
    }
    for name in (each for each, wrong in given.items() if wrong):
        message = f"'{a_field.key}' is a consent, and `{name}` gives it to records of people who were not asked"
        hint = f"take `{name}` away: who agrees is written into each record"
        yield diagnostic("CFG460", message, subject.place(*path, name), path=(*path, name), hint=hint)
    if entity.is_part:
        message = (
            f"'{a_field.key}' is a consent, and {entity.key} is part of another entity: nobody's consent is kept there"
        )
        hint = "write it at the whole"
        yield diagnostic("CFG460", message, subject.head(*path, "consent"), path=(*path, "consent"), hint=hint)


def _unasked(subject: Subject, template: Template) -> Iterator[Diagnostic]:
    """A marketing mail to people who can agree to something, just not to that."""
    known = subject.catalog.entities.get(template.entity or "")
    asks = template.consent is not None or not template.marketing or known is None
    if known is None or asks or not known.consents or consents_to_marketing(known):
        return
    path = ("templates", template.key, "marketing")
    message = (
        f"no consent of {known.key} has the purpose '{MARKETING}': this mail goes to people who did not agree to it"
    )
    hint = f"write `consent:` with a field here, or `purpose: {MARKETING}` at one of {known.key}"
    yield diagnostic("CFG462", message, subject.place(*path), path=path, hint=hint)


def _retention(subject: Subject, entity: Entity, retention: Retention) -> Iterator[Diagnostic]:
    path = ("entities", entity.key, "retention")
    since = entity.every_field.get(retention.since)
    if since is not None and since.holds not in {"date", "datetime"}:
        place = subject.place(*path, "since")
        message = f"`since` counts from '{retention.since}', which holds no date"
        yield diagnostic("CFG457", message, place, path=(*path, "since"), hint="name a field of type date or datetime")
    if entity.is_part:
        message = f"records of {entity.key} are parts: they go with what they are part of"
        yield diagnostic("CFG457", message, subject.head(*path), path=path, hint="write it at the whole")
    if retention.action == "archive" and not subject.catalog.keeps_deleted(entity.key):
        message = f"`archive` puts records into the bin, and {entity.key} has none"
        hint = "write `erase`, or let it have one: `soft_delete: true`"
        yield diagnostic("CFG457", message, subject.place(*path, "action"), path=(*path, "action"), hint=hint)


def _lawful(subject: Subject, entity: Entity, retention: Retention) -> Iterator[Diagnostic]:
    """What would go along though the law asks to keep it: the records that it hangs on stay."""
    if retention.action == "anonymise" or entity.kept_by_law:
        return
    catalog, path = subject.catalog, ("entities", entity.key, "retention")
    found, waiting = {entity.key}, [entity.key]
    while waiting:
        for each in catalog.references_to(waiting.pop()):
            link = catalog.part_link(each.entity)
            goes_along = link is not None and link.field == each.field
            cascades = goes_along or catalog.get_field(each.entity, each.field).on_delete == "cascade"
            if each.entity in found or not cascades:
                continue
            found.add(each.entity)
            if not catalog.law_of(each.entity):
                waiting.append(each.entity)
            else:
                message = f"{each.entity} goes along with {entity.key}, and the law asks to keep it: such records stay"
                hint = f"write `on_delete: restrict` at '{each.field}' of {each.entity}, or `action: anonymise` here"
                yield diagnostic("CFG459", message, subject.head(*path), path=path, hint=hint)
