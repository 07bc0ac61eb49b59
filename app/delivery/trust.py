"""Whose certificates are believed when this program talks to another: one answer for mail, webhooks, directories and providers."""

from __future__ import annotations

import os
import ssl
from functools import cache


def trusted(*protocols: str) -> ssl.SSLContext:
    """The system's authorities, or those of the operator's SSL_CERT_FILE or SSL_CERT_DIR, as OpenSSL reads them; read once, since
    hundreds of certificates take as long as a mail. `protocols` are those of ALPN.
    """
    return _read(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"), protocols)


@cache
def _read(_file: str | None, _folder: str | None, protocols: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context
