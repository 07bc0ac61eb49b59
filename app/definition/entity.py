"""Entities: kinds of things, with their fields, keys, stages, layout and list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar

from app.definition.attributes import attribute, key_attribute
from app.definition.field import Field
from app.definition.layout import Layout, ListView
from app.definition.pipeline import Pipeline
from app.definition.privacy import MARKETING, Retention
from app.definition.role import PlaceVerb
from app.definition.rule import Duplicate, Rule
from app.definition.text import Text
from app.definition.timeline import Timeline
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class UniqueKey:
    """Several fields that together name a record once. Rows with a blank among them never collide."""

    key: str = key_attribute("key")
    fields: tuple[str, ...] = attribute("Fields", "The fields that together are unique.", names="field")
    message: Text = attribute("Message", "Shown when the key is taken.", default=Text())


@dataclass(frozen=True, kw_only=True)
class Parent:
    """The record that one of this entity belongs to. The name of the lookup alone is short for `{field: name}`."""

    shorthand: ClassVar[str] = "field"
    is_choice: ClassVar[bool] = True
    field: str = attribute("Field", "The lookup that names the parent.", names="declared")
    part: bool = attribute(
        "Part",
        "The records are part of their parent: one form, one save, one version, one access; deleted and restored with it.",
        default=False,
    )

    def __str__(self) -> str:
        return f"part of {self.field}" if self.part else self.field


@dataclass(frozen=True, kw_only=True)
class RecordCurrency:
    """Each record has one of several currencies; its money is kept as entered and in the company's currency."""

    allowed: tuple[str, ...] = attribute(
        "Allowed", "Codes of the company's currencies; all where it is left out.", default=(), example=["CNY", "USD"]
    )
    rate_date: str | None = attribute(
        "Rate date",
        "The date whose rate counts; today where it is blank or left out.",
        default=None,
        names="field",
        example="close_date",
    )


@dataclass(frozen=True, kw_only=True)
class TeamPlace:
    """A place on the team of a record. The verb alone is short for `{may: verb}`.

    Whoever has it counts the record as his own where his roles say `own`, for reading and for this verb.
    """

    shorthand: ClassVar[str] = "may"
    key: str = key_attribute("place")
    label: Text = attribute("Label", "What people read.", default=Text(), example={"en": "Partner", "zh": "协作人"})
    may: PlaceVerb = attribute("May", "What it lets do besides reading, where a role grants it for one's own records.")


