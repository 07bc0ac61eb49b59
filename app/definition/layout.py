"""How a record is laid out, and how its list is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Expression
from app.definition.text import Text
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a form: fields, or the records of a related entity (`related` names an inverse)."""

    key: str = key_attribute("section")
    label: Text = attribute("Label", "What people read.", default=Text())
    per_row: int = attribute("Fields per row", default=2, minimum=1, maximum=4)
    fields: tuple[str, ...] = attribute("Fields", "In their order.", default=(), names="field")
    related: str | None = attribute("Related records", "The inverse of a lookup.", default=None, names="inverse")
    columns: tuple[str, ...] = attribute("Columns", "Of the related records.", default=(), names="related_field")
    hidden: bool = attribute("Hidden", "Left out.", default=False)
    visible_when: Expression | None = attribute("Visible when", "Shown only where this holds.", default=None)


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A tab of the record page."""

    key: str = key_attribute("tab")
    label: Text = attribute("Label", "What people read.", default=Text())
    sections: Mapping[str, Section] = attribute("Sections", "In their order.")


@dataclass(frozen=True, kw_only=True)
class Variant:
    """The layout for people with one of these roles. What is written patches the layout; in the Catalog it is whole."""

    is_patch: ClassVar[bool] = True
    key: str = key_attribute("variant")
    roles: tuple[str, ...] = attribute("Roles", "Whom it is for.", names="role")
    highlights: tuple[str, ...] = attribute("Highlights", "Key figures of the header.", default=(), names="field")
    tabs: Mapping[str, Tab] = attribute("Tabs", "In their order.", default={})


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a record is laid out. Of the variants the first counts whose roles fit."""

    highlights: tuple[str, ...] = attribute("Highlights", "Key figures of the header.", default=(), names="field")
    tabs: Mapping[str, Tab] = attribute("Tabs", "In their order.", default={})
    variants: Mapping[str, Variant] = attribute("Variants", "Layouts for some roles.", default={})

    def for_roles(self, roles: frozenset[str]) -> Layout | Variant:
        """The layout that people with these roles see."""
        return next((each for each in self.variants.values() if not roles.isdisjoint(each.roles)), self)


@dataclass(frozen=True, kw_only=True)
class ListView:
    """The list `default` of an entity. A sort that begins with `-` descends."""

    columns: tuple[str, ...] = attribute("Columns", "In their order.", default=(), names="field")
    sort: tuple[str, ...] = attribute(
        "Sort", "Fields to sort by; `-amount` descends.", default=(), example=["-amount"], names="sort"
    )
    filters: tuple[str, ...] = attribute("Quick filters", "Fields offered as filters.", default=(), names="field")
