"""Forms: pages without a login through which a record is made or changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.text import Text
from app.definition.values import Value
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class FormField:
    """A field on a form. Without a label it has the field's."""

    key: str = key_attribute("field")
    label: Text = attribute("Label", "What people read; the field's without it.", default=Text())
    help: Text = attribute("Help", "A hint below the field.", default=Text())
    required: bool = attribute("Required", "Also where the entity leaves it free.", default=False)


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What a person agrees to before the form is taken."""

    field: str = attribute("Field", "Where the agreement is kept.", names="field")
    text: Text = attribute("Text", "What the person agrees to.")
    privacy_url: str | None = attribute(
        "Privacy", "Address of the privacy notice.", default=None, pattern=r"^https?://\S+$", example="https://example.com/privacy"
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How often a form is taken from one address."""

    per_address: int = attribute("Per address", "How many.", minimum=1, maximum=10_000)
    per: Literal["minute", "hour", "day"] = attribute("Per", "In which time.", default="hour")


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form that anyone may fill in, or whoever has a signed link. It may write exactly its fields."""

    key: str = key_attribute("form")
    label: Text = attribute("Label", "Its heading.", default=Text())
    help: Text = attribute("Help", "Below the heading.", default=Text())
    entity: str = attribute("Entity", "What it makes, or changes.", names="entity")
    public: bool | Literal["link"] = attribute(
        "Public", "true makes a record, `link` changes one by a signed link.", default=False
    )
    fields: Mapping[str, FormField] = attribute("Fields", "In their order.", names="field")
    set: Mapping[str, Value] = attribute(
        "Set", "Values that the form itself gives.", default={}, names="field", profile="server"
    )
    consent: Consent | None = attribute("Consent", default=None)
    on_duplicate: Literal["create", "note", "update"] = attribute(
        "On duplicate", "create another, leave a note on the one that is there, or update it.", default="create"
    )
    limit: Limit | None = attribute("Limit", "How often it is taken.", default=None)
