"""What a record page says of consents: since when they are given or withdrawn, how, noted by whom, and to which wording."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from app.definition import Field
from app.insight import Row
from app.insight.consents import Consented, consents_of
from app.web.pages.cells import Cell
from app.web.texts.audit import DOORS

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


class Line(NamedTuple):
    """A consent that was given or withdrawn."""

    said: str
    at: Cell
    by: Cell
    door: str
    wording: str


class Shown(NamedTuple):
    """All that is told beside one field: the newest first; `note` where a yes has no record."""

    lines: tuple[Line, ...]
    note: str = ""


def of_record(view: EntityDesk, row: Row, fields: Iterable[Field]) -> dict[str, Shown]:
    """For the consents among the fields that a page shows; none for those that were never given."""
    asked = [each.key for each in fields if each.consent is not None]
    if not asked:
        return {}
    found = consents_of(view.session, view.actor, view.entity_key, row.id, asked)
    shown = {key: Shown(tuple(_line(view, each) for each in lines)) for key, lines in found.items()}
    clear = view.rights(view.entity_key).clear
    unknown = [key for key in asked if key not in shown and key in clear and row.values.get(key)]
    return shown | {key: Shown((), view.t("consent.unknown")) for key in unknown}


def _line(view: EntityDesk, each: Consented) -> Line:
    by = Cell("text", view.t("record.system")) if each.by is None else view.painter(view.entity_key, "owner")(each.by)
    door = view.t(f"audit.door.{each.door}") if each.door in DOORS else each.door
    at = view.painter(view.entity_key, "created_at")(each.at)
    said = view.t("consent.given" if each.given else "consent.withdrawn")
    return Line(said, at, by, door, each.wording.in_language(view.language))
