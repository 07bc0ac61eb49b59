"""Steps of a path (`account.owner`): lookups. One to several entities is followed to one of them: `about:contact`."""

from __future__ import annotations

from app.definition import Entity

_TO = ":"


def step_to(lookup: str, target: str) -> str:
    """The step over a lookup to several entities that leads to records of one of them."""
    return f"{lookup}{_TO}{target}"


def lookup_of(step: str) -> str:
    """The field of a step; also of a whole path, whose first it is."""
    return step.partition(".")[0].partition(_TO)[0]


def chosen_target(step: str) -> str | None:
    """The entity that a step over a lookup to several names; None for any other step."""
    return step.partition(_TO)[2] or None


def target_of(entity: Entity, step: str) -> str | None:
    """The entity whose records a step leads to; None where it is no lookup, or none to that entity."""
    a_field, chosen = entity.every_field.get(lookup_of(step)), chosen_target(step)
    if a_field is None or chosen is None:
        return None if a_field is None else a_field.target
    return chosen if chosen in a_field.targets else None
