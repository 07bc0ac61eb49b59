"""What of an automation this version does not carry out yet, in words. Known to the checks, and to the engine itself."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition.action import Action
from app.definition.addresses import field_at
from app.definition.automation import Automation
from app.definition.catalog import Catalog
from app.definition.entity import Entity
from app.definition.grammars import Length, parse_duration

RUNNING_ACTIONS = (
    "notify", "create", "set", "tag", "move_stage", "webhook", "send_mail", "assign", "update_related", "request_approval",
    "start_review", "run",
)  # fmt: skip
"""The actions that are carried out; the others wait for their engine."""
_WITHIN_A_DAY = frozenset({"minutes", "hours"})


def why_action_waits(catalog: Catalog, entity: str, action: Action) -> str | None:
    """Why an action is not carried out, or not yet, for records of an entity; None for one that is."""
    if action.name not in RUNNING_ACTIONS:
        return "it needs public forms, which are not served yet"
    if action.tag is not None and tags_field(catalog.entities[entity]) is None:
        return f"{entity} has no field of type tags"
    for message, wanted in ((action.notify, "notification"), (action.send_mail, "mail")):
        template = catalog.templates.get(message.template) if message is not None else None
        if template is not None and template.for_ != wanted:
            return f"template '{template.key}' is for a {template.for_}, and a {wanted} takes one for {wanted}s"
    return None


def tags_field(entity: Entity) -> str | None:
    """The field that holds the tags of its records: the first of that type."""
    return next((each.key for each in entity.fields.values() if each.type == "tags"), None)


def why_it_waits(catalog: Catalog, automation: Automation) -> str | None:
    """Why nothing starts an automation yet; None for one that an event or the clock starts."""
    trigger = automation.trigger
    if trigger.date is None:
        return None
    if field_at(catalog, automation.entity, trigger.date) is None:
        return "its date is not reached by lookups to one entity each"
    in_hours = any(each.unit in _WITHIN_A_DAY for each in _lengths(automation))
    if in_hours and trigger.at is not None and _holds_moments(catalog, automation):
        return "hours before or after a moment count from that moment: leave `at` away"
    return None


def is_exact(catalog: Catalog, automation: Automation) -> bool:
    """Whether each record has a moment of its own, and not the same time of the day: it holds moments, or working hours are
    counted from its day.
    """
    in_working_hours = any(each.working and each.unit in _WITHIN_A_DAY for each in _lengths(automation))
    return in_working_hours or (automation.trigger.at is None and _holds_moments(catalog, automation))


def _lengths(automation: Automation) -> Iterator[Length]:
    found = (parse_duration(each) for each in (*automation.trigger.before, *automation.trigger.after))
    return (each for each in found if each is not None)


def _holds_moments(catalog: Catalog, automation: Automation) -> bool:
    date = automation.trigger.date
    found = None if date is None else field_at(catalog, automation.entity, date)
    return found is not None and (found.holds == "datetime" or found.type == "stage")
