"""Taking a file in: its content is looked at and kept; a row says what it is and where it is meant for."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import BinaryIO

import sqlalchemy as sa

from app.access import Actor, field_rights
from app.definition import Field
from app.definition.files import StoredFile
from app.files import pictures
from app.files.contents import Contents
from app.files.kinds import PICTURES, MediaType, media_type_of
from app.files.names import RUNS, clean_name, extension_of
from app.frozen import dataclass
from app.orm import framework
from app.orm.store import Store
from app.orm.types import now

MOST_STAGED = 500_000_000  # bytes of one person that no record has yet
FILE = framework.file.c


@dataclass(frozen=True)
class Place:
    """The field that a file is meant for."""

    entity: str
    field: str


@dataclass(frozen=True)
class NotStaged:
    """Why a file was not taken: code, variant and parameters of a refusal."""

    code: str
    variant: str = ""
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


def stage(
    store: Store, contents: Contents, actor: Actor, place: Place, name: str, stream: BinaryIO
) -> StoredFile | NotStaged:
    """Keeps a file for a record that is still to be saved. `stream` can be read from any place.

    The row is written after the content is on the disk, so that a row never names what is not there.
    """
    a_field = _writable_field(store, actor, place)
    if a_field is None:
        return NotStaged("field.read_only", "unknown")
    looked = _look(a_field, name, stream)
    if isinstance(looked, NotStaged):
        return looked
    if _staged_bytes(store, actor) + looked.size > MOST_STAGED:
        return NotStaged("request.too_many")
    row = {
        "id": secrets.token_urlsafe(24),
        "sha256": contents.put(looked.stream),
        "thumbnail": contents.put(looked.small.content) if looked.small else None,
        "name": clean_name(name, looked.media_type),
        "media_type": looked.media_type.name,
        "size": looked.size,
        "width": looked.width,
        "height": looked.height,
        "entity": place.entity,
        "field": place.field,
        "record": None,
        "previous": None,
        "created_at": now(),
        "created_by": actor.user_id,
        "changed_seq": 0,  # belongs to no record yet: given by the unit of work that attaches it
    }
    with store.housekeeping() as connection:
        connection.execute(sa.insert(framework.file).values(row))
    return StoredFile(
        str(row["id"]), str(row["name"]), looked.size, looked.media_type.name, looked.width, looked.height
    )


@dataclass(frozen=True)
class _Looked:
    stream: BinaryIO
    media_type: MediaType
    size: int
    width: int | None = None
    height: int | None = None
    small: pictures.Picture | None = None


def _writable_field(store: Store, actor: Actor, place: Place) -> Field | None:
    entity = store.catalog.entities.get(place.entity)
    a_field = entity.fields.get(place.field) if entity else None
    if a_field is None or a_field.holds != "file":
        return None
    rights = field_rights(store.catalog, actor, place.entity)
    return a_field if a_field.key in rights.creatable | rights.updatable else None


def _look(a_field: Field, name: str, stream: BinaryIO) -> _Looked | NotStaged:
    size = size_of(stream)
    if size > a_field.size_limit:
        return NotStaged("field.length", "file", {"limit": f"{a_field.size_limit / 1_000_000:g}"})
    if size == 0:
        return NotStaged("field.format", "empty_file")
    extension = extension_of(clean_name(name))
    media_type = media_type_of(stream, extension)
    if media_type.is_program or extension in RUNS:
        return NotStaged("field.format", "program")
    if a_field.accepted and media_type.kind not in a_field.accepted:
        return NotStaged("field.format", "file_kind", {"kinds": a_field.accepted})
    if a_field.type == "image":
        return _image(stream, media_type)
    if media_type not in PICTURES:
        return _Looked(stream, media_type, size)
    small = pictures.thumbnail(stream)
    width, height = (pictures.measure(stream) if small else None) or (None, None)
    return _Looked(stream, media_type, size, width, height, small)


def _image(stream: BinaryIO, media_type: MediaType) -> _Looked | NotStaged:
    """A picture is kept as it was drawn anew: what was hidden in it, and where it was taken, is gone."""
    drawn = pictures.redraw(stream) if media_type in PICTURES else None
    small = pictures.thumbnail(drawn.content) if drawn else None
    if drawn is None or small is None:
        return NotStaged("field.format", "picture")
    content = drawn.content
    return _Looked(content, media_type_of(content), size_of(content), drawn.width, drawn.height, small)


def size_of(stream: BinaryIO) -> int:
    """The bytes that a stream holds."""
    return stream.seek(0, 2)


def _staged_bytes(store: Store, actor: Actor) -> int:
    if actor.user_id is None:
        return 0
    mine = sa.select(sa.func.coalesce(sa.func.sum(FILE.size), 0))
    with store.system_reading() as connection:
        query = mine.where(FILE.record.is_(None), FILE.created_by == actor.user_id)
        return int(connection.execute(query).scalar_one())
