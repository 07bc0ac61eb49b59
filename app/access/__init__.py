"""Who may do what: actors, decisions as values, row scopes, rights on fields, masks, and the sessions that carry them."""

from app.access.actor import Actor, PersonalRight, hook_actor, system_actor
from app.access.context import context_of
from app.access.decision import Allowed, Decision, Denied, decide, has_right, is_allowed, limit, verb_of
from app.access.explain import Line, Reason, explain, reasons
from app.access.fields import FieldRight, FieldRights, field_rights, readable_audiences
from app.access.identify import (
    FoundFeed,
    FoundSession,
    OutsideSeen,
    actor_of_user,
    find_actor_by_feed,
    find_actor_by_key,
    find_actor_by_login,
    find_actor_by_session,
    outside_of,
)
from app.access.mask import is_mask, mask
from app.access.scope import Way, as_of, placed_records, reads_of_scopes, row_condition, table_condition, ways_of_reader
from app.access.sessions import actor_of, end_writing, lasting_condition, models_of, now_of, reading, writing
from app.access.sight import fields_read, is_sensitive, reads_in_clear, seen_catalog
from app.access.viewing import sees_no_less

__all__ = [
    "Actor", "Allowed", "Decision", "Denied", "FieldRight", "FieldRights", "FoundFeed", "FoundSession", "Line",
    "OutsideSeen", "PersonalRight", "Reason", "Way", "actor_of", "actor_of_user", "as_of", "context_of", "decide", "end_writing",
    "explain", "field_rights", "fields_read", "find_actor_by_feed", "find_actor_by_key", "find_actor_by_login",
    "find_actor_by_session", "has_right", "hook_actor", "is_allowed", "is_mask", "is_sensitive", "lasting_condition",
    "limit", "mask", "models_of", "now_of", "outside_of", "placed_records", "readable_audiences", "reading", "reads_in_clear",
    "reads_of_scopes", "reasons", "row_condition", "seen_catalog", "sees_no_less", "system_actor", "table_condition",
    "verb_of", "ways_of_reader", "writing",
]  # fmt: skip
