"""The outermost layer: takes up a new revision without a failed request.

It reads the body of every request before the application sees it. When the application finds that another revision is applied
than the one it was built for (`StaleRevision`), its transaction was rolled back and nothing has left the house: the
application of the applied revision is built, once per process, put in its place, and the request runs again.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any

from app.orm.store import StaleRevision, Store
from app.web.app import LARGEST_BODY, TOO_LARGE
from app.web.security.gate import LAST_TRY

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
        body = read_body(environ)
        for _ in range(_TRIES):
            inner = self._inner
            try:
                return inner({**environ, "wsgi.input": io.BytesIO(body)}, start_response)
            except StaleRevision as stale:
                log.info("%s", stale)
            try:
                self._take_up(inner)
            except TakeUpFailed:
                break
        return self._inner({**environ, "wsgi.input": io.BytesIO(body), LAST_TRY: True}, start_response)

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


def read_body(environ: WSGIEnvironment) -> bytes:
    """The whole body of a request. One that is too large is not kept: `environ` says so, and the application refuses."""
    source: Any = environ["wsgi.input"]
    stated = environ.get("CONTENT_LENGTH") or ""
    if stated:
        length = int(stated) if stated.isascii() and stated.isdigit() else 0
    elif environ.get("wsgi.input_terminated"):
        length = LARGEST_BODY + 1  # sent in chunks: its end is its length
    else:
        length = 0
    body = _read(source, min(length, LARGEST_BODY + 1))
    if length > LARGEST_BODY and (stated or len(body) > LARGEST_BODY):
        _drain(source, min(length, _DRAINED) - len(body) if stated else _DRAINED)
        environ[TOO_LARGE] = True
        body = b""
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("wsgi.input_terminated", None)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return body


def _read(source: Any, length: int) -> bytes:
    parts: list[bytes] = []
    while length > 0 and (part := source.read(min(length, _CHUNK))):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _drain(source: Any, length: int) -> None:
    while length > 0 and (part := source.read(min(length, _CHUNK))):
        length -= len(part)
