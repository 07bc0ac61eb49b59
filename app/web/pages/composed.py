"""Values that a form asks for in several inputs: `address.street`, `location.latitude`; between them they are one text.

The text is the JSON of the parts that are filled in, in their order, so that what was read and what came back compare.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from app.definition.composite import ADDRESS_PARTS

PARTS: Mapping[str, tuple[str, ...]] = {"location": ("latitude", "longitude"), "address": ADDRESS_PARTS}


def joined(parts: Mapping[str, str]) -> str:
    """The one text of parts in their order; "" when none is filled in."""
    filled = {key: part for key, part in parts.items() if part}
    return json.dumps(filled, ensure_ascii=False) if filled else ""


def split(text: str) -> dict[str, str] | str:
    """The parts of a text; the text itself where it is none of ours, as in an address typed on one line."""
    try:
        found = json.loads(text) if text.startswith("{") else None
    except (ValueError, RecursionError):
        return text
    return {str(key): str(part) for key, part in found.items()} if isinstance(found, dict) else text


def posted(form: MultiDict[str, str], name: str, type_name: str) -> str | list[str] | None:
    """What came for the inputs of a field as its one text; a list when an input came twice; None when none came."""
    keys = PARTS.get(type_name, ())
    came = {key: form.getlist(f"{name}.{key}") for key in keys}
    if not any(came.values()):
        return None
    twice = next((values for values in came.values() if len(values) > 1), None)
    return twice or joined({key: values[0].strip() for key, values in came.items() if values})
