"""Taking up a new revision: no request fails, and a build that fails leaves the old one serving."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from app.orm.store import StaleRevision
from app.web.app import LARGEST_BODY, TOO_LARGE
from app.web.security.gate import LAST_TRY
from app.web.swap import Swap, read_body

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def serving(number: int, applied: list[int]) -> Application:
    """An application built for revision `number`, over a database that has `applied[0]`. It answers with the body."""

    @Request.application
    def answer(request: Request) -> Response:
        body = request.get_data(as_text=True)
        if applied[0] != number and not request.environ.get(LAST_TRY):
            raise StaleRevision
        return Response(f"{number}:{body}", 413 if request.environ.get(TOO_LARGE) else 200)

    return answer


def test_a_request_is_answered_by_the_revision_that_was_applied_meanwhile() -> None:
    applied = [1]
    built: list[int] = []

    def build() -> Application:
        built.append(applied[0])
        return serving(applied[0], applied)

    client = Client(Swap(build))
    applied[0] = 2
    assert client.post("/", data="typed").text == "2:typed"
    assert client.post("/", data="again").text == "2:again"
    assert built == [1, 2]


def test_a_revision_applied_while_another_is_built_is_taken_up_too() -> None:
    applied = [1]

    def build() -> Application:
        made = serving(applied[0], applied)
        applied[0] = min(applied[0] + 1, 3)  # the next one comes during the build
        return made

    client = Client(Swap(build))
    assert client.get("/").text == "3:"


def test_a_build_that_fails_leaves_the_old_one_serving(caplog: pytest.LogCaptureFixture) -> None:
    applied = [1]
    tries: list[int] = []

    def build() -> Application:
        tries.append(applied[0])
        if applied[0] == 2:
            raise ValueError("broken")
        return serving(applied[0], applied)

    client = Client(Swap(build))
    applied[0] = 2
    assert client.post("/", data="typed").text == "1:typed"
    assert client.post("/", data="again").text == "1:again"
    assert tries == [1, 2], "it is not tried again for every request"
    assert "could not take up the new revision" in caplog.text


def test_a_body_of_ten_megabytes_passes_and_a_larger_one_is_not_kept() -> None:
    client = Client(Swap(lambda: serving(1, [1])))
    whole = client.post("/", data=b"x" * LARGEST_BODY)
    assert (whole.status_code, len(whole.data)) == (200, LARGEST_BODY + 2)
    larger = client.post("/", data=b"x" * (LARGEST_BODY + 1))
    assert (larger.status_code, larger.text) == (413, "1:")


def text_of(body: BinaryIO) -> bytes:
    with body:
        body.seek(0)
        return body.read()


@pytest.mark.parametrize(
    ("stated", "sent", "kept"),
    [
        ({"CONTENT_LENGTH": "3"}, b"abc", b"abc"),
        ({"CONTENT_LENGTH": "3"}, b"ab", b"ab"),
        ({"CONTENT_LENGTH": ""}, b"abc", b""),
        ({"CONTENT_LENGTH": "-1"}, b"abc", b""),
        ({"CONTENT_LENGTH": "many"}, b"abc", b""),
        ({"wsgi.input_terminated": True}, b"abc", b"abc"),
        ({}, b"abc", b""),
    ],
)
def test_the_body_is_what_its_sender_said(stated: dict[str, Any], sent: bytes, kept: bytes) -> None:
    environ = {"wsgi.input": io.BytesIO(sent), **stated}
    assert text_of(read_body(environ)) == kept
    assert environ["CONTENT_LENGTH"] == str(len(kept))
    assert TOO_LARGE not in environ


def test_a_body_in_chunks_without_an_end_is_refused() -> None:
    environ: dict[str, Any] = {"wsgi.input": io.BytesIO(b"x" * (LARGEST_BODY + 1)), "wsgi.input_terminated": True}
    assert text_of(read_body(environ)) == b""
    assert environ[TOO_LARGE]
