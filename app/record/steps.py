"""The steps of a save, in their order. Each acts on the whole batch; the form is a batch of one."""

from __future__ import annotations

from typing import Any

from app.orm.framework import audit, consent, outbox, stage_move
from app.orm.search import delete_search_rows, search_rows, write_search_rows
from app.record.approving import check_locks, find_approvals, settle
from app.record.assigners import assign_new
from app.record.audit import audit_rows, changes_of, with_confirmed
from app.record.batch import Batch
from app.record.conditions import conditions_of
from app.record.consents import consent_rows
from app.record.decide import check_fields, check_future, check_verbs
from app.record.derive import derive, derive_for_parts
from app.record.duplicates import match_duplicates
from app.record.facts import find_facts
from app.record.field_states import check_allowed, check_read_only, check_required, clear_hidden, set_defaults
from app.record.files import find_files
from app.record.fills import fill
from app.record.mail_stops import follow_consents
from app.record.money import convert
from app.record.moves import begin_stages, check_kept, guard, mark_stages
from app.record.normalise import copy_texts, normalise, place_by_owner
from app.record.outbox import event_rows
from app.record.overrule import note_overruling, take_overruling
from app.record.parts import bring_parts, gather, place_parts, save_parts
from app.record.people import check_active, check_ways_in, mirror_people
from app.record.references import check_references, find_references
from app.record.rules import check_late_rules, check_rules
from app.record.save import number_early, save
from app.record.stage_history import move_rows
from app.record.translated import spread_texts
from app.record.upward import derive_upward
from app.record.validate import check_keys, check_retired, check_trees


def prepare(batch: Batch) -> None:
    """Steps 1 to 7: from what was posted to what is to be stored, with every refusal noted."""
    work_out(batch)
    check(batch)


def work_out(batch: Batch) -> None:
    """From what was posted to the values that the records and their parts will have. What can't be read is refused.

    Of a unit that only reads, as previews are, the files alone are left out: they would be locked.
    """
    needs = conditions_of(batch.unit.catalog, batch.entity).needs
    check_fields(batch)
    take_overruling(batch)
    normalise(batch)
    note_overruling(batch)
    place_parts(batch)
    find_references(batch)
    default_by_formula(batch)
    if batch.unit.reader is None:
        find_files(batch)
    place_by_owner(batch)
    fill(batch)
    find_facts(batch, needs)
    begin_stages(batch)
    mark_stages(batch)
    spread_texts(batch)
    convert(batch)
    clear_hidden(batch, derived=False)
    bring_parts(batch)
    number_early(batch)
    derive_for_parts(batch)
    for parts in batch.parts:
        work_out(parts.kept)
        work_out(parts.new)
    derive(batch)
    if assign_new(batch):
        place_by_owner(batch)
        find_facts(batch, needs)
        derive(batch)
    if clear_hidden(batch, derived=True):
        derive(batch)


def check(batch: Batch) -> None:
    """Whether the records and their parts may be so; every refusal is noted."""
    for parts in batch.parts:
        check(parts.kept)
        check(parts.new)
    copy_texts(batch)
    check_read_only(batch)
    check_required(batch)
    check_allowed(batch)
    check_retired(batch)
    check_trees(batch)
    check_references(batch)
    check_rules(batch)
    check_keys(batch)
    find_approvals(batch)
    guard(batch)
    check_verbs(batch)
    if batch.blueprint.is_person:
        check_active(batch)
        check_ways_in(batch)
    match_duplicates(batch)
    gather(batch)
    check_kept(batch)
    check_locks(batch)


def carry_out(batch: Batch) -> tuple[int, ...]:
    """Steps 6 and 8 to 12, for a batch without refusals in which something changes. Returns what went out of sight."""
    save(batch)
    gone = check_future(batch)
    if batch.refusals:
        return ()
    save_parts(batch)
    settle(batch)
    if batch.blueprint.is_person:
        mirror_people(batch)
    write_notes(batch)
    derive_upward(batch.unit)
    check_late_rules(batch)
    return gone


def default_by_formula(batch: Batch) -> None:
    """Computed defaults of new records, and what those that point to records lead to."""
    conditions = conditions_of(batch.unit.catalog, batch.entity)
    if not batch.creating or not conditions.defaults:
        return
    find_facts(batch, conditions.first)
    set_defaults(batch)
    if not conditions.defaults.keys().isdisjoint(batch.blueprint.references):
        find_references(batch)


def write_notes(batch: Batch) -> None:
    """Steps 10 to 12: what the records are found by, the audit and the event, at once; and which addresses get no more mail."""
    beside = [
        (audit, _audit_rows(batch)),
        (outbox, _event_rows(batch)),
        (stage_move, move_rows(batch)),
        (consent, consent_rows(batch)),
    ]
    write_search_rows(batch.unit.connection, _search_rows(batch), beside)
    follow_consents(batch)


def _search_rows(batch: Batch) -> list[dict[str, object]]:
    """What the records are found by from now on; what they were found by is forgotten."""
    blueprint = batch.blueprint
    rows = batch.rows if batch.creating else list(batch.changed_rows(*blueprint.searched))
    if not batch.creating and rows:
        delete_search_rows(batch.unit.connection, batch.entity, [row.id for row in rows])
    return [words for row in rows for words in search_rows(batch.entity, row.id, row.values, blueprint.search)]


def _audit_rows(batch: Batch) -> list[dict[str, Any]]:
    if batch.creating:  # the first `old` of a field restores what it was created with
        return audit_rows(
            batch.unit, batch.entity, "create", ((row.id, with_confirmed(None, row.confirmed)) for row in batch.rows)
        )
    entity, compounds = batch.blueprint.entity, batch.blueprint.compounds
    entries = (
        (row.id, with_confirmed(changes_of(entity, compounds, row.old, row.values, row.changed), row.confirmed))
        for row in batch.rows
    )
    return audit_rows(batch.unit, batch.entity, "update", entries)


def _event_rows(batch: Batch) -> list[dict[str, Any]]:
    kind = "create" if batch.creating else "update"
    fields: set[str] = set()
    if not batch.creating:
        columns = {key for row in batch.rows for key in row.changed}
        fields = {key for key in columns if key in batch.blueprint.entity.every_field}
        fields |= {key for key, each in batch.blueprint.compounds.items() if not columns.isdisjoint(each.columns)}
        fields |= {key for key, each in batch.blueprint.overrides.items() if not columns.isdisjoint(each.every)}
        fields |= {name for row in batch.rows for name in row.touched}
    return event_rows(batch.unit, batch.entity, kind, [row.id for row in batch.rows], fields)
