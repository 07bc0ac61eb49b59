"""The Catalog: the whole validated configuration. Everything after loading reads it and never the YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from app.definition.approval import Approval
from app.definition.automation import Automation
from app.definition.backup import Backups
from app.definition.conversion import Conversion
from app.definition.currencies import RATES_ENTITY
from app.definition.dashboard import Dashboard
from app.definition.entity import Entity
from app.definition.field import Field
from app.definition.form import Form
from app.definition.imports import Import
from app.definition.menu import Menu
from app.definition.pack import Pack
from app.definition.pack_test import PackTest
from app.definition.picklist import Option, Picklist
from app.definition.pipeline import Stage, in_one_order
from app.definition.report import Report
from app.definition.review import Review
from app.definition.role import Role
from app.definition.sla import Sla
from app.definition.template import Template
from app.definition.text import Text
from app.definition.view import Segment, View
from app.diagnostics import Span
from app.frozen import dataclass

Path = tuple[str, ...]
NO_BACKUPS = Backups()


@dataclass(frozen=True)
class Inverse:
    """The other side of a lookup: on the target, `name` lists the records of `entity` whose `field` points here."""

    name: str
    entity: str
    field: str


@dataclass(frozen=True)
class PartLink:
    """Records of `entity` are part of records of `whole`, which shows them under `name`; `field` is the lookup between."""

    whole: str
    name: str
    entity: str
    field: str


@dataclass(frozen=True)
class Catalog:
    """The resolved configuration. `hash` names its content; `origins` says for a path where its value was written,
    the effective place last, the ones that it overrode before it.
    """

    pack: Pack
    entities: Mapping[str, Entity]
    picklists: Mapping[str, Picklist]
    roles: Mapping[str, Role]
    menu: Menu = Menu()
    backups: Backups = NO_BACKUPS
    automations: Mapping[str, Automation] = field(default_factory=dict)
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    slas: Mapping[str, Sla] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    reports: Mapping[str, Report] = field(default_factory=dict)
    dashboards: Mapping[str, Dashboard] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    imports: Mapping[str, Import] = field(default_factory=dict)
    conversions: Mapping[str, Conversion] = field(default_factory=dict)
    tests: Mapping[str, PackTest] = field(default_factory=dict)
    hash: str = ""
    origins: Mapping[Path, tuple[Span, ...]] = field(default_factory=dict, compare=False, repr=False)

    def get_entity(self, key: str) -> Entity:
        """The entity of that key. Raises KeyError."""
        return self.entities[key]

    def get_field(self, entity: str, key: str) -> Field:
        """A declared or system field. Raises KeyError."""
        return self.entities[entity].every_field[key]

    def choices(self, entity: str, key: str) -> Mapping[str, Option | Stage]:
        """The options of a picklist or the stages of a stage field, by key, in their order; empty for other types.

        The field of a link is named `contacts.influence`.
        """
        return self._choices.get((entity, key), MappingProxyType({}))

    def knows_choices(self, entity: str, key: str) -> bool:
        """Whether there is a list of them. A field may name a picklist that does not exist, of which nothing else can be said."""
        return (entity, key) in self._choices

    def needed_above(self, entity: str, key: str) -> Mapping[str, str | None]:
        """Of a picklist that is a level of a tree, the options that may not always be chosen: with the value that the
        field that it `depends_on` must have, or None for those that belong to another level. Others always may.
        """
        return self._needed_above.get((entity, key), MappingProxyType({}))

    def inverses(self, entity: str) -> Mapping[str, Inverse]:
        """The other sides of all declared lookups that point to `entity`, by name."""
        return self._inverses.get(entity, MappingProxyType({}))

    def related(self, entity: str, name: str) -> str | None:
        """Whose records are related by an inverse, or by a lookup of one or many that leads to one entity. None for neither."""
        if name in self.inverses(entity):
            return self.inverses(entity)[name].entity
        found = self.entities.get(entity)
        targets = found.every_field[name].targets if found is not None and name in found.every_field else ()
        return targets[0] if len(targets) == 1 else None

    def references_to(self, entity: str) -> tuple[Inverse, ...]:
        """All declared lookup and user fields that point to `entity`, whatever their name."""
        return tuple(inverse for target, inverse in self._references() if target == entity)

    def parts_of(self, entity: str) -> Mapping[str, PartLink]:
        """The entities whose records are part of this one's, by the name under which it shows them."""
        return {link.name: link for link in self._parts.values() if link.whole == entity} if self._parts else {}

    def part_link(self, entity: str) -> PartLink | None:
        """What the records of an entity are part of; None for those that stand for themselves."""
        return self._parts.get(entity)

    def law_of(self, entity: str) -> Text:
        """Why the law asks to keep records of an entity, or the whole that they are part of; blank where it does not."""
        link = self._parts.get(entity)
        own = self.entities[entity].kept_by_law
        return own or (self.entities[link.whole].kept_by_law if link else own)

    def keeps_deleted(self, entity: str) -> bool:
        """Whether deleted records go to the bin; parts go where their whole goes."""
        link = self._parts.get(entity)
        return self.entities[link.whole if link else entity].soft_delete

    def origin(self, *path: str) -> Span | None:
        """Where the effective value of a path was written: its own place, else that of the nearest path above."""
        for end in range(len(path), 0, -1):
            spans = self.origins.get(path[:end])
            if spans:
                return spans[-1]
        return None

    def role_closure(self, roles: frozenset[str]) -> frozenset[str]:
        """The roles with all that they include. Unknown names are dropped."""
        found: set[str] = set()
        waiting = [name for name in roles if name in self.roles]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(each for each in self.roles[name].includes if each in self.roles)
        return frozenset(found)

    @cached_property
    def _choices(self) -> Mapping[tuple[str, str], Mapping[str, Option | Stage]]:
        found: dict[tuple[str, str], Mapping[str, Option | Stage]] = {}
        for entity in self.entities.values():
            for a_field in entity.fields.values():
                if a_field.type == "stage":
                    lines = entity.pipelines_of(a_field.key)
                    names = in_one_order(tuple(line.stages) for line in lines)
                    found[entity.key, a_field.key] = {
                        key: next(line.stages[key] for line in lines if key in line.stages) for key in names
                    }
                for each in (a_field, *a_field.own_fields.values()):
                    options = self._options(each) if each.type == "picklist" else None
                    if options is not None:
                        found[entity.key, each.key] = options
        return found

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What others have made of it and ask for again, for as long as there is the catalog."""
        return {}

    @cached_property
    def rates_entity(self) -> str | None:
        """The entity that holds exchange rates; None where the company has one currency."""
        said = self.pack.currency
        key = said.rates or (RATES_ENTITY if said.others else None)
        return key if key in self.entities else None

    @cached_property
    def _needed_above(self) -> Mapping[tuple[str, str], Mapping[str, str | None]]:
        found: dict[tuple[str, str], Mapping[str, str | None]] = {}
        for entity in self.entities.values():
            dependent = [each for each in entity.fields.values() if each.depends_on is not None]
            for a_field in dependent:
                options = self._options(a_field) or {}
                inner = {each.parent for each in options.values()}
                found[entity.key, a_field.key] = {
                    name: each.parent for name, each in options.items() if each.parent is not None or name in inner
                }
            for a_field in dependent:
                top = entity.fields.get(str(a_field.depends_on))
                if top is not None and top.depends_on is None and top.options == a_field.options:
                    options = self._options(top) or {}
                    found[entity.key, top.key] = {
                        name: None for name, each in options.items() if each.parent in options
                    }
        return found

    def _options(self, a_field: Field) -> Mapping[str, Option] | None:
        """None where it names a picklist that does not exist, or says none."""
        if not isinstance(a_field.options, str):
            return a_field.options
        shared = self.picklists.get(a_field.options)
        return shared.options if shared is not None else None

    def _references(self) -> Iterator[tuple[str, Inverse]]:
        for entity in self.entities.values():
            for a_field in entity.fields.values():
                for target in a_field.targets:
                    yield target, Inverse(a_field.inverse or entity.key, entity.key, a_field.key)

    @cached_property
    def _parts(self) -> Mapping[str, PartLink]:
        found: dict[str, PartLink] = {}
        for key, entity in self.entities.items():
            a_field = (
                entity.fields.get(entity.parent.field) if entity.parent is not None and entity.parent.part else None
            )
            if a_field is not None and a_field.target in self.entities:
                found[key] = PartLink(str(a_field.target), a_field.inverse or key, key, a_field.key)
        return found

    @cached_property
    def _inverses(self) -> Mapping[str, Mapping[str, Inverse]]:
        found: dict[str, dict[str, Inverse]] = {}
        for target, inverse in self._references():
            if self.entities[inverse.entity].fields[inverse.field].type == "lookup":
                found.setdefault(target, {})[inverse.name] = inverse
        return found
