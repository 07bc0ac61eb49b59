"""Cookies, all by one way: no script reads one, no other site sends one, and where people come by https none goes without."""

from __future__ import annotations

from flask import current_app
from werkzeug.wrappers import Response


def is_https() -> bool:
    """Whether people reach the server by https, as CRM_BASE_URL says: a proxy may end it before it comes here."""
    return bool(current_app.config["PREFERRED_URL_SCHEME"] == "https")


def give_cookie(response: Response, name: str, value: str, *, seconds: int | None = None, path: str = "/") -> None:
    """Hand a cookie to the browser: for so many seconds, or until it is closed."""
    response.set_cookie(name, value, max_age=seconds, path=path, httponly=True, samesite="Lax", secure=is_https())


def take_cookie(response: Response, name: str, *, path: str = "/") -> None:
    """Take it back."""
    response.delete_cookie(name, path=path, httponly=True, samesite="Lax", secure=is_https())
