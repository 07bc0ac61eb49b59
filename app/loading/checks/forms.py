"""Layouts: what must be entered can be entered, and each section shows one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.definition import Entity, Field, Tab
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject

FILLED_BY_THE_SYSTEM = ("boolean", "sequence", "stage")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """The layout of each entity."""
    for entity in subject.entities():
        shown: dict[str, str] = {}
        for tab_key, tab in entity.layout.tabs.items():
            for key, section in tab.sections.items():
                path = ("entities", entity.key, "layout", "tabs", tab_key, "sections", key)
                if bool(section.fields) == bool(section.related) and not subject.is_unknown(*path, "fields"):
                    said = "both fields and related" if section.fields else "neither fields nor related"
                    yield diagnostic("CFG411", f"section '{key}' has {said}", subject.head(*path), path=path)
                for number, node in subject.items(*path, "fields").items():
                    name = str(node.value)
                    if name in shown:
                        message = f"'{name}' stands in section '{shown[name]}' already"
                        yield diagnostic("CFG418", message, node.span, path=(*path, "fields", number))
                    shown.setdefault(name, key)
        yield from _required_but_not_shown(subject, entity)


def _required_but_not_shown(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    """Of the layout, and of each variant that someone sees who makes records."""
    if any(each[:3] == ("entities", entity.key, "layout") for each in subject.cut):
        return
    needed = [key for key, each in entity.fields.items() if _must_be_entered(each)]
    path = ("entities", entity.key, "fields")
    missing = _not_in(entity.layout.tabs, needed)
    for key in missing:
        if subject.has(*path, key):
            message = f"'{key}' is required but stands in no section of the layout"
            yield diagnostic(
                "CFG404", message, subject.head(*path, key), path=(*path, key), hint="put it into a section"
            )
    for name, variant in entity.layout.variants.items():
        roles = (subject.catalog.roles[role] for role in variant.roles if role in subject.catalog.roles)
        if not any(grant.create for role in roles if (grant := role.grant(entity.key)) is not None):
            continue
        for key in _not_in(variant.tabs, needed):
            where = ("entities", entity.key, "layout", "variants", name)
            if key not in missing:
                message = f"'{key}' is required but stands in no section of the variant '{name}'"
                yield diagnostic("CFG404", message, subject.head(*where), path=where, hint="don't hide its section")


def _must_be_entered(a_field: Field) -> bool:
    is_filled = a_field.default is not None or a_field.default_formula is not None or a_field.is_computed
    return a_field.required and not is_filled and a_field.type not in FILLED_BY_THE_SYSTEM


def _not_in(tabs: Mapping[str, Tab], names: list[str]) -> list[str]:
    """The names that stand in no section that is shown; without tabs the form shows every field."""
    sections = [each for tab in tabs.values() for each in tab.sections.values() if not each.hidden]
    shown = {name for each in sections for name in each.fields}
    return [name for name in names if name not in shown] if tabs else []
