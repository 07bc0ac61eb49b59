"""Texts for people: labels that are missing, altogether or in a language, and names in texts that mean nothing."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import (
    Approval,
    ApprovalStep,
    Automation,
    Card,
    ChecklistItem,
    Conversion,
    Dashboard,
    Dimension,
    Entity,
    Field,
    Form,
    FormField,
    Import,
    Measure,
    MenuGroup,
    Option,
    Report,
    Review,
    Role,
    Section,
    Segment,
    Sla,
    SlaTarget,
    Stage,
    Tab,
    TeamPlace,
    Template,
    View,
    words,
)
from app.definition.text import ANY_LANGUAGE
from app.diagnostics import Diagnostic, diagnostic, did_you_mean, nearest
from app.loading.checks.subject import Subject
from app.loading.node import Node, Path
from app.loading.shape import Record, Shape, TextShape, shape_at, shape_below
from app.loading.texts import TOKEN
from app.loading.wording import list_of, named

LABELLED = (
    Approval, ApprovalStep, ChecklistItem, Conversion, Dashboard, Entity, Field, Form, Import, Measure, MenuGroup, Option,
    Report, Review, Role, Section, Segment, Sla, Stage, Tab, TeamPlace, View,
)  # fmt: skip
LABEL_OR_NONE = (Automation, Card, Dimension, FormField, SlaTarget, Template)  # another label, or none that staff read
NAMED = frozenset((*LABELLED, *LABEL_OR_NONE))
LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}
KINDS_OF_NAMES = ("entity", "plural", "field")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every label and every text."""
    for key, entry in subject.tree.entries.items():
        waiting: list[tuple[Path, Node, Shape | None]] = [((key,), entry, shape_at((key,)))]
        while waiting:
            path, node, shape = waiting.pop()
            if isinstance(shape, TextShape):
                yield from _names_in_text(subject, node, path)
                continue
            if isinstance(shape, Record) and shape.of in NAMED:
                yield from _label(subject, node, path, shape.of)
            waiting += [
                ((*path, part), below, shape_below(shape, part))
                for part, below in node.entries.items()
                if isinstance(below.value, dict)
            ]


def _label(subject: Subject, node: Node, path: Path, of: type) -> Iterator[Diagnostic]:
    label = node.find("label")
    if label is None or not label.entries:
        has_another = (
            of in LABEL_OR_NONE
            or "variants" in path  # a patch of a layout that has its labels
            or (of is Field and node.find("to") is not None)
            or (of is Section and node.find("related") is not None)
        )
        if not has_another and not subject.is_unknown(*path) and not _is_patch(subject, path):
            message = f"{named(path)} has no label; people will read '{words(path[-1])}'"
            yield diagnostic("CFG401", message, node.head, path=path)
    elif ANY_LANGUAGE not in label.entries:
        missing = [each for each in subject.catalog.pack.languages if each not in label.entries]
        if missing:
            message = f"the label of {named(path)} is missing in {list_of(LANGUAGE_NAMES[each] for each in missing)}"
            yield diagnostic("CFG402", message, label.head, path=(*path, "label"))


def _is_patch(subject: Subject, path: Path) -> bool:
    """Whether a thing in a variant patches one of the layout, which has the label."""
    return path[2:4] == ("layout", "variants") and subject.has(*path[:3], *path[5:])


def _names_in_text(subject: Subject, text: Node, path: Path) -> Iterator[Diagnostic]:
    for language, node in text.entries.items():
        for found in TOKEN.finditer(node.text) if node.text and "{" in node.text else ():
            kind, name = found[1], found[2]
            where = (*path, language)
            if kind not in KINDS_OF_NAMES:
                hint = did_you_mean(nearest(kind, KINDS_OF_NAMES)) or f"there are {list_of(KINDS_OF_NAMES)}"
                yield diagnostic("CFG308", f"'{found[0]}' in a text means nothing", node.span, path=where, hint=hint)
                continue
            entities = subject.catalog.entities
            if kind == "field":
                key = _entity_of(subject, path)
                known = list(entities[key].every_field) if key in entities else []
                home: Path = ("entities", key, "fields")
            else:
                known, home = list(entities), ("entities",)
            if name not in known:
                message = f"unknown {'field' if kind == 'field' else 'entity'} '{name}' in a text"
                yield from subject.unknown("CFG308", message, node.span, (*home, name), known, where)


def _entity_of(subject: Subject, path: Path) -> str:
    """The entity whose fields a text means: the one that it belongs to, or that its thing states."""
    if path[0] == "entities":
        return path[1]
    stated = subject.tree.find(*path[:2], "entity") or subject.tree.find(*path[:2], "from")
    return (stated.text if stated is not None else None) or ""
