"""What a record lacks of all that counts for its completeness: the fields that this person may fill in, with the way there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from app.definition import Entity
from app.insight import Row
from app.web.pages.layouts import Sheet
from app.web.pages.slots import slots_of

if TYPE_CHECKING:
    from app.web.pages.approvals_shown import Shown
    from app.web.pages.desk import EntityDesk
    from app.web.pages.record_state import Look

CALL = "completeness()"
BLANK = (None, "", ())


class Missing(NamedTuple):
    """A field that is blank, and where it is filled in."""

    label: str
    href: str


def weighed(view: EntityDesk) -> tuple[str, ...]:
    """The fields that count, and may be filled in by this person; none where no field tells how complete a record is."""
    entity, rights = view.entity, view.rights(view.entity_key)
    if not _told(entity):
        return ()
    may = rights.writable(creating=False) & rights.clear
    return tuple(key for key, each in entity.fields.items() if each.weight and key in may)


def _told(entity: Entity) -> tuple[str, ...]:
    """The fields that tell it."""
    return tuple(key for key, each in entity.fields.items() if each.formula and CALL in each.formula.replace(" ", ""))


def missing_of(
    view: EntityDesk, row: Row, look: Look, sheets: tuple[Sheet, ...], approvals: Shown
) -> Mapping[str, tuple[Missing, ...]]:
    """By field that tells the completeness what is lacking; the row holds what is `weighed`. A field that is hidden by its
    condition is not asked for, and one that has no place in the form can't be filled in there.
    """
    if approvals.all_locked:
        return {}
    placed = {field.key for sheet in sheets for part in sheet.parts for field in part.fields}
    blank = [
        view.entity.fields[key]
        for key in weighed(view)
        if row.values.get(key) in BLANK and key in placed and key not in look.fields | approvals.locked
    ]
    form = f"{view.address}{row.id}/edit"
    ways: dict[str, str] = {}
    for field, slot, _language in slots_of(view.catalog, blank):
        ways.setdefault(field.key, f"{form}#i-{slot.replace(':', '-')}")
    found = tuple(Missing(view.label(view.entity_key, key), way) for key, way in ways.items())
    return dict.fromkeys(_told(view.entity), found) if found else {}
