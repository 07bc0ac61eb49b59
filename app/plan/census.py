"""Which columns of the framework's tables hold keys of entities, fields and stages, and what becomes of them at a rename.

Every column of text or JSON stands in one of these lists: a test asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from app.orm.framework import (
    approval,
    automation_run,
    calendar_feed,
    consent,
    delivery,
    file,
    mailing,
    notice,
    outbox,
    overwritten,
    personal_right,
    received,
    record_team,
    review,
    saved_view,
    search_row,
    stage_move,
    stale,
)

Column = sa.Column[Any]

OF_ENTITIES: tuple[Column, ...] = (
    overwritten.c.kind,
    *(
        table.c.entity
        for table in (
            approval, automation_run, calendar_feed, consent, delivery, file, mailing, notice, outbox, personal_right, received,
            record_team, review, saved_view, search_row, stage_move, stale,
        )
    ),
)  # fmt: skip
"""The key of an entity, mostly beside the id of a record."""
OF_FIELDS: tuple[Column, ...] = (
    approval.c.field, consent.c.field, file.c.field, mailing.c.field, personal_right.c.field, stage_move.c.field,
)  # fmt: skip
"""The key of a field, beside that of its entity."""
OF_STAGES: tuple[Column, ...] = (
    approval.c.stage_from,
    approval.c.stage_to,
    stage_move.c.stage_from,
    stage_move.c.stage_to,
)
"""A stage, beside entity and field."""
REWRITTEN: Mapping[str, str] = MappingProxyType(
    {
        "tenon_outbox.fields": "keys of fields in a list",
        "tenon_counter.name": "`sequence:entity.field:period`",
        "tenon_search_row.audience": "named by the keys of its fields",
        "tenon_saved_view.condition": "an expression, as the `where` of a view",
        "tenon_saved_view.columns": "keys of fields in a list",
        "tenon_saved_view.sort": "keys of fields in a list, some with a sign before",
        "tenon_approval.terms": "fields, people and conditions, of those that are open",
        "tenon_overwritten.old": "options, stages, and the entities of ids, as JSON",
        "tenon_overwritten.became": "as its value of before",
        "tenon_tombstone.name": "`entity.field` of a removed field; a removed entity keeps its own",
        "tenon_revision.names": "the next revision has them by new keys",
    }
)
"""Columns in which names stand within something else, each with how."""
AS_WRITTEN: Mapping[str, str] = MappingProxyType(
    {
        "tenon_audit.entity": "a digest proves what was written; `Former` reads it in words of today",
        "tenon_audit.changes": "as its entity",
        "tenon_revision.snapshot": "a revision is what was applied",
        "tenon_revision.steps": "what was done then",
        "tenon_revision.sql": "what was done then",
        "tenon_idempotency.answer": "what was answered; kept for a day",
        "tenon_received.answer": "what was answered",
        "tenon_delivery.content": "what was or will be sent, as it was when it was decided",
        "tenon_notice.params": "words, as they were told",
    }
)
"""Columns that keep old names, each with why."""
NO_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "tenon_api_key": "digest name hint scope",
        "tenon_approval": "approval state step comment",
        "tenon_approval_ask": "step state comment",
        "tenon_audit": "actor door action deletion salt digest",
        "tenon_audit_anchor": "chain",
        "tenon_audit_seal": "leaves digest chain",
        "tenon_automation_run": "automation records mode state result chain",
        "tenon_calendar_feed": "digest name hint view",
        "tenon_consent": "purpose wording actor door",
        "tenon_delivery": "key kind automation action target host state claim answer",
        "tenon_file": "id sha256 thumbnail name media_type previous",
        "tenon_fired": "automation",
        "tenon_group_role": "role group_name issuer",
        "tenon_held": "automation",
        "tenon_idempotency": "key request",
        "tenon_job": "name",
        "tenon_lease": "name holder",
        "tenon_login_guard": "login",
        "tenon_login_state": "earlier",
        "tenon_mail_stop": "digest kind reason",
        "tenon_mailing": "template records state left_out",
        "tenon_notice": "kind mark",
        "tenon_outbox": "kind records actor chain failed",
        "tenon_outside_login": "issuer subject",
        "tenon_overwritten": "place",
        "tenon_own_key": "name sealed",
        "tenon_passkey": "credential public_key name transports",
        "tenon_passkey_challenge": "id challenge purpose about",
        "tenon_personal_right": "verb scope reason",
        "tenon_preference": "key value",
        "tenon_preparation": "table columns signature",
        "tenon_received": "source key",
        "tenon_record_team": "position",
        "tenon_recovery_code": "id",
        "tenon_review": "review state answers reason",
        "tenon_revision": "catalog_hash applied_by",
        "tenon_run": "job state result",
        "tenon_saml_answer": "id arrival",
        "tenon_saved_view": "name share role",
        "tenon_search_row": "tokens",
        "tenon_second_factor": "secret",
        "tenon_setup_token": "id purpose",
        "tenon_sla_clock": "sla target",
        "tenon_stage_move": "pipeline actor",
        "tenon_tombstone": "place parts became",
        "tenon_web_session": "id kind csrf address agent means",
    }
)
"""By table the other columns of text or JSON: they hold no key of an entity, a field or a stage. What else a pack names
(automations, pipelines, approvals, steps …) is never renamed.
"""
