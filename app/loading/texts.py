"""Texts with names in them: `{entity:account}`, `{plural:account}` and `{field:close_date}` become labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from app.definition import SYSTEM_FIELDS, Text, words
from app.definition.text import ANY_LANGUAGE

TOKEN = re.compile(r"\{\s*(\w+)\s*:\s*(\w+)\s*\}")
LANGUAGES = ("en", "zh")
_BEGINS = re.compile(r"(^|[.!?:“\"]\s*)$")


def text_of(value: Any) -> Text:
    """A text of its plain form: a bare text is for every language."""
    if not value:
        return Text()
    return Text({ANY_LANGUAGE: value} if isinstance(value, str) else dict(value))


def target_names(to: object) -> tuple[str, ...]:
    """The entities that a plain `to:` names: one, or a list."""
    if isinstance(to, str):
        return (to,)
    return tuple(each for each in to if isinstance(each, str)) if isinstance(to, list | tuple) else ()


def _inside(label: str) -> str:
    """What a thing is called inside of an English sentence: "Main contact", and "VIP" stays."""
    return label[0].lower() + label[1:] if label[1:2].islower() else label


class Labels:
    """The labels of a tree's entities and fields, and the texts that use them. Unknown names stay as they are written."""

    def __init__(self, entities: Mapping[str, Mapping[str, Any]]) -> None:
        self._entities = entities
        self._labels = {
            key: text_of(each.get("label")) or Text({ANY_LANGUAGE: words(key)}) for key, each in entities.items()
        }
        self._plurals = {key: self._plural(key, text_of(each.get("plural"))) for key, each in entities.items()}

    def _plural(self, key: str, plural: Text) -> Text:
        if ANY_LANGUAGE in plural.by_language:
            return plural
        return Text({**self._labels[key].by_language, **plural.by_language})

    def entity(self, key: str) -> Text | None:
        """The label of an entity."""
        return self._labels.get(key)

    def plural(self, key: str) -> Text | None:
        """What many of an entity are called; without a plural of its own in a language, the label."""
        return self._plurals.get(key)

    def field(self, entity: str, key: str) -> Text | None:
        """The label of a declared or system field: its own, else that of the entity that it points to, else its key."""
        declared = self._entities.get(entity, {}).get("fields", {}).get(key)
        if declared is None:
            return SYSTEM_FIELDS[key].label if key in SYSTEM_FIELDS else None
        own = text_of(declared.get("label")) if isinstance(declared, Mapping) else Text()
        if own:
            return own
        return self.default_of_field(key, declared.get("to") if isinstance(declared, Mapping) else None)

    def at(self, entity: str, path: str) -> Text | None:
        """The label of the field that a path through lookups leads to; None for one that leads nowhere."""
        *steps, last = path.split(".")
        for step in steps:
            declared = self._entities.get(entity, {}).get("fields", {}).get(step)
            stated = declared if isinstance(declared, Mapping) else {}
            targets = target_names(stated.get("to"))
            if step in SYSTEM_FIELDS or stated.get("type") == "user":
                targets = SYSTEM_FIELDS[step].targets if step in SYSTEM_FIELDS else ("user",)
            if len(targets) != 1:
                return None
            entity = targets[0]
        return self.field(entity, last)

    def default_of_field(self, key: str, target: object) -> Text:
        """The label of a field that states none."""
        targets = target_names(target)
        of_target = self._labels.get(targets[0]) if len(targets) == 1 else None
        return of_target or Text({ANY_LANGUAGE: words(key)})

    def entity_of_inverse(self, entity: str, inverse: str) -> str | None:
        """The entity whose lookup to `entity` has this other side."""
        return self._inverses.get((entity, inverse))

    @cached_property
    def _inverses(self) -> Mapping[tuple[str, str], str]:
        return {
            (target, field.get("inverse") or key): key
            for key, each in self._entities.items()
            for field in each.get("fields", {}).values()
            for target in (target_names(field.get("to")) if isinstance(field, Mapping) else ())
        }

    def resolved(self, text: Text, entity: str | None) -> Text:
        """The text with its tokens replaced, `{field:x}` by a field of `entity`."""
        return self._resolved(text, entity, fields_too=True)

    def _resolved(self, text: Text, entity: str | None, *, fields_too: bool) -> Text:
        if not any("{" in each and TOKEN.search(each) for each in text.by_language.values()):
            return text
        languages = [each for each in text.by_language if each != ANY_LANGUAGE]
        if ANY_LANGUAGE in text.by_language:
            languages = list(dict.fromkeys([*languages, *LANGUAGES]))

        def in_language(language: str) -> str:
            def label(found: re.Match[str]) -> str:
                named = self._named(found[1], found[2], entity, fields_too=fields_too)
                if not named:
                    return found[0]
                said = named.in_language(language)
                is_inside = (
                    language == "en" and found[1] != "field" and not _BEGINS.search(found.string[: found.start()])
                )
                return _inside(said) if is_inside else said

            return TOKEN.sub(label, text.in_language(language))

        return Text({language: in_language(language) for language in languages})

    def _named(self, kind: str, name: str, entity: str | None, *, fields_too: bool) -> Text | None:
        if kind == "entity":
            return self.entity(name)
        if kind == "plural":
            return self.plural(name)
        if kind == "field" and entity is not None and fields_too:
            found = self.field(entity, name)
            # A label may itself name entities; it may not name fields, so that this ends.
            return self._resolved(found, entity, fields_too=False) if found else None
        return None
