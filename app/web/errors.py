"""Answers for what goes wrong: a page for people, a problem (RFC 9457) under /api/. None shows what is inside."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from app.orm.store import StaleRevision
from app.orm.time_limit import was_stopped
from app.web import context, i18n
from app.web.security import csrf

log = logging.getLogger("tenon.web")
API = "/api/"
HOOKS = "/hooks/"
FILES = "/files/"
PROBLEM = "application/problem+json"
CODES = {
    400: "request.malformed",
    401: "auth.required",
    403: "access.denied",
    404: "record.not_found",
    405: "request.malformed",
    413: "request.malformed",
    415: "request.malformed",
    428: "request.precondition",
    429: "request.too_many",
    503: "service.busy",
    504: "request.too_slow",
}
_WITH_TEXT = {400, 403, 404, 405, 413, 429, 500, 503, 504}
_MEGABYTE = 1024 * 1024


class Told(BadRequest):
    """A bad request, or another refusal, whose reason is told: `key` is that of a text."""

    def __init__(self, key: str, status: int = 400) -> None:
        super().__init__(i18n.text_in("en", key))
        self.key, self.code = key, status


def is_api() -> bool:
    """Whether the request is a program's: one that shows a token may ask for a file, too."""
    return request.path.startswith((API, HOOKS)) or (
        request.path.startswith(FILES) and "Authorization" in request.headers
    )


def problem(
    status: int,
    code: str | None = None,
    detail: str = "",
    *,
    errors: Sequence[dict[str, Any]] = (),
    **more: object,
) -> Response:
    """An RFC 9457 problem: `{type, title, status, code, detail, errors}` and what else is given."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,  # as RFC 9457 asks of `about:blank`
        "status": status,
        "code": code or CODES.get(status, "error"),
        "detail": detail,
        "errors": list(errors),
        **more,
    }
    return Response(json.dumps(body, ensure_ascii=False), status, content_type=PROBLEM)


def title(status: int, language: str) -> str:
    """The heading for a status in a language."""
    if status == 401:
        return i18n.text_in(language, "login.title")
    return i18n.text_in(language, f"error.{status if status in _WITH_TEXT else 400}.title")


def expected(error: HTTPException) -> BaseResponse:
    """The answer for an HTTP error that a view or the frame raised on purpose."""
    if isinstance(error.response, BaseResponse):
        return error.response
    if isinstance(error, SecurityError):  # no address can be made for a host that is not ours: no page either
        return problem(400) if is_api() else Response("400\n", 400, content_type="text/plain")
    status = error.code or 500
    response = _answer(status, "", error.key if isinstance(error, Told) else "")
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def unexpected(error: Exception) -> Response:
    """The answer for a fault of the program: logged with a number, shown as the number."""
    number = context.current().id if _in_request() else "-"
    where = request.url_rule.rule if request.url_rule is not None else "-"  # a path may hold a one-time link's token
    line = {"id": number, "method": request.method, "rule": where, "error": type(error).__name__}
    log.error("fault %s", json.dumps(line, ensure_ascii=False), exc_info=error)
    if isinstance(error, OperationalError) and was_stopped(error):
        return _answer(504, number)
    if isinstance(error, (OperationalError, StaleRevision)):  # the database is away, busy, or just being changed
        answer = _answer(503, number)
        answer.headers["Retry-After"] = "5"
        return answer
    return _answer(500, number)


def _in_request() -> bool:
    try:
        context.current()
    except LookupError:
        return False
    return True


def _answer(status: int, number: str, key: str = "") -> Response:
    if is_api():
        detail = i18n.text_in("en", key) if key else _text(status, number, "en")
        return problem(status, detail=detail, id=number) if number else problem(status, detail=detail)
    language = context.current().language
    text = i18n.text_in(language, key) if key else _text(status, number, language)
    shown: dict[str, Any] = {"status": status, "title": title(status, language), "text": text}
    if status == 503 and (kept := _kept()):
        shown["kept"], shown["files"] = kept, bool(request.files)
    return Response(render_template("error.html", language=language, **shown), status)


def _kept() -> list[tuple[str, str]] | None:
    """What somebody entered who is logged in: it is sent again by a button. None where nothing was, and for secrets."""
    if request.method != "POST" or context.current().web_session is None:
        return None
    posted = [(name, value) for name, value in request.form.items(multi=True) if name != csrf.FIELD]
    return None if any("password" in name for name, _ in posted) else posted


def _text(status: int, number: str, language: str) -> str:
    key = f"error.{status if status in _WITH_TEXT else 400}.text"
    return i18n.text_in(language, key, id=number, limit=(request.max_content_length or 0) // _MEGABYTE)
