"""Cookies, all by one way: no script reads one, no other site sends one, and where people come by https none goes without.

There they also bear `__Host-` (RFC 6265bis), for which all are of the whole server: a browser takes one of that name from nobody else,
so that another server of the same domain plants none, and has nobody go on with a login that it began.
"""

from __future__ import annotations

from flask import Request, current_app
from werkzeug.wrappers import Response

OURS_ALONE = "__Host-"


def is_https() -> bool:
    """Whether people reach the server by https, as CRM_BASE_URL says: a proxy may end it before it comes here."""
    return bool(current_app.config["PREFERRED_URL_SCHEME"] == "https")


def name_of(name: str) -> str:
    """What a browser knows a cookie by."""
    return OURS_ALONE + name if is_https() else name


def give_cookie(response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """Hand a cookie to the browser: for so many seconds, or until it is closed."""
    response.set_cookie(
        name_of(name), value, max_age=seconds, path="/", httponly=True, samesite="Lax", secure=is_https()
    )


def read_cookie(request: Request, name: str) -> str:
    """A cookie; blank where the browser has none."""
    return request.cookies.get(name_of(name), "")


def take_cookie(response: Response, name: str) -> None:
    """Take it back."""
    response.delete_cookie(name_of(name), path="/", httponly=True, samesite="Lax", secure=is_https())
