"""One word to the next page: "saved", "deleted". It travels in a cookie that the next page takes away.

The cookie holds a key of the texts and plain values, never markup; what is not understood is dropped.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import field

from flask import Request
from werkzeug.wrappers import Response

from app.frozen import dataclass
from app.web.cookies import give_cookie, read_cookie, take_cookie
from app.web.i18n import TEXTS, text_in

COOKIE = "tenon_notice"
LONGEST = 1_500
ALLOWED = (
    "record.", "report.", "profile.", "people.", "password.", "bell.", "task.", "approvals.", "deputy.", "team.", "exception.",
    "viewing.", "timeline.added", "saved.", "bulk_mail.",
)  # fmt: skip


@dataclass(frozen=True)
class Notice:
    """A key of the texts with its parameters. `tone` is "done" or "danger"."""

    key: str
    params: Mapping[str, str] = field(default_factory=dict)
    tone: str = "done"

    def text(self, language: str) -> str:
        return text_in(language, self.key, **self.params)


def give(response: Response, notice: Notice) -> None:
    """Send the notice along; one that is too long for a cookie is shortened in its values."""
    params = {key: value[:200] for key, value in notice.params.items()}
    packed = urlsafe_b64encode(json.dumps([notice.key, params, notice.tone]).encode()).decode()
    if len(packed) <= LONGEST:
        give_cookie(response, COOKIE, packed, seconds=60)


def find_notice(request: Request) -> Notice | None:
    """The notice that the request brought, or None."""
    packed = read_cookie(request, COOKIE)
    if not packed or len(packed) > LONGEST:
        return None
    try:
        key, params, tone = json.loads(urlsafe_b64decode(packed))
        notice = Notice(str(key), {str(name): str(value) for name, value in dict(params).items()}, str(tone))
        usable = notice.key in TEXTS and notice.key.startswith(ALLOWED)
        return notice if usable and notice.text("en") else None
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, NotBase64):
        return None


def take(response: Response) -> None:
    """The notice was shown: take the cookie away."""
    take_cookie(response, COOKIE)
