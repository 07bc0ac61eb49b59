"""Every table of the framework, and what becomes there of a person who is erased: each stands here, a test asks for it.

Tables of entities and of their lists, present or removed, are gone through column by column as they stand in the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.engine import Connection

from app.plan.migrate import version
from app.plan.tombstone import read_tombstones
from app.privacy.person import Hidden

WORDS_GO: Mapping[str, tuple[str, ...]] = {
    "tenon_api_key": ("name",),
    "tenon_approval": ("comment", "terms"),
    "tenon_approval_ask": ("comment",),
    "tenon_automation_run": ("result",),
    "tenon_calendar_feed": ("name",),
    "tenon_delivery": ("key", "target", "content", "answer"),
    "tenon_file": ("name",),
    "tenon_idempotency": ("answer", "key"),
    "tenon_login_guard": ("login",),
    "tenon_mailing": ("left_out",),
    "tenon_notice": ("mark", "params"),
    "tenon_outbox": ("actor", "failed"),
    "tenon_overwritten": ("old", "became"),
    "tenon_personal_right": ("reason",),
    "tenon_preference": ("value",),
    "tenon_received": ("key", "answer"),
    "tenon_review": ("answers", "reason"),
    "tenon_run": ("result",),
    "tenon_saved_view": ("name", "condition"),
}
"""By table the columns in which somebody may have written of him: they are searched for his words."""
PLAIN: Mapping[str, str] = {
    "tenon_api_key": "digest hint scope",
    "tenon_approval": "approval entity field stage_from stage_to state step",
    "tenon_approval_ask": "step state",
    "tenon_automation_run": "automation entity records mode state chain",
    "tenon_calendar_feed": "digest hint entity view",
    "tenon_delivery": "kind automation action entity host state claim",
    "tenon_file": "id sha256 thumbnail media_type entity field previous",
    "tenon_idempotency": "request",
    "tenon_mailing": "entity field template records state",
    "tenon_notice": "kind entity",
    "tenon_outbox": "kind entity records fields chain",
    "tenon_overwritten": "place kind",
    "tenon_personal_right": "entity field verb scope",
    "tenon_preference": "key",
    "tenon_received": "source entity",
    "tenon_review": "review entity state",
    "tenon_run": "job state",
    "tenon_saved_view": "entity columns sort share role",
}
"""Their other columns of text or JSON: keys of the configuration, ids, digests, states."""
OWN_WAY: Mapping[str, str] = {
    "tenon_audit": "lines that tell of him lose their bodies; their digests, seals and anchors stay",
    "tenon_search_row": "written anew for each record that changes",
    "tenon_mail_stop": "who wants no mail is left alone further on: the digest of the address stays, the reason goes",
}
NOTHING_OF_HIM: Mapping[str, str] = {
    "tenon_audit_anchor": "digests",
    "tenon_audit_seal": "digests",
    "tenon_consent": "ids, moments, people who work here, and words of the configuration: that he agreed stays provable",
    "tenon_counter": "numbers",
    "tenon_deputy": "days and people who work here",
    "tenon_fired": "ids",
    "tenon_held": "ids",
    "tenon_group_role": "of people who work here",
    "tenon_job": "names of jobs",
    "tenon_lease": "who leads",
    "tenon_login_state": "of people who work here",
    "tenon_own_key": "random secrets",
    "tenon_outside_login": "of people who work here",
    "tenon_passkey": "of people who work here",
    "tenon_passkey_challenge": "of people who work here, for a day at the most",
    "tenon_preparation": "names of columns",
    "tenon_record_team": "people who work here, and places",
    "tenon_recovery_code": "digests",
    "tenon_revision": "the configuration, as it was applied",
    "tenon_saml_answer": "of people who work here, for a day at the most",
    "tenon_schema_version": "a number",
    "tenon_second_factor": "of people who work here",
    "tenon_setup_token": "digests",
    "tenon_sla_clock": "ids and moments",
    "tenon_stage_move": "stages, and people who work here",
    "tenon_stale": "ids",
    "tenon_tombstone": "names of fields",
    "tenon_web_session": "of people who work here",
}


def hidden_columns(connection: Connection) -> Hidden:
    """What belongs to fields that were removed; a table without columns is hidden as a whole."""
    found: dict[str, list[str]] = {}
    for each in read_tombstones(connection, version(connection)):
        for part in each.parts:
            table, _, column = part.partition(".")
            found.setdefault(table, []).extend([column] if column else [])
    return {table: tuple(columns) for table, columns in found.items()}


def searched_tables(present: Iterable[str], left: frozenset[str]) -> list[str]:
    """The tables whose texts are searched, of those that are present; `left` are tables of entities that stay as they are."""
    return sorted(name for name in present if name in WORDS_GO or (name.startswith("crm_") and name not in left))
