"""What is asked for inside of a list: a script puts it into a dialog of the page, and without one it is a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import jsonify, request
from werkzeug.wrappers import Response

from app.web.pages.fragments import fragment

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

INSIDE = "inside"


def is_inside() -> bool:
    """Whether a script asks, to put the answer into a page."""
    return request.args.get(INSIDE) == "1"


def answer_inside(
    view: EntityDesk, name: str, values: dict[str, Any], *, crumb: str = "", status: int = 200
) -> Response:
    """`{html}` of the fragment of that name, or the page of that name about it; `values` hold its `heading`."""
    if is_inside():
        response: Response = jsonify(html=fragment(f"fragments/{name}.html", **values))
        response.status_code = status
        return response
    heading = str(values["heading"])
    crumbs = ((view.plural(view.entity_key), view.address), (crumb or heading, ""))
    return view.page(f"{name}.html", title=heading, here=view.entity_key, crumbs=crumbs, status=status, **values)


def go_on(view: EntityDesk, href: str, said: str = "") -> Response:
    """`{href}`, or to that page."""
    return jsonify(href=href) if is_inside() else view.go(href, said)
