"""Reading which files were posted for a field: ids alone, what they are is looked up later."""

from __future__ import annotations

from collections.abc import Mapping

from app.definition.files import Files, StoredFile

MOST_FILES = 100  # of one field
LONGEST_ID = 64


def read_files(raw: object, *, many: bool) -> StoredFile | Files | str | None:
    """Files by their ids: an id, `{id}`, with `many` a list of these, or ids with commas between. None is none; a str says
    what is wrong, as a variant of `field.type`.
    """
    items = _items(raw)
    ids = None if items is None else [_id(each) for each in items]
    if ids is None or None in ids:
        return "files" if many else "file"
    unique = list(dict.fromkeys(each for each in ids if each))
    if len(unique) > (MOST_FILES if many else 1):
        return "too_many_files" if many else "file"
    found = tuple(StoredFile(each) for each in unique)
    return (found if many else found[0]) if found else None


def _items(raw: object) -> list[object] | None:
    if raw is None:
        return []
    if isinstance(raw, str):
        return [*raw.split(",")]
    if isinstance(raw, list | tuple):
        return list(raw)
    return [raw] if isinstance(raw, Mapping | StoredFile) else None


def _id(item: object) -> str | None:
    found = item.get("id") if isinstance(item, Mapping) else item.id if isinstance(item, StoredFile) else item
    if not isinstance(found, str) or len(found) > LONGEST_ID:
        return None
    found = found.strip()
    return found if found.isascii() and (found.isprintable() or not found) else None
