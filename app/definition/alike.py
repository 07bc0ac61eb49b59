"""What a rule for duplicates may compare, and the field by which records that may be alike are found."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition.entity import Entity
from app.definition.field import Field
from app.definition.rule import Duplicate, Match

_COMPARED = frozenset(
    {"text", "integer", "decimal", "boolean", "date", "datetime", "time", "duration", "option", "reference"}
)
_PROSE = frozenset({"long_text", "rich_text"})
_COARSE = frozenset({"boolean", "option"})  # too many records share a value


def may_be_compared(a_field: Field) -> bool:
    """Whether records can be asked to have the same value of it: one short value, which has an order."""
    return not a_field.encrypted and a_field.holds in _COMPARED and not a_field.is_list and a_field.type not in _PROSE


def may_be_similar(a_field: Field) -> bool:
    """Whether its values may be alike to a degree: names and the like."""
    return a_field.type == "text" and may_be_compared(a_field)


def anchor_of(entity: Entity, duplicate: Duplicate) -> Match:
    """The comparison by which candidates are found: one that must be equal and tells records apart, an indexed one first;
    else a similar one; else the first.
    """
    return min(duplicate.match.values(), key=lambda each: _rank(entity.fields[each.field], each))


def anchors_of(entity: Entity) -> tuple[str, ...]:
    """The fields by which the candidates of all its duplicate rules are found. Rules that can't be carried out have none."""
    return tuple(dict.fromkeys(anchor_of(entity, each).field for each in sound_duplicates(entity)))


def sound_duplicates(entity: Entity) -> Iterator[Duplicate]:
    """The duplicate rules of an entity that can be carried out; of others the check of the configuration tells."""
    for each in entity.duplicates.values():
        found = [(entity.fields.get(one.field), one) for one in each.match.values()]
        if found and all(one is not None and _is_sound(one, match) for one, match in found):
            yield each


def _is_sound(a_field: Field, match: Match) -> bool:
    return may_be_compared(a_field) and (match.similar is None or may_be_similar(a_field))


def _rank(a_field: Field, match: Match) -> int:
    if match.similar is not None:
        return 2
    if a_field.holds in _COARSE:
        return 3
    return 0 if a_field.unique or a_field.indexed or a_field.target else 1
