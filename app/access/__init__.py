"""Who may do what: actors, decisions as values, row scopes, rights on fields, masks, and the sessions that carry them."""

from app.access.actor import Actor, hook_actor, system_actor
from app.access.context import context_of
from app.access.decision import Allowed, Decision, Denied, decide, has_right, limit, verb_of
from app.access.explain import Line, explain
from app.access.fields import FieldRight, FieldRights, field_rights, readable_audiences
from app.access.identify import FoundSession, actor_of_user, find_actor_by_login, find_actor_by_session
from app.access.mask import is_mask, mask
from app.access.scope import reads_of_scopes, row_condition, table_condition
from app.access.sessions import actor_of, end_writing, lasting_condition, models_of, reading, writing
from app.access.sight import reads_in_clear, seen_catalog

__all__ = [
    "Actor", "Allowed", "Decision", "Denied", "FieldRight", "FieldRights", "FoundSession", "Line", "actor_of", "actor_of_user",
    "context_of", "decide", "end_writing", "explain", "field_rights", "find_actor_by_login", "find_actor_by_session", "has_right",
    "hook_actor", "is_mask", "lasting_condition", "limit", "mask", "models_of", "readable_audiences", "reading", "reads_in_clear",
    "reads_of_scopes", "row_condition", "seen_catalog", "system_actor", "table_condition", "verb_of", "writing",
]  # fmt: skip
