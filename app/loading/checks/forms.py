"""Layouts: what must be entered can be entered, and each section shows one thing."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity
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
        yield from _required_but_not_shown(subject, entity, shown)


def _required_but_not_shown(subject: Subject, entity: Entity, shown: dict[str, str]) -> Iterator[Diagnostic]:
    if not entity.layout.tabs:
        return  # the form then shows every field
    for key, a_field in entity.fields.items():
        path = ("entities", entity.key, "fields", key)
        can_be_left_out = not a_field.required or a_field.default is not None or a_field.type in FILLED_BY_THE_SYSTEM
        if can_be_left_out or key in shown or not subject.has(*path):
            continue
        if not any(each[:3] == ("entities", entity.key, "layout") for each in subject.cut):
            message = f"'{key}' is required but stands in no section of the layout"
            yield diagnostic("CFG404", message, subject.head(*path), path=path, hint="put it into a section")
