"""What a form sent back: raw values by field, what they were when the form was read, and what has changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from app.definition import Entity, Field
from app.definition.currencies import converted_fields
from app.frozen import dataclass
from app.orm.models import Models
from app.web.pages import composed
from app.web.pages.confirming import BOX
from app.web.pages.inputs import DROP, IDS, SHOWN, WAS, Typed, posted_value
from app.web.pages.slots import field_of, joined

CONTROLS = frozenset({"csrf_token", "version", "then", "back", "next"})
MARKS = (WAS, SHOWN, ":pick", ":rows", IDS, DROP)


@dataclass(frozen=True)
class Posted:
    """The fields of a form. A field that came several times is a list, which the write path refuses."""

    raw: Mapping[str, str | list[str]]
    was: Mapping[str, str]
    names: Mapping[str, str]

    def typed(self, key: str) -> Typed:
        """What the person sees again in the input."""
        value = self.raw.get(key, "")
        text = value[-1] if isinstance(value, list) else value
        return Typed(text, self.names.get(key, "") if text else "")

    def changed(self, key: str) -> bool:
        """Whether it is another value than when the form was read; unknown counts as changed."""
        return key in self.raw and (key not in self.was or self.raw[key] != self.was[key])


def read_posted(form: MultiDict[str, str], entity: Entity, tables: Collection[str] = ()) -> Posted:
    """The fields of a posted form without its tables of lines. Names that are no fields are kept: the write path says so."""
    raw: dict[str, str | list[str]] = {}
    for name in form:
        if name in CONTROLS or name.endswith(MARKS) or name.startswith(BOX) or name.partition(".")[0] in tables:
            continue
        values = form.getlist(name)
        field = entity.every_field.get(name)
        if field is not None and field.type == "boolean":
            values = values[-1:]  # an unticked box sends nothing: a hidden blank goes before it
        raw[name] = values[0].replace("\r\n", "\n") if len(values) == 1 else values
    for key, field in entity.every_field.items():
        whole = composed.posted(form, key, field.type)
        if whole is not None:
            raw = {name: value for name, value in raw.items() if not name.startswith(f"{key}.")} | {key: whole}
    for name in (name.removesuffix(IDS) for name in form if name.endswith(IDS)):
        if name.partition(".")[0] in tables:
            continue
        dropped = set(form.getlist(name + DROP))
        raw[name] = ",".join(each for each in form[name + IDS].split(",") if each and each not in dropped)
    was = {name.removesuffix(WAS): form[name].replace("\r\n", "\n") for name in form if name.endswith(WAS)}
    names = {name.removesuffix(SHOWN): form[name] for name in form if name.endswith(SHOWN)}
    return Posted(raw, was, names)


def of_today(posted: Posted, models: Models, entity: str, writable: Collection[str]) -> Posted:
    """What a form said that was drawn before a change, in the words of today: fields and options that got other names since
    are found by these. Of fields that went, what was entered is left to the write path to refuse; what was not is left out.
    """
    raw, was, names = dict(posted.raw), dict(posted.was), dict(posted.names)
    for name, value in posted.raw.items():
        new, now = _today(models, entity, name, value)
        if (new, now) != (name, value) and field_of(new) in writable and (new == name or new not in posted.raw):
            del raw[name]
            raw[new] = now
            if name in was:
                was[new] = _today(models, entity, name, was.pop(name))[1]
            if name in names:
                names[new] = names.pop(name)
        elif field_of(name) not in models.catalog.entities[entity].every_field and not _is_entered(posted, name, value):
            del raw[name]
    return replace(posted, raw=raw, was=was, names=names)


def _is_entered(posted: Posted, name: str, value: str | list[str]) -> bool:
    return any(value) if isinstance(value, list) else bool(value) and value != posted.was.get(name)


def _today(models: Models, entity: str, name: str, value: Any) -> tuple[str, Any]:
    """A field and its value as they are called now; as they are where nothing was renamed."""
    key = field_of(name)
    known = models.catalog.entities[entity].every_field.get(key)
    if known is not None and (
        known.holds != "option" or not value or str(value) in models.catalog.choices(entity, key)
    ):
        return name, value
    found = models.former.today(entity, 0, {key: [None, value]})
    new = next(iter(found), key)
    if new not in models.catalog.entities[entity].every_field:
        return name, value
    return new + name.removeprefix(key), found[new][1] if found else value


def values_of(
    posted: Posted, entity: Entity, zone: ZoneInfo, *, masked: frozenset[str], creating: bool
) -> dict[str, object]:
    """What the write path is given: everything of a new record, of a stored one what differs.

    A masked field that is left blank keeps its value.
    """
    found: dict[str, object] = {}
    for key, value in posted.raw.items():
        if not creating and not posted.changed(key):
            continue
        if field_of(key) in masked and not value and not creating:
            continue
        field = entity.every_field.get(key)
        found[key] = posted_value(field, value, zone) if field and isinstance(value, str) else value
    return left_to_fill(entity, joined(entity, found))


def left_to_fill(entity: Entity, values: dict[str, object]) -> dict[str, object]:
    """Without amounts that were left blank beside a lookup that fills them in: the save knows the rate to do it by."""
    chosen = [a_field.fills for key, a_field in entity.fields.items() if a_field.fills and values.get(key)]
    converted = {key for fills in chosen for key in fills}.intersection(converted_fields(entity))
    return {key: value for key, value in values.items() if value != "" or key not in converted}


def whole_number(text: str) -> int | None:
    """The number that a text is, as ids and versions are written; None for any other text."""
    # Other digits than ASCII's are digits to Python, and not always numbers.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def posted_field(form: MultiDict[str, str], field: Field, zone: ZoneInfo, name: str = "") -> object:
    """The raw value of one field that came alone, under its own name or another; a list when it came several times."""
    whole = composed.posted(form, name or field.key, field.type)
    values = form.getlist(name or field.key) if whole is None else [whole] if isinstance(whole, str) else whole
    if field.type == "boolean" or len(values) == 1:
        return posted_value(field, values[-1].replace("\r\n", "\n") if values else "", zone)
    return values or ""
