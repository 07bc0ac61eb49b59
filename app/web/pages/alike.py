"""Records that look like a new one while it is typed: hints beside the fields, as the duplicate rules of the save find them.

The page says which fields are compared; a script asks `POST /<entity>/form/alike` once they are filled in. The save asks the
same again, of whoever asked for no hints, too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import jsonify, request
from werkzeug.exceptions import Forbidden, TooManyRequests
from werkzeug.wrappers import Response

from app.insight.labels import labels
from app.record.conditions import conditions_of
from app.record.preview import find_alike
from app.web import context
from app.web.pages.defaults import left_to_save
from app.web.pages.posted import read_posted, values_of
from app.web.pages.shapes import Shape
from app.web.security.lockout import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.web.pages.desk import EntityDesk

ASKED = Bucket(size=40, per_second=1.0)  # by a person: each is answered by some statements, as the check of a save is


def plan_of(view: EntityDesk, shape: Shape) -> str:
    """What the script of a new record's form is told, as JSON: `ask`, the address, and `rules`: the compared fields of each that
    stand in the form. `wide` where what is compared or asked for follows from other fields, too. Blank where nothing is hinted
    at: no rule, or none of which the person reads all that it compares.
    """
    clear = view.rights(view.entity_key).clear
    rules = [each for each in conditions_of(view.catalog, view.entity_key).duplicates if clear.issuperset(each.fields)]
    compared = [[key for key in each.fields if key in shape.writable and key in shape.keys] for each in rules]
    if not any(compared):
        return ""
    wide = any(
        each.when is not None or len(keys) < len(each.fields) for each, keys in zip(rules, compared, strict=True)
    )
    return json.dumps(
        {"ask": f"{view.address}form/alike", "rules": [each for each in compared if each], "wide": wide},
        separators=(",", ":"),
    )


def answer(view: EntityDesk, shape: Callable[[], Shape]) -> Response:
    """POST /<entity>/form/alike: `{hints: [{text, fields, records: [{label, href}]}]}`, of records in the person's sight.

    `shape` gives the form of a new record. Raises Forbidden for who makes none, TooManyRequests for who asks without end.
    """
    if not view.can("create"):
        raise Forbidden
    if not ASKED.take(str(view.actor.user_id)):
        raise TooManyRequests
    posted = read_posted(request.form, view.entity, shape().tables)
    values = values_of(posted, view.entity, view.formats.zone, masked=frozenset(), creating=True)
    found = find_alike(context.current().looking, view.entity_key, left_to_save(view, values))
    names = (
        labels(view.session, {view.entity_key: [record for each in found for record in each.alike]}) if found else {}
    )
    hints = [
        {
            "text": each.text(view.language, view.catalog),
            "fields": _compared(view, each.code),
            "records": [
                {"label": name, "href": f"{view.address}{record}"}
                for record in each.alike
                if (name := names.get((view.entity_key, record))) is not None
            ],
        }
        for each in found
    ]
    response: Response = jsonify(hints=[each for each in hints if each["records"]])
    return response


def _compared(view: EntityDesk, code: str) -> list[str]:
    rules = conditions_of(view.catalog, view.entity_key).duplicates
    return list(next(each.fields for each in rules if each.code == code))
