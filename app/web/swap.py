"""The outermost layer: takes up a new revision without a failed request.

It reads the body of every request before the application sees it. When the application finds that another revision is applied
than the one it was built for (`StaleRevision`), its transaction was rolled back and nothing has left the house: the
application of the applied revision is built, once per process, put in its place, and the request runs again.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from app.orm.store import StaleRevision, Store
from app.web.app import TOO_LARGE
from app.web.security.gate import LAST_TRY
from app.web.uploads import LARGEST_BODY, body_limit, brings_files

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("tenon.web")
_TRIES = 3  # a revision may be applied while one is being built
_DRAINED = (
    64 * 1024 * 1024
)  # of a body that is too large so much is read and dropped, so that its sender hears the answer
_CHUNK = 1024 * 1024
_PATIENCE_SECONDS = 5.0  # after a failed build the old application serves for so long before another try


class TakeUpFailed(RuntimeError):
    """The application of the applied revision could not be built."""


class Swap:
    """A WSGI application that replaces the one within. `build` makes the application of the applied revision; what it
    raises is logged, and the old one keeps serving.
    """

    def __init__(self, build: Callable[[], WSGIApplication], first: WSGIApplication | None = None) -> None:
        self._build = build
        self._inner = first if first is not None else build()
        self._lock = Lock()
        self._not_before = 0.0

    @property
    def inner(self) -> WSGIApplication:
        """The application that serves now."""
        return self._inner

    @property
    def store(self) -> Store:
        """The store of the application that serves now."""
        found: Store = self._inner.extensions["tenon"]  # type: ignore[attr-defined]
        return found

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        limit = body_limit(self.store.catalog, environ) if brings_files(environ) else LARGEST_BODY
        with read_body(environ, limit) as body:
            return self._answer(environ, start_response, body)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse, body: BinaryIO) -> Iterable[bytes]:
        for _ in range(_TRIES):
            inner = self._inner
            try:
                return inner({**environ, "wsgi.input": _again(body)}, start_response)
            except StaleRevision as stale:
                log.info("%s", stale)
            try:
                self._take_up(inner)
            except TakeUpFailed:
                break
        return self._inner({**environ, "wsgi.input": _again(body), LAST_TRY: True}, start_response)

    def _take_up(self, seen: WSGIApplication) -> None:
        """Build the application of the applied revision, unless another thread did while this one waited."""
        with self._lock:
            if self._inner is not seen:
                return
            if time.monotonic() < self._not_before:
                raise TakeUpFailed
            began = time.monotonic()
            try:
                self._inner = self._build()
            except Exception as error:
                self._not_before = time.monotonic() + _PATIENCE_SECONDS
                log.exception("could not take up the new revision: the old one serves on")
                raise TakeUpFailed from error
            log.info("took up the applied revision in %.0f ms", (time.monotonic() - began) * 1000)


def read_body(environ: WSGIEnvironment, limit: int = LARGEST_BODY) -> BinaryIO:
    """The whole body of a request, one with files on the disk: to be closed. One of more bytes than `limit` is not kept:
    `environ` says so, and the application refuses.
    """
    source: Any = environ["wsgi.input"]
    stated = environ.get("CONTENT_LENGTH") or ""
    if stated:
        length = int(stated) if stated.isascii() and stated.isdigit() else 0
    elif environ.get("wsgi.input_terminated"):
        length = limit + 1  # sent in chunks: its end is its length
    else:
        length = 0
    body = cast("BinaryIO", tempfile.SpooledTemporaryFile(LARGEST_BODY))  # noqa: SIM115 - closed by the caller
    size = _copy(source, body, min(length, limit + 1))
    if length > limit and (stated or size > limit):
        _drain(source, min(length, _DRAINED) - size if stated else _DRAINED)
        environ[TOO_LARGE] = True
        body.truncate(0)
        size = 0
    environ["CONTENT_LENGTH"] = str(size)
    environ.pop("wsgi.input_terminated", None)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return body


def _again(body: BinaryIO) -> BinaryIO:
    """The body from its start."""
    body.seek(0)
    return body


def _copy(source: Any, body: BinaryIO, length: int) -> int:
    """Copies at most so many bytes; returns how many."""
    left = length
    while left > 0 and (part := source.read(min(left, _CHUNK))):
        body.write(part)
        left -= len(part)
    return length - left


def _drain(source: Any, length: int) -> None:
    while length > 0 and (part := source.read(min(length, _CHUNK))):
        length -= len(part)
