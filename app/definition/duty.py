"""What somebody has to do: the entity `task` of a pack, in which work that comes by itself is done, and what it must have for
that; and other records with a status that says whether they are done.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from app.definition.catalog import Catalog
from app.definition.entity import Entity
from app.definition.field import Field
from app.definition.field_types import TIME_TYPES
from app.definition.text import Text
from app.frozen import dataclass

TASK = "task"
DUE = "due"
STATUS = "status"
DONE = "done"
DROPPED = ("dropped", "cancelled", "canceled")
"""Options of the status that say that a task is over without having been done: the first that there is."""


OVER = frozenset({DONE, *DROPPED})
"""Options of the status after which nothing is to be done any more."""


@dataclass(frozen=True)
class Lack:
    """What keeps tasks from being made: the field that it is about, None for the entity as a whole, and how it is told."""

    field: str | None
    message: str


def lacks_of(catalog: Catalog) -> Iterator[Lack]:
    """Why no task could be made, or be closed; nothing where all is well."""
    entity = catalog.entities.get(TASK)
    if entity is None:
        yield Lack(None, f"there is no entity '{TASK}'")
        return
    name, due, status = (entity.fields.get(key) for key in (entity.name_field, DUE, STATUS))
    if name is None or name.holds != "text" or name.is_computed or name.type == "sequence":
        yield Lack(entity.name_field, f"the `name_field` of '{TASK}' must be a text that can be written")
    if due is None or due.type != "date" or due.is_computed:
        yield Lack(DUE, f"'{TASK}' needs a field '{DUE}' of type date")
    if status is None or status.type != "picklist" or status.is_list or not _has_done(catalog, TASK):
        yield Lack(STATUS, f"'{TASK}' needs a field '{STATUS}' of type picklist with an option '{DONE}'")
    for each in entity.fields.values():
        if each.required and each.key not in (entity.name_field, DUE) and not _is_filled(each):
            yield Lack(each.key, f"the field '{each.key}' of '{TASK}' is required and has no default")


def _has_done(catalog: Catalog, entity: str) -> bool:
    option = catalog.choices(entity, STATUS).get(DONE)
    return option is not None and not option.retired


def are_to_do(catalog: Catalog, entity: str) -> bool:
    """Whether the records of an entity are things to do: tasks, and what stands in timelines and is planned before."""
    definition = catalog.entities[entity]
    status = definition.fields.get(STATUS)
    if status is None or (entity != TASK and definition.timeline is None):
        return False
    is_plain = status.type == "picklist" and not status.is_list and not status.is_computed
    return is_plain and _has_done(catalog, entity)


def is_to_do(entity: str, status: object) -> bool:
    """Whether a record of such an entity is still to be done. What stands in a timeline without a status took place."""
    return status not in OVER and (status is not None or entity == TASK)


def _is_filled(field: Field) -> bool:
    has_default = field.default is not None or field.default_formula is not None
    return has_default or field.is_computed or field.type in ("sequence", "boolean", "stage")


def due_fields(catalog: Catalog, entity: str) -> frozenset[str]:
    """The fields that say by when something is to be done: those with `display: due`, the day of a task, and the moment for
    which something is planned.
    """
    definition = catalog.entities[entity]
    found = {each.key for each in definition.fields.values() if each.display == "due" and not each.is_list}
    if entity == TASK:
        found.add(DUE)
    elif definition.timeline is not None and are_to_do(catalog, entity):
        found.add(definition.timeline.at)
    return frozenset(key for key in found if key in definition.fields and definition.fields[key].type in TIME_TYPES)


def closing_field(catalog: Catalog, entity: str) -> str | None:
    """The field that says whether a record is still open: its first stage, else its status."""
    fields = catalog.entities[entity].fields
    stage = next((each.key for each in fields.values() if each.type == "stage"), None)
    status = fields.get(STATUS)
    return stage or (STATUS if status is not None and status.type == "picklist" and not status.is_list else None)


def is_open(catalog: Catalog, entity: str, closing: str, value: object) -> bool:
    """Whether a record is open by the value of its `closing_field`."""
    if catalog.entities[entity].fields[closing].type == "stage":
        return getattr(catalog.choices(entity, closing).get(str(value)), "category", "") == "open"
    return is_to_do(entity, value)


def over_without_doing(catalog: Catalog) -> str:
    """The status of a task that was left out on purpose."""
    choices = catalog.choices(TASK, STATUS)
    return next((key for key in DROPPED if key in choices and not choices[key].retired), DONE)


def lookup_to(entity: Entity, target: str, stated: Container[str] = ()) -> str | None:
    """The one lookup of an entity that leads to the target, those aside that are stated; of several the only one that is
    required. None where there is none, or still several.
    """
    found = [
        each
        for each in entity.fields.values()
        if each.type == "lookup" and each.to == (target,) and not each.is_list and not each.is_computed
        and each.key not in stated
    ]  # fmt: skip
    if len(found) > 1:
        found = [each for each in found if each.required]
    return found[0].key if len(found) == 1 else None


def named(label: Text, name: str | None, language: str) -> str:
    """What a task about a record is called: what is to be done and, where its reader may know it, the record's name."""
    text = label.in_language(language)
    if name is None:
        return text
    return f"{text}：{name}" if language == "zh" else f"{text}: {name}"
