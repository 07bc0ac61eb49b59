"""Lists of values in forms: one text, a JSON list of keys, tags or ids, or of objects where a link has fields of its own.

So a list is kept, compared and restored by the browser as any other input is. `shown` holds the names behind ids.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.definition import Option, Stage
from app.insight import AnyLinkReference, LinkReference


def written(values: Iterable[object], text_of: Callable[[object], str]) -> str:
    """The text of a list as `many.js` writes it; "" for an empty one. `text_of` makes the text of a link's own value."""
    found = [_one(value, text_of) for value in values]
    return _json(found) if found else ""


def names_of(values: Iterable[object], unseen: str) -> str:
    """The names of the linked records by id; `unseen` where a name is not to be told."""
    links = [value for value in values if isinstance(value, LinkReference)]
    return _json({_id(link): unseen if link.label is None else link.label for link in links})


def read(text: str) -> object:
    """What the write path is given for the text: a list, None for a blank, the text itself where it is no list."""
    if not text:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, list) else text


def words(text: str, names: str, choices: Mapping[str, Option | Stage], language: str) -> str:
    """A list as people read it, from what was posted: names of records, labels of options, tags."""
    found = read(text)
    known = read_names(names)
    keys = (
        [str(each.get("id")) if isinstance(each, dict) else str(each) for each in found]
        if isinstance(found, list)
        else []
    )
    labels = {key: choice.label.in_language(language) for key, choice in choices.items()}
    return ", ".join(known.get(key) or labels.get(key) or key for key in keys)


def read_names(text: str) -> dict[str, str]:
    """The names that came with a list; none where they can't be read."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return {str(key): str(name) for key, name in found.items()} if isinstance(found, dict) else {}


def _one(value: object, text_of: Callable[[object], str]) -> object:
    if not isinstance(value, LinkReference):
        return str(value)
    if not value.own:
        return _id(value)
    return {"id": _id(value), **{key: text_of(each) for key, each in value.own.items()}}


def _id(link: LinkReference) -> str:
    return link.path if isinstance(link, AnyLinkReference) else str(link.id)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
