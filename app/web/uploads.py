"""Bodies with files: how large a request may be, and taking in what it brings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from flask import current_app
from werkzeug.datastructures import FileStorage

from app.definition import Catalog, Field
from app.definition.files import StoredFile
from app.files import Contents, NotStaged, Place, stage
from app.record import Refusal
from app.web import context

MEGABYTE = 1024 * 1024
LARGEST_BODY = 10 * MEGABYTE  # of a request that brings no files
LARGEST_UPLOAD = 256 * MEGABYTE
MANY = 4  # files of the greatest size that one request brings for a field that holds many, or for all lines
_WITH_FILES = re.compile(r"/(?:api/v1/)?([a-z][a-z0-9_]*)/(?:new|[0-9]+/edit|_files/[a-z][a-z0-9_]*)")


def body_limit(catalog: Catalog, environ: Mapping[str, Any]) -> int:
    """The most bytes that the body of a request may have: more only where a person or a program that shows who it is sends
    files to an entity that keeps some.
    """
    if not brings_files(environ):
        return LARGEST_BODY
    match = _WITH_FILES.fullmatch(environ.get("PATH_INFO", ""))
    entity = catalog.entities.get(match[1]) if match else None
    if entity is None or not (environ.get("HTTP_COOKIE") or environ.get("HTTP_AUTHORIZATION")):
        return LARGEST_BODY
    files = sum(_room(each, several=each.many) for each in entity.fields.values())
    for link in catalog.parts_of(entity.key).values():
        files += sum(_room(each, several=True) for each in catalog.entities[link.entity].fields.values())
    return min(LARGEST_BODY + files, max(LARGEST_UPLOAD, LARGEST_BODY))


def _room(field: Field, *, several: bool) -> int:
    """The bytes that the files of a field may take in one request."""
    return field.size_limit * (MANY if several else 1) if field.holds == "file" else 0


def brings_files(environ: Mapping[str, Any]) -> bool:
    """Whether the body of a request may have files in it."""
    kind = str(environ.get("CONTENT_TYPE", "")).lower()
    return environ.get("REQUEST_METHOD") == "POST" and kind.startswith("multipart/form-data")


def contents() -> Contents:
    """Where the contents of files are kept."""
    return cast("Contents", current_app.extensions["tenon.contents"])


def take_in(place: Place, upload: FileStorage) -> StoredFile | Refusal:
    """Stages one file of the request for a field; a refusal says why not."""
    state = context.current()
    name = (upload.filename or "").encode("utf-8", "replace").decode()
    taken = stage(state.store, contents(), state.actor, place, name, upload.stream)  # type: ignore[arg-type]
    if not isinstance(taken, NotStaged):
        return taken
    params = {"file": name[-60:], **taken.params}
    return Refusal(taken.code, place.field, params, entity=place.entity, variant=taken.variant)
