"""Checks of the program that are taken out, one at a time, beside the tests that must then go red: those of rows and fields.

A mutant is a line: what it is called, how the running program is changed (`put` replaces a function in every module that has it
by name, `put.on` an attribute), and which test sees it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace as changed
from typing import Any

import sqlalchemy as sa

from app.access import FieldRight, decision, fields, identify, scope, sight
from app.access.actor import Actor
from app.insight import lists, many, parts, tags, views
from app.insight.labels import _mask_of_names
from app.record import audit_search, conflict, duplicates, moves, people, personal_rights
from app.record.history import links_in_sight
from app.web.api import openapi
from tests.security import (
    test_inference,
    test_lists,
    test_policies,
    test_rights,
    test_views,
    test_whole,
)
from tests.security.company import ASKING
from tests.security.deciding import actor_of, decisions, judge_decision
from tests.security.mutating import (
    Mutant,
    Put,
    always,
    by_askings,
    by_readings,
    by_tries,
    none,
    of_all,
    on,
    open_fields,
    unscoped,
)
from tests.security.site import Site


def by_decisions(site: Site) -> None:
    for asker in ASKING:
        actor = actor_of(site, asker)
        for verb, cell in decisions(site, asker):
            none(judge_decision(actor, verb, cell))


def all_columns(catalog: Any, _rights: Any, link: Any, wanted: Any = ()) -> tuple[str, ...]:
    return tuple(key for key in (wanted or catalog.entities[link.entity].fields) if key != link.field)


def seen_duplicates(_batch: Any, _rule: Any, found: Any) -> frozenset[int]:
    return frozenset(other for each in found for other in each.others)


def reading_of(kind: str) -> Callable[[Site, Put], None]:
    """What one grant shows of a field, without masks or without restrictions."""

    def mutate(_site: Site, put: Put) -> None:
        original = fields._reading

        def read(grant: Any, a_field: Any) -> Any:
            right, pattern = original(grant, a_field)
            if kind == "mask" and right is FieldRight.MASK:
                return FieldRight.READ, None
            if kind == "restricted" and right is FieldRight.HIDDEN and a_field.restricted:
                return FieldRight.READ, None
            if kind == "hidden" and right is FieldRight.HIDDEN and not a_field.restricted:
                return FieldRight.READ, None
            return right, pattern

        put(original, read)

    return mutate


def as_somebody(change: Callable[[Site, Actor], Actor]) -> Callable[[Site, Put], None]:
    """Everyone who comes in is a little more than he is."""

    def mutate(site: Site, put: Put) -> None:
        original = identify._actor
        put(original, lambda catalog, row: change(site, original(catalog, row)))

    return mutate


SOME = ("rep", "manager", "marketing", "both")

MUTANTS: dict[str, Mutant] = {
    # Who somebody is
    "everyone leads every department": (
        as_somebody(lambda site, who: changed(who, subtree=tuple(sorted(site.company.departments.values())))),
        by_tries("api.get"),
    ),
    "everyone is in every team": (
        as_somebody(lambda site, who: changed(who, teams=tuple(sorted(site.company.teams.values())))),
        by_tries("api.get"),
    ),
    "everyone stands in for everyone": (
        as_somebody(lambda site, who: changed(who, stands_in_for=tuple(sorted(site.company.people.values())))),
        by_tries("api.get"),
    ),
    "exceptions are forgotten": (as_somebody(lambda _site, who: changed(who, personal=())), by_tries("api.get")),
    "everyone has every role": (
        as_somebody(lambda site, who: changed(who, roles=frozenset(site.store.catalog.roles))),
        by_tries("page.record"),
    ),
    # Which rows
    "what has an owner is one's own": (
        on(scope._Scopes, "_owned", lambda _self, _entity, columns: columns("owner").is_not(None)),
        by_tries("api.list"),
    ),
    "any condition of a scope holds": (on(scope._Scopes, "_where", lambda *_: sa.true()), by_tries("page.lookup")),
    "every parent lets through": (
        on(scope._Scopes, "_through_parent", lambda self, entity, columns, _hops: [
            columns(self.models.catalog.entities[entity].parent_field).is_not(None)]),
        by_tries("page.search"),
    ),
    "lists of values unscoped": (
        always(scope.values_condition, None),
        of_all(test_lists.test_a_record_shows_the_links_of_which_both_ends_are_read),
    ),
    "an explanation of all rows": (always(scope.scopes_condition, None), by_decisions),
    "counts of what others have": (
        unscoped(lists.count_exact), test_inference.test_counts_are_those_of_ones_own_rows
    ),
    "tags of others": (unscoped(tags.tag_suggestions), of_all(test_lists.test_tags_are_offered_of_records_in_sight)),
    "values of lists of others": (
        unscoped(many.read_lists), of_all(test_lists.test_a_record_shows_the_links_of_which_both_ends_are_read)
    ),
    # Which fields
    "no mask": (reading_of("mask"), by_readings("field.api.get")),
    "nothing is restricted": (reading_of("restricted"), by_readings("field.page.record")),
    "nothing is hidden": (reading_of("hidden"), by_readings("field.api.list")),
    "no taint": (always(fields._reads_sources, True), by_readings("field.api.get")),
    "every field may be written": (always(fields._writes, True), by_askings("field.api.patch")),
    "conditions on hidden fields are answered": (
        always(sight.reads_in_clear, True),
        of_all(test_views.test_a_condition_on_a_hidden_field_is_no_view),
    ),
    "the language of filters knows every field": (
        lambda _site, put: put(sight.seen_catalog, lambda catalog, _actor: catalog), by_askings("field.api.filter")
    ),
    "names without their masks": (always(_mask_of_names, None), by_tries("api.get", "page.record")),
    "parts with all their columns": (
        lambda _site, put: (put(parts.part_columns, all_columns), open_fields(parts)(_site, put))[0],
        by_tries("page.record", "api.get"),
    ),
    "the history of all fields": (open_fields(sys.modules[links_in_sight.__module__]), by_tries("page.record")),
    "links in a history unscoped": (
        always(links_in_sight, {}),
        of_all(test_lists.test_a_history_tells_no_link_to_what_is_out_of_sight, ["rep", "both"]),
    ),
    "a conflict of all fields": (
        open_fields(conflict), test_inference.test_a_conflict_tells_neither_a_hidden_field_nor_who_is_out_of_sight
    ),
    "the audit of all fields": (
        open_fields(audit_search), of_all(test_policies.test_the_audit_tells_its_readers_what_they_may_read, ["auditor"])
    ),
    "openapi of every verb": (
        always(openapi._may, True), of_all(test_whole.test_openapi_describes_what_the_caller_sees)
    ),
    # What somebody may do
    "every right": (
        always(decision.has_right, True),
        of_all(test_rights.test_rights_are_shown_to_administrators_and_auditors, test_rights.OTHERS),
    ),
    "no limit": (always(decision.limit, None), of_all(test_policies.test_a_file_has_no_more_rows_than_its_limit, ["director"])),
    "every move": (
        always(moves._may_make, True),
        of_all(test_policies.test_a_move_is_made_by_the_roles_that_may_make_it, ["rep", "director"]),
    ),
    "everyone gives roles": (
        on(people, "has_right", lambda *_: True),
        of_all(test_policies.test_the_write_path_lets_administrators_alone_give_rights, SOME),
    ),
    "everyone makes exceptions": (
        always(personal_rights._may, True),
        of_all(test_policies.test_the_write_path_lets_administrators_alone_give_rights, SOME),
    ),
    "views are for everyone": (
        always(views._is_shared, True),
        of_all(test_policies.test_a_view_is_there_for_those_with_whom_it_is_shared),
    ),
    "duplicates out of sight are named": (
        lambda _site, put: put(duplicates._seen, seen_duplicates),
        of_all(test_policies.test_a_duplicate_out_of_sight_is_not_named, ["rep"]),
    ),
}  # fmt: skip
