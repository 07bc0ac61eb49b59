"""Headers that every answer carries: what the browser may run, load, frame, keep and tell others."""

from __future__ import annotations

from flask import Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
STATED_BY_ITSELF = ("Content-Security-Policy", "Cross-Origin-Resource-Policy")
"""By a file, stricter than that of pages; by a picture that mails show, wherever they are read."""
ONE_YEAR = "max-age=31536000"


def protect(response: Response, *, is_static: bool, https: bool) -> Response:
    """Add the headers; an answer that is not a static file is kept by nobody."""
    own = {name: response.headers[name] for name in STATED_BY_ITSELF if name in response.headers}
    response.headers.update(ALWAYS | own)
    if https:
        response.headers["Strict-Transport-Security"] = ONE_YEAR
    if not is_static:
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        response.vary.update(("Cookie", "Accept-Language"))
    return response
