"""Files in forms: what was chosen is taken in before the record is saved, so that a refused form still has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import request
from werkzeug.datastructures import FileStorage

from app.definition import Field
from app.definition.files import StoredFile, files_of
from app.files import Place, staged_files
from app.record import Refusal, Refused
from app.web.pages.cells import Cell
from app.web.pages.inputs import FILE, Input
from app.web.pages.posted import Posted
from app.web.uploads import take_in

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def take_files(view: EntityDesk, posted: Posted) -> tuple[Posted, Refused | None]:
    """What was posted with the ids of the files that came along; and why some of them could not be taken."""
    raw = dict(posted.raw)
    refusals: list[Refusal] = []
    for field, upload in _uploads(view):
        taken = take_in(Place(view.entity_key, field.key), upload)
        if isinstance(taken, StoredFile):
            before = str(raw.get(field.key) or "")
            raw[field.key] = f"{before},{taken.id}".strip(",") if field.many else taken.id
        else:
            refusals.append(taken)
    return replace(posted, raw=raw), Refused(tuple(refusals), "invalid") if refusals else None


def _uploads(view: EntityDesk) -> Iterator[tuple[Field, FileStorage]]:
    """A field without a chosen file comes as a part without a name."""
    for field in view.entity.fields.values():
        if field.holds == "file":
            yield from ((field, each) for each in request.files.getlist(field.key + FILE) if each.filename)


def with_files(view: EntityDesk, made: Input, value: object) -> Input:
    """An input with the files that stand in it: those of the record, and what was staged for it before."""
    known = {each.id: each for each in files_of(value)}
    unknown = [each for each in made.value.split(",") if each and each not in known]
    known |= staged_files(view.session, view.actor, unknown) if unknown else {}
    return with_known_files(view, made, known)


def with_known_files(view: EntityDesk, made: Input, known: Mapping[str, StoredFile]) -> Input:
    """An input with those of its files that are known."""
    ids = [each for each in made.value.split(",") if each]
    shown = [known[each] for each in ids if each in known]
    cells = tuple(
        Cell("file", each.name, view.formats.size(each.size), each.url, int(each.is_picture), each.id) for each in shown
    )
    return replace(made, value=",".join(each.id for each in shown), files=cells)