@dataclass(frozen=True, kw_only=True)
class Entity:
    """A kind of thing. `fields` holds the declared fields in the order of the text; `every_field` adds the system's."""

    key: str = key_attribute("entity")
    label: Text = attribute("Label", "One of them.", default=Text(), example={"en": "Account", "zh": "客户"})
    plural: Text = attribute("Plural", "Many of them.", default=Text())
    help: Text = attribute("Help", "What it is for.", default=Text())
    icon: str | None = attribute("Icon", default=None, example="account")
    name_field: str = attribute("Name field", "The field that names a record.", default="name", names="declared")
    parent: Parent | None = attribute(
        "Parent",
        "The lookup whose record decides where a role's scope is `parent`, or whose record this is part of.",
        default=None,
        example={"field": "quote", "part": True},
    )
    currency: RecordCurrency | None = attribute(
        "Currency", "Its records may be in several currencies.", default=None, example={"allowed": ["CNY", "USD"]}
    )
    soft_delete: bool = attribute("Soft delete", "Deleted records go to the bin.", default=True)
    fields: Mapping[str, Field] = attribute("Fields", "In their order.")
    keys: Mapping[str, UniqueKey] = attribute("Keys", "Fields that together are unique.", default={})
    rules: Mapping[str, Rule] = attribute("Rules", "What must hold for a record.", default={})
    pipelines: Mapping[str, Pipeline] = attribute("Pipelines", "Ordered stages.", default={})
    duplicates: Mapping[str, Duplicate] = attribute("Duplicates", "Records that look alike.", default={})
    layout: Layout = attribute("Layout", "The record page and the form.", default=Layout())
    list: ListView = attribute("List", "The list `default`.", default=ListView())
    retention: Retention | None = attribute("Retention", "What becomes of old records.", default=None)
    kept_by_law: Text = attribute(
        "Kept by law",
        "Why the law asks to keep its records: an erasure of a person leaves them as they are, and says so.",
        default=Text(),
        example={"en": "Tax law: ten years", "zh": "税法：十年"},
    )
    record_team: Mapping[str, TeamPlace] = attribute(
        "Record team",
        "Places for named colleagues on one record, each with what they may do.",
        default={},
        example={"partner": {"may": "update", "label": {"en": "Partner", "zh": "协作人"}}},
    )
    timeline: Timeline | None = attribute(
        "Timeline",
        "Its records stand in the timelines of the records that their lookups name.",
        default=None,
        example={"at": "at", "kind": "kind", "text": "content", "fields": ["content", "contact"]},
    )
    renamed_from: tuple[str, ...] = attribute(
        "Renamed from",
        "The key that it had before, or a list of all that it had, the last one first.",
        default=(),
        lone=True,
    )

    @cached_property
    def every_field(self) -> Mapping[str, Field]:
        """System fields and declared ones by key: `id` first, then the declared, then the other system fields."""
        apart = {"id", *ASSIGNABLE_FIELDS} if self.is_part else {"id"}  # whose a part is, is said by its whole
        rest = {key: field for key, field in SYSTEM_FIELDS.items() if key not in apart}
        return MappingProxyType({"id": SYSTEM_FIELDS["id"], **self.fields, **rest})

    @cached_property
    def consents(self) -> tuple[Field, ...]:
        """The fields by which somebody agrees to something."""
        return tuple(each for each in self.fields.values() if each.consent is not None)

    @property
    def is_part(self) -> bool:
        """Whether its records are part of those of another entity."""
        return self.parent is not None and self.parent.part

    @property
    def parent_field(self) -> str | None:
        """The lookup that names the parent."""
        return self.parent.field if self.parent is not None else None

    def places_for(self, verb: str) -> tuple[str, ...]:
        """The places on a record's team that count for a verb: all for reading, else those that name it."""
        return tuple(key for key, place in self.record_team.items() if verb in {"read", place.may})

    def pipelines_of(self, field: str) -> tuple[Pipeline, ...]:
        """The pipelines whose position is held by `field`, in the order in which a record is tried against them."""
        return tuple(line for line in self.pipelines.values() if line.field == field)

    def pipeline_of(self, field: str, stage: str | None = None) -> Pipeline | None:
        """The pipeline that a record in this stage follows: the first that has it. New records follow the one for all,
        which stands last.
        """
        lines = self.pipelines_of(field)
        found = (line for line in lines if stage is not None and stage in line.stages)
        return next(found, lines[-1] if lines else None)


def consents_to_marketing(entity: Entity) -> tuple[str, ...]:
    """The keys of the fields that must be yes before somebody gets marketing mails or mails to many."""
    found = ((each.key, each.consent) for each in entity.consents)
    return tuple(key for key, consent in found if consent is not None and consent.purpose == MARKETING)


def _system(key: str, type_: str, en: str, zh: str, to: str | None = None) -> Field:
    label = Text({"en": en, "zh": zh})
    return Field(key=key, type=type_, label=label, to=(to,) if to else (), system=True)


SYSTEM_FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        field.key: field
        for field in (
            _system("id", "integer", "ID", "编号"),
            _system("owner", "user", "Owner", "负责人"),
            _system("department", "lookup", "Department", "部门", to="department"),
            _system("team", "lookup", "Team", "团队", to="team"),
            _system("created_at", "datetime", "Created", "创建时间"),
            _system("created_by", "user", "Created by", "创建人"),
            _system("updated_at", "datetime", "Changed", "修改时间"),
            _system("updated_by", "user", "Changed by", "修改人"),
            _system("version", "integer", "Version", "版本"),
        )
    }
)
ASSIGNABLE_FIELDS = ("owner", "department", "team")  # system fields that a person may write, by the verb `assign`
