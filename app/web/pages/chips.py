"""The quick filters above a list, as they are drawn. One in which nothing is chosen looks alike for all who have the same roles,
language and formats: it is drawn once for them, where drawing six of them was a tenth of a list page.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import current_app, request
from markupsafe import Markup

from app.insight import labels
from app.web.pages.base import screens
from app.web.pages.filters import ChipMaker, Condition, ids_asked

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def drawn_chips(view: EntityDesk, asked: Sequence[Condition]) -> list[Markup]:
    """The chips of the conditions that may be asked of the list of `view`, with what is chosen in this request."""
    wanted = ids_asked(asked)
    names = labels(view.session, wanted) if wanted else {}
    maker = ChipMaker(
        view.catalog, view.entity_key, view.language, request.args, names, view.address, view.formats,
        partial(view.may, "read"),
    )  # fmt: skip
    alike = (view.actor.grant_key, view.language, view.formats.zone.key, view.entity_key)
    return [
        _chip(maker, each) if each.active else screens().chip((alike, each.field.key), partial(_chip, maker, each))
        for each in asked
    ]


def _chip(maker: ChipMaker, asked: Condition) -> Markup:
    macros: Any = current_app.jinja_env.get_template("macros/inputs.html").module
    drawn: Markup = macros.filter_input(maker.make(asked))
    return drawn
