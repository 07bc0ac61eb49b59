"""Masked values on a record page, its own and those of its parts: who may ask for one, and the page that shows it once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from app.definition import Field, PartLink
from app.insight import Row
from app.record import Revealed
from app.record.reveal import Asked
from app.web.pages.base import parse_id
from app.web.pages.cells import Cell

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


class Masked(NamedTuple):
    """A masked value that may be revealed: `cell` shows it once it is. `dialog` asks why, one for all parts alike; `part` is the
    id of one, and `said` its field with its place.
    """

    dialog: str
    key: str
    label: str
    cell: Cell | None = None
    said: str = ""
    part: str = ""
    parts: str = ""


def of_record(view: EntityDesk, row: Row, fields: Iterable[Field], revealed: Revealed | None) -> dict[str, Masked]:
    """Of the fields that a page shows those whose value may be asked for, with the one that is `revealed`."""
    revealable = view.rights(view.entity_key).revealable
    asked = [each.key for each in fields if each.key in revealable and row.values.get(each.key)]
    return {
        key: Masked(
            key, key, (label := view.label(view.entity_key, key)), _clear(view, revealed, view.entity_key, row.id, key),
            said=label,
        )
        for key in asked
    }  # fmt: skip


def of_parts(
    view: EntityDesk, link: PartLink, rows: Sequence[Row], columns: Sequence[Field], revealed: Revealed | None
) -> dict[tuple[int, int], Masked]:
    """The same of a table of lines, by row and column."""
    revealable, one = view.rights(link.entity).revealable, view.singular(link.entity)
    found = {}
    for at, row in enumerate(rows) if revealable else ():
        for column, each in enumerate(columns):
            if each.key in revealable and row.values.get(each.key):
                label, line = view.label(link.entity, each.key), view.t("lines.number", what=one, number=at + 1)
                shown = _clear(view, revealed, link.entity, row.id, each.key)
                dialog = f"{link.name}-{each.key}"
                found[at, column] = Masked(dialog, each.key, label, shown, f"{label}, {line}", str(row.id), link.name)
    return found


def asked_for(view: EntityDesk, record_id: int, form: MultiDict[str, str]) -> Asked:
    """What a form asks for: `:field` and `:reason`; of a part also `:parts`, their name, and `:part`. Raises BadRequest for
    what is not seen.
    """
    link = view.catalog.parts_of(view.entity_key).get(form.get(":parts", ""))
    if link is None and ":parts" in form:
        raise BadRequest
    entity, key = link.entity if link else view.entity_key, form.get(":field", "")
    if key not in view.catalog.entities[entity].fields or not view.rights(entity).sees(key):
        raise BadRequest
    record, whole = (parse_id(form.get(":part", "")), record_id) if link else (record_id, None)
    return Asked(entity, record, key, form.get(":reason", ""), whole)


def _clear(view: EntityDesk, revealed: Revealed | None, entity: str, record: int, key: str) -> Cell | None:
    if revealed is None or (revealed.entity, revealed.record, revealed.field) != (entity, record, key):
        return None
    return view.clear_painter(entity, key)(revealed.value)
