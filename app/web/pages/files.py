"""`/files/<id>`: the one door through which files are read. Each reading is decided anew.

A browser never takes a file for a page of ours: it is sandboxed, its type is one of a short list or none at all, and only
pictures that this program has drawn itself are shown in place; all else is saved.
"""

from __future__ import annotations

import re
from typing import BinaryIO
from urllib.parse import quote

from flask import Response as FlaskResponse
from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response
from werkzeug.wsgi import FileWrapper

from app.definition.files import StoredFile
from app.files import Found, find_file
from app.files.kinds import OTHER, PICTURES
from app.files.pictures import THUMBNAIL_TYPE
from app.web import context
from app.web.pages.base import PageView, expose
from app.web.uploads import contents

POLICY = "sandbox; default-src 'none'"
IN_PLACE = frozenset(each.name for each in PICTURES)
_SAFE_TYPES = re.compile(r"(image/(?!svg)|audio/|video/|application/(pdf|zip|vnd\.)|text/(plain|csv)$)")
_PLAIN = re.compile(r"[^A-Za-z0-9._ -]")


class FilesView(PageView):
    """`/files/…`."""

    route_base = "/files"

    @expose("/<string:file>")
    def show(self, file: str) -> Response:
        """The content of a file."""
        found = _find(file)
        media_type = found.file.type if _SAFE_TYPES.match(found.file.type) else OTHER.name
        in_place = found.file.is_picture and found.file.type in IN_PLACE
        return _answer(found.digest, media_type, disposition(found.file, in_place=in_place))

    @expose("/<string:file>/small")
    def small(self, file: str) -> Response:
        """The small picture of a picture."""
        found = _find(file)
        if found.thumbnail is None:
            raise NotFound
        return _answer(found.thumbnail, THUMBNAIL_TYPE, "inline")


def _find(file_id: str) -> Found:
    state = context.current()
    found = find_file(state.session, state.actor, file_id)
    if found is None:
        raise NotFound
    return found


def disposition(file: StoredFile, *, in_place: bool) -> str:
    """`Content-Disposition` in both forms of RFC 6266: a plain name for old programs, the true one for all others."""
    how = "inline" if in_place else "attachment"
    plain = _PLAIN.sub("_", file.name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"


def _answer(digest: str, media_type: str, how: str) -> Response:
    context.current().close_session()
    stream = contents().open(digest)
    size = _size(stream)
    response = FlaskResponse(FileWrapper(stream), content_type=media_type, direct_passthrough=True)
    response.call_on_close(stream.close)
    response.content_length = size
    response.headers["Content-Disposition"] = how
    response.headers["Content-Security-Policy"] = POLICY
    # A browser may keep it, but asks each time whether it may still show it.
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(digest)
    response.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    return response


def _size(stream: BinaryIO) -> int:
    size = stream.seek(0, 2)
    stream.seek(0)
    return size
