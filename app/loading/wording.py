"""How things and values are called in messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.loading.node import Node, Path
from app.loading.shape import KINDS as THINGS_OF_PACKS

KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map of keys and values",
}
THINGS = {
    "fields": "field",
    "link_fields": "field of links",
    "options": "option",
    "stages": "stage",
    "pipelines": "pipeline",
    "sections": "section",
    "tabs": "tab",
    "keys": "key",
    "groups": "group",
    "items": "item",
    "grants": "grant",
    "rules": "rule",
    "duplicates": "duplicate rule",
    "transitions": "transition",
    "variants": "variant",
    "points": "point",
    "bands": "band",
    "modules": "module",
    "calendars": "calendar",
    "inbound": "hook",
    **{kind.place: kind.name for kind in THINGS_OF_PACKS if kind.is_folder},
    "slas": "service level",
    "actions": "action",
    "steps": "step",
    "targets": "target",
    "checklist": "item",
    "record_team": "place",
    "cards": "card",
    "measures": "measure",
    "cases": "case",
    "makes": "record",
}
ELSEWHERE = {  # words of other systems, and what they are here
    "bool": ("boolean",),
    "checkbox": ("boolean",),
    "currency": ("money",),
    "dropdown": ("picklist",),
    "enum": ("picklist",),
    "everyone": ("all",),
    "float": ("decimal",),
    "html": ("rich_text",),
    "int": ("integer",),
    "link": ("lookup", "url"),
    "many2one": ("lookup",),
    "mine": ("own",),
    "mobile": ("phone",),
    "number": ("integer", "decimal"),
    "option": ("picklist",),
    "reference": ("lookup",),
    "relation": ("lookup",),
    "select": ("picklist",),
    "string": ("text",),
    "textarea": ("long_text",),
    "timestamp": ("datetime",),
    "varchar": ("text",),
}
LONGEST = 60


def named(path: Path) -> str:
    """What a path leads to: `field 'amount'`, `'max_length'`."""
    if len(path) == 1:
        return f"{path[0]}.yaml"
    if path[-1].isdecimal():
        return f"an item of '{path[-2]}'"
    thing = THINGS.get(path[-2])
    return f"{thing} '{path[-1]}'" if thing else f"'{path[-1]}'"


def spelled(kinds: Sequence[str]) -> str:
    """Kinds of JSON in plain words: `a text or a number`."""
    return list_of([KINDS[kind] for kind in kinds], "or")


def kind_of_value(node: Node) -> str:
    """A value as a message shows it, cut when it is long."""
    value = node.value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= LONGEST else f"'{value[:LONGEST]}…'"
    if isinstance(value, dict):
        return "a map"
    return "a list" if isinstance(value, list) else f"the number {value}"


def list_of(words: Iterable[str], joint: str = "and") -> str:
    """`a, b and c`."""
    every = list(words)
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} {joint} {every[-1]}" if every else "nothing"


def article(word: str) -> str:
    """`a field`, `an action`."""
    return f"an {word}" if word[0] in "aeio" else f"a {word}"
