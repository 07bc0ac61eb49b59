"""What is hidden for the eye only: a sensitive field with a condition of visibility is read at every other door."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Catalog, Entity, Field
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject
from app.loading.node import Path


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every sensitive or personal field that is shown on a condition."""
    for entity, a_field in subject.fields():
        if a_field.sensitive is None and a_field.personal is None:
            continue
        place = _condition(entity, a_field)
        if place is not None and not _is_protected(subject.catalog, entity, a_field):
            message = f"'{a_field.key}' is sensitive, and `visible_when` hides it from the eye only: no grant limits who reads it"
            hint = "write `restricted: true`, or let a role hide or mask it"
            yield diagnostic("CFG440", message, subject.head(*place), path=place, hint=hint)


def _condition(entity: Entity, a_field: Field) -> Path | None:
    """Where the condition is written: at the field, or at the section that shows it."""
    home = ("entities", entity.key)
    if a_field.visible_when is not None:
        return (*home, "fields", a_field.key, "visible_when")
    for tab_key, tab in entity.layout.tabs.items():
        for key, section in tab.sections.items():
            if section.visible_when is not None and a_field.key in section.fields:
                return (*home, "layout", "tabs", tab_key, "sections", key, "visible_when")
    return None


def _is_protected(catalog: Catalog, entity: Entity, a_field: Field) -> bool:
    grants = [grant for role in catalog.roles.values() if (grant := role.grant(entity.key)) is not None]
    stated = [grant.fields[a_field.key] for grant in grants if a_field.key in grant.fields]
    return a_field.restricted or any(each.access == "hidden" or each.mask is not None for each in stated)
