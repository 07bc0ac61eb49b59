"""Files in the lines of a form: chosen ones are taken in before the record is saved, as those of the form itself are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from flask import request

from app.definition import Field, PartLink
from app.definition.files import StoredFile, files_of
from app.files import Place, staged_files
from app.insight import read_parts
from app.record import Refusal
from app.web.pages.inputs import FILE, Typed
from app.web.uploads import take_in

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

Cells = Mapping[str, Typed]


def take(
    view: EntityDesk, link: PartLink, rows: Iterable[tuple[str, Cells]]
) -> tuple[dict[str, Cells], dict[str, list[Refusal]]]:
    """By token what is typed in lines, with the ids of the files that came along; and why some of them could not be taken."""
    fields = [each for each in view.catalog.entities[link.entity].fields.values() if each.holds == "file"]
    wrong: dict[str, list[Refusal]] = {}
    found: dict[str, Cells] = {}
    for token, cells in rows:
        typed = dict(cells)
        for each in fields:
            for upload in request.files.getlist(f"{link.name}.{token}.{each.key}{FILE}"):
                taken = take_in(Place(link.entity, each.key), upload) if upload.filename else None
                if isinstance(taken, StoredFile):
                    before = typed.get(each.key, Typed()).value if each.many else ""
                    typed[each.key] = Typed(f"{before},{taken.id}".strip(","))
                elif taken is not None:
                    wrong.setdefault(token, []).append(taken)
        found[token] = typed
    return found, wrong


def known_files(
    view: EntityDesk, link: PartLink, rows: Iterable[Cells], columns: Sequence[Field], record_id: int | None
) -> Mapping[str, StoredFile]:
    """The files that stand in these lines, by id: of the record's parts, and those that this person has staged."""
    keys = [each.key for each in columns if each.holds == "file"]
    asked = {each for cells in rows for key in keys for each in cells.get(key, Typed()).value.split(",") if each}
    if not asked:
        return {}
    parts = read_parts(view.session, view.actor, link, [record_id]).get(record_id, ()) if record_id else ()
    known = {file.id: file for row in parts for key in keys for file in files_of(row.values.get(key))}
    return {**known, **staged_files(view.session, view.actor, asked - known.keys())}
