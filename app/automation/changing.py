"""Changing the records that an action is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.automation.doing import DONE, Doing
from app.record import Change, Refused, Saved, update_in


def change(doing: Doing, changes: Mapping[int, Mapping[str, object]]) -> Saved | Refused:
    """Changes the records themselves."""
    if not changes:
        return DONE
    outcome = update_in(doing.unit, doing.entity, [Change(record, values) for record, values in changes.items()])
    return placed(doing, list(changes), outcome)


def placed(doing: Doing, records: list[int], outcome: Saved | Refused) -> Saved | Refused:
    """The outcome with refusals placed among all records of the action, where these were a part of them."""
    if isinstance(outcome, Saved) or tuple(records) == doing.records:
        return outcome
    places = {record: place for place, record in enumerate(doing.records)}
    refusals = tuple(replace(each, index=places[records[each.index]]) for each in outcome.refusals)
    return Refused(refusals, outcome.status)
