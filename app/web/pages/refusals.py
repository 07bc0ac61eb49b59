"""What the write path refuses, as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.record import Refusal, Refused

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

STATUS = {"invalid": 422, "denied": 403, "not_found": 404, "conflict": 409}


def texts(view: EntityDesk, refused: Refused) -> list[str]:
    """The reasons, each once; of a warning also where it can be confirmed."""
    return list(dict.fromkeys(text_of(view, refusal) for refusal in refused.refusals))


def text_of(view: EntityDesk, refusal: Refusal) -> str:
    """One reason, where nothing can be confirmed."""
    text = refusal.text(view.language, view.catalog)
    return f"{text} {view.t('record.confirm_in_form')}" if refusal.confirmable else text


def sentence(view: EntityDesk, refused: Refused) -> str:
    """The reasons in a row."""
    return " ".join(texts(view, refused))


def back(view: EntityDesk, refused: Refused, target: str) -> Response:
    """Back to a page with the reasons. Raises NotFound where the record is out of sight."""
    if refused.status == "not_found":
        raise NotFound
    return view.go(target, "record.refused", "danger", why=sentence(view, refused))
