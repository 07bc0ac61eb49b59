"""What stands in the timelines of the records that it is about: calls, visits, notes, tasks."""

from __future__ import annotations

from app.definition.attributes import attribute
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The records of an entity stand in the timelines of those that they point to, and are written down there."""

    at: str = attribute(
        "At", "The moment at which a record stands in the timeline.", default="created_at", names="field", example="at"
    )
    kind: str | None = attribute(
        "Kind",
        "A picklist: each option is a tab above the timeline, and a filter of it.",
        default=None,
        names="declared",
        example="kind",
    )
    text: str | None = attribute(
        "Text",
        "What is read below the head; its first line names a record whose name is not among `fields`.",
        default=None,
        names="declared",
        example="content",
    )
    fields: tuple[str, ...] = attribute(
        "Fields",
        "What is asked for above the timeline; required fields without a value follow.",
        default=(),
        names="field",
        example=["content", "contact"],
    )
