"""Fields: the typed attributes of an entity."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.computed import Band, Point
from app.definition.field_types import (
    CLOCK_TYPES,
    FIELD_TYPES,
    FILE_TYPES,
    LISTS,
    MANY,
    NUMBER_TYPES,
    TIME_TYPES,
    UNKEYED_TYPES,
    UNORDERED_TYPES,
    USUAL_STARS,
    FieldType,
    Holds,
)
from app.definition.files import DEFAULT_SIZE, FileKind, parse_size
from app.definition.grammars import Expression, Size
from app.definition.link_field import LinkField
from app.definition.picklist import Option
from app.definition.privacy import Agreement, Personal, Sensitive
from app.definition.text import Text
from app.definition.values import Value
from app.frozen import dataclass

OnDelete = Literal["restrict", "cascade", "clear"]
Restart = Literal["never", "year", "month"]
Display = Literal["bar", "ring", "badge", "stars", "color", "due"]
Plain = str | int | Decimal | bool
COMPUTED_TYPES = tuple(name for name in FIELD_TYPES if name not in ("sequence", "stage", *UNORDERED_TYPES))
_KEYED_TYPES = tuple(name for name in FIELD_TYPES if name not in UNKEYED_TYPES)


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of an entity. Which attributes fit which type is said by `Attribute.types`. A word alone is its type."""

    shorthand: ClassVar[str] = "type"
    key: str = key_attribute("field")
    type: str = attribute(
        "Type", "What the field holds.", default="", example="text", whole=True, words=tuple(FIELD_TYPES), stated=True
    )
    label: Text = attribute("Label", "What people read.", default=Text(), example={"en": "Name", "zh": "名称"})
    help: Text = attribute("Help", "A hint below the field.", default=Text())
    placeholder: Text = attribute("Placeholder", "Shown while the field is empty.", default=Text())
    required: bool = attribute("Required", "A record can't be saved without a value.", default=False)
    default: Plain | None = attribute(
        "Default", "The value of a new record, or `{formula: …}` that gives it.", default=None, computed=True
    )
    default_formula: Expression | None = attribute("Formula of the default", from_key=True, default=None)
    unique: bool = attribute(
        "Unique", "No two records share a value; blanks never collide.", default=False, types=_KEYED_TYPES
    )
    indexed: bool = attribute("Indexed", "Kept in an index of the database.", default=False, types=_KEYED_TYPES)
    searchable: bool = attribute(
        "Searchable",
        "Found by the search.",
        default=False,
        types=("text", "long_text", "rich_text", "email", "phone", "sequence", "address"),
    )
    required_when: Expression | None = attribute("Required when", "Required where this holds.", default=None)
    visible_when: Expression | None = attribute(
        "Visible when", "Shown where this holds. Presentation, not a matter of rights.", default=None
    )
    read_only_when: Expression | None = attribute("Read only when", "Can't be changed where this holds.", default=None)
    clear_when_hidden: bool = attribute("Clear when hidden", "Emptied where it is not visible.", default=False)
    formula: Expression | None = attribute(
        "Formula",
        "Gives the value, which is stored and kept up to date.",
        default=None,
        types=COMPUTED_TYPES,
        profile="server",
    )
    points: Mapping[str, Point] = attribute(
        "Points", "Instead of a formula: the sum of those whose `when` holds.", default={}, types=NUMBER_TYPES
    )
    override: bool = attribute(
        "Override", "A person may overrule the formula, with a reason.", default=False, types=COMPUTED_TYPES
    )
    bands: Mapping[str, Band] = attribute(
        "Bands", "Ranges of numbers with a colour and a name, the lowest first.", default={}, types=NUMBER_TYPES
    )
    existing: Literal["fail", "grandfather", "blank"] | None = attribute(
        "Existing values",
        "What of stored values that don't fit: they stop the change, stay until they are changed, or are emptied.",
        default=None,
    )
    backfill: Value | None = attribute(
        "Backfill",
        "What existing records get: a value, or `{formula: …}` that gives it.",
        default=None,
        profile="server",
    )
    weight: int | None = attribute(
        "Weight", "What it counts for in `completeness()`.", default=None, minimum=0, maximum=1000
    )
    history: bool = attribute("History", "Its changes are kept in the history of the record.", default=True)
    dimension: bool = attribute("Dimension", "Offered to group reports by.", default=False)
    sensitive: Sensitive | None = attribute(
        "Sensitive", "Not everyone who reads the record needs to read it.", default=None, example={"mask": "phone"}
    )
    personal: Personal | None = attribute(
        "Personal", "Data of a person.", default=None, example={"category": "contact", "purpose": "contract"}
    )
    consent: Agreement | None = attribute(
        "Consent", "Yes says that somebody agreed: it is kept who noted it, when, how, and to which wording.", default=None,
        types=("boolean",), example={"purpose": "marketing", "text": {"en": "I agree to get news.", "zh": "我同意接收资讯。"}},
    )  # fmt: skip
    declassify: bool = attribute(
        "Declassify",
        "What is computed from restricted fields may be read by those who may not read these.",
        default=False,
        types=COMPUTED_TYPES,
    )
    renamed_from: tuple[str, ...] = attribute(
        "Renamed from",
        "The key that it had before, or a list of all that it had, the last one first.",
        default=(),
        lone=True,
    )
    restricted: bool = attribute("Restricted", "Hidden unless a role grants it by name.", default=False)
    min: int | Decimal | str | None = attribute(
        "Smallest value", default=None, types=(*NUMBER_TYPES, *TIME_TYPES, *CLOCK_TYPES), example=0
    )
    max: int | Decimal | str | None = attribute(
        "Greatest value", default=None, types=(*NUMBER_TYPES, *TIME_TYPES, *CLOCK_TYPES, "rating"), example=100
    )
    min_length: int | None = attribute(
        "Shortest length", "In characters.", default=None, types=("text", "long_text"), minimum=0
    )
    max_length: int | None = attribute(
        "Greatest length",
        "In characters.",
        default=None,
        types=("text", "long_text", "rich_text", "email", "phone", "url"),
        minimum=1,
        maximum=1_000_000,
    )
    ignore_case: bool = attribute(
        "Ignore case", "Upper and lower case count as equal where the value is unique.", default=False, types=("text",)
    )
    translated: bool = attribute(
        "Translated", "One text for each language of the company.", default=False, types=("text", "long_text")
    )
    format: str | None = attribute(
        "Format", "How the text must be written: a format that an extension registered.", default=None, types=("text",),
        names="format", example="uscc",
    )  # fmt: skip
    scale: int | None = attribute(
        "Decimals", "Digits after the point.", default=None, types=("decimal", "percent"), minimum=0, maximum=8
    )
    display: Display | None = attribute(
        "Display", "How the value is drawn; `due`: a day or moment that is overdue once it has passed and the record is open.",
        default=None,
    )  # fmt: skip
    color: str | None = attribute("Color", default=None)
    options: str | Mapping[str, Option] | None = attribute(
        "Options",
        "The name of a shared picklist, or the options themselves.",
        default=None,
        types=("picklist",),
        names="picklist",
    )
    depends_on: str | None = attribute(
        "Depends on",
        "The field whose value says which options may be chosen: those that name it as `parent`.",
        default=None,
        types=("picklist",),
        names="declared",
    )
    many: bool = attribute(
        "Many",
        "Holds a list of values instead of one.",
        default=False,
        types=("picklist", "lookup", "user", *FILE_TYPES),
    )
    max_size: Size | None = attribute(
        "Greatest size", "Of one file; 25 MB if it is not stated.", default=None, types=FILE_TYPES, example="10 MB"
    )
    accept: tuple[FileKind, ...] = attribute(
        "Accept",
        "The kinds of files that fit, told by their content; all if it is not stated.",
        default=(),
        types=("file",),
        lone=True,
        example=["pdf", "image"],
    )
    to: tuple[str, ...] = attribute(
        "To",
        "The entity that it points to, or a list of those of which it points to one.",
        default=(),
        types=("lookup",),
        names="entity",
        lone=True,
        example="account",
    )
    link_fields: Mapping[str, LinkField] = attribute(
        "Fields of the link", "What is said of each link of a lookup that holds many.", default={}, types=("lookup",)
    )
    inverse: str | None = attribute(
        "Inverse",
        "The name of the other side; the default is this entity's key.",
        default=None,
        types=("lookup", "user"),
    )
    fills: Mapping[str, str] = attribute(
        "Fills",
        "Copied from the record that is chosen: fields of this entity, each with the field that it is copied from.",
        default={},
        types=("lookup",),
        example={"price": "price"},
    )
    on_delete: OnDelete = attribute(
        "On delete", "What happens here when the record that it points to goes.", default="restrict", types=("lookup",)
    )
    pattern: str | None = attribute(
        "Pattern",
        "How the number is made: {yyyy} {yy} {mm} and {seq:05}.",
        default=None,
        types=("sequence",),
        example="OPP-{yyyy}-{seq:05}",
    )
    restart: Restart = attribute("Restart", "When counting begins anew.", default="never", types=("sequence",))
    system: bool = attribute("System field", from_key=True, default=False)

    @property
    def field_type(self) -> FieldType:
        """The definition of the field's type."""
        return FIELD_TYPES[self.type]

    @property
    def holds(self) -> Holds:
        """What kind of value is stored."""
        one = FIELD_TYPES[self.type].holds
        if self.many:
            return MANY.get(one, one)
        return "any" if one == "reference" and len(self.targets) > 1 else one

    @property
    def is_list(self) -> bool:
        """Whether it holds a list of values, kept in a table of its own."""
        return self.holds in LISTS

    @property
    def targets(self) -> tuple[str, ...]:
        """The keys of the entities that it may point to; none for types that point to nothing."""
        return ("user",) if self.type == "user" else self.to

    @property
    def of_several(self) -> bool:
        """Whether what it points to, one record or many, may be of one of several entities."""
        return len(self.targets) > 1

    @property
    def encrypted(self) -> bool:
        """Whether its values are kept encrypted: the database can neither compare nor sort them."""
        return self.sensitive is not None and self.sensitive.encrypt

    @property
    def is_computed(self) -> bool:
        """Whether its value follows from others, so that nobody writes it."""
        return self.formula is not None or bool(self.points)

    @property
    def target(self) -> str | None:
        """The entity that its one reference points to; None for a list, for several entities and for other types."""
        return self.targets[0] if len(self.targets) == 1 and not self.many else None

    @cached_property
    def own_fields(self) -> Mapping[str, Field]:
        """The fields of its links as fields, whose keys begin with this one's: `contacts.influence`."""
        return MappingProxyType(
            {
                key: Field(
                    key=f"{self.key}.{key}",
                    **{name: getattr(each, name) for name in ("type", "label", "options", "default", "max_length")},
                    **{name: getattr(each, name) for name in ("min", "max", "scale")},
                )
                for key, each in self.link_fields.items()
            }
        )

    @property
    def length_limit(self) -> int:
        """The greatest length of a text in characters."""
        return self.max_length or self.field_type.max_length

    @property
    def size_limit(self) -> int:
        """The greatest size of one file in bytes."""
        return (parse_size(self.max_size) if self.max_size else None) or DEFAULT_SIZE

    @property
    def accepted(self) -> tuple[FileKind, ...]:
        """The kinds of files that fit; empty where all do."""
        return ("image",) if self.type == "image" else self.accept

    @property
    def decimals(self) -> int:
        """Digits after the point of a stored decimal."""
        return self.field_type.scale if self.scale is None else self.scale

    @property
    def stars(self) -> int:
        """The most stars of a rating."""
        return self.max if isinstance(self.max, int) else USUAL_STARS
