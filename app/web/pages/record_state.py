"""What the conditions of an entity say of a stored record: what of it is seen, and where it may go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from app.automation.approval_rows import locked_fields
from app.definition import Field
from app.frozen import dataclass
from app.record.approving import has_approvals
from app.record.conditions import conditions_of
from app.record.moves import offered
from app.record.preview import as_stored
from app.web import context
from app.web.pages.inputs import Input
from app.web.pages.live import of_sections

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk
    from app.web.pages.layouts import Part


@dataclass(frozen=True)
class Look:
    """Of one record: fields and sections that are not seen, and the pipelines that it does not follow."""

    fields: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()


def look_at(view: EntityDesk, record_id: int, parts: Iterable[Part], keys: Iterable[str]) -> Look:
    """What is not seen of a record that was found: among these sections, and these fields. One statement where anything may
    be, and none where nothing is.
    """
    conditions = conditions_of(view.catalog, view.entity_key)
    shown = {key: conditions.visible[key] for key in keys if key in conditions.visible}
    sections = list(of_sections(view, parts))
    several = [lines for lines in conditions.lines.values() if len(lines) > 1]
    whens = [line.when for lines in several for line in lines if line.when is not None]
    every = [*shown.values(), *(one for each in sections for one in each.expressions), *whens]
    if not every:
        return Look()
    seen = as_stored(context.current().looking, view.entity_key, record_id, every)
    followed = {line.pipeline.key for lines in several if (line := seen.line(lines)) is not None}
    return Look(
        frozenset(key for key, condition in shown.items() if not seen.holds(condition, otherwise=True)),
        frozenset(each.of for each in sections if not seen.holds(each.expressions[0], otherwise=True)),
        frozenset(line.pipeline.key for lines in several for line in lines) - followed,
    )


def not_offered(view: EntityDesk, record_id: int, field: Field) -> str:
    """Why a field of a record that was found is not offered to be changed alone; blank where it is."""
    if field.key in locked_in(view, record_id):
        return view.t("approvals.locked")
    conditions = conditions_of(view.catalog, view.entity_key)
    asked = [each.get(field.key) for each in (conditions.visible, conditions.read_only)]
    every = [each for each in asked if each is not None]
    if not every:
        return ""
    seen = as_stored(context.current().looking, view.entity_key, record_id, every)
    if seen.hides(conditions, field.key):
        return view.t("live.not_here", field=view.label(view.entity_key, field.key))
    if seen.keeps(conditions, field.key):
        return view.t("live.kept", field=view.label(view.entity_key, field.key))
    return ""


def locked_in(view: EntityDesk, record_id: int) -> frozenset[str]:
    """The fields of a record that an approval which waits keeps as they are; asks nothing where there are no approvals."""
    if not has_approvals(view.catalog, view.entity_key):
        return frozenset()
    return locked_fields(view.session, view.entity_key, record_id)


def offered_stages(view: EntityDesk, field: Field, made: Input, stage: object) -> Input:
    """The input of a stage with the stages alone that the record may go to; any other input as it is."""
    lines = view.entity.pipelines_of(field.key) if field.type == "stage" else ()
    if len(lines) != 1:
        return made
    ways = offered(lines[0], view.actor, stage)
    return replace(made, options=tuple(each for each in made.options if each[0] in ways))
