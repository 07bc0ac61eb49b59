"""Files of tests: a name such as `report.pdf` stands for a file that whoever writes has chosen. Contents are kept nowhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from app.access import Actor
from app.definition import Entity, Field
from app.definition.files import StoredFile
from app.files import Place, stage
from app.files.kinds import media_type_of
from app.orm.store import Store

_OF_EXTENSION = {".pdf": b"%PDF-1.4\n", ".txt": b"Sample\n", ".csv": b"sample,1\n", ".rtf": b"{\\rtf1 Sample}"}
KNOWN = ", ".join(_OF_EXTENSION)


class NoContents:
    """A store of contents that keeps none: nothing of a test reads what a file holds."""

    def put(self, stream: BinaryIO) -> str:
        """As `Contents.put`, but that nothing is kept."""
        stream.seek(0)
        return hashlib.sha256(stream.read()).hexdigest()

    def open(self, digest: str) -> BinaryIO:
        """There is none."""
        raise FileNotFoundError(digest)

    def delete(self, digest: str, before: float) -> bool:
        """There is none."""
        return False

    def every(self) -> Iterator[tuple[str, float]]:
        """There is none."""
        return iter(())


def staged(store: Store, actor: Actor, entity: Entity, a_field: Field, value: Any) -> Any:
    """The value of a file field with the ids of files made up for the names in it; what is no name of a file stays."""
    if isinstance(value, list):
        return [staged(store, actor, entity, a_field, each) for each in value]
    content = _OF_EXTENSION.get(PurePosixPath(value).suffix) if isinstance(value, str) else None
    if content is None:
        return value
    place = Place(entity.key, a_field.key)
    found = stage(store, NoContents(), actor, place, str(value), BytesIO(content))
    return found.id if isinstance(found, StoredFile) else value  # the save will say what is wrong


def sample_name(a_field: Field) -> str | None:
    """The name of a file that the field takes; None where there is no sample for it."""
    if a_field.type == "image":
        return None
    fitting = (
        f"sample{extension}"
        for extension, content in _OF_EXTENSION.items()
        if not a_field.accepted or media_type_of(BytesIO(content), extension).kind in a_field.accepted
    )
    return next(fitting, None)
