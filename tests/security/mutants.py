"""Checks of the program that are taken out, one at a time, beside the tests that must then go red: those of rows and fields.

A mutant is a line: what it is called, how the running program is changed (`put` replaces a function in every module that has it
by name, `put.on` an attribute), and which test sees it.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace as changed
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import FieldRight, decision, fields, identify, reading, scope, sees_no_less, sight, system_actor
from app.access.actor import Actor
from app.access.fields import FieldRights
from app.automation import deputies, told, webhooks, wording
from app.automation.doing import Doing
from app.automation.notices import tell
from app.automation.wording import Reader
from app.definition.action import Webhook
from app.definition.files import StoredFile
from app.files import FolderContents, Place, find, stage, staging
from app.insight import lists, many, parts, tags, views
from app.insight.labels import _mask_of_names
from app.orm.framework import deputy, notice
from app.orm.store import Store
from app.record import audit_search, conflict, duplicates, exporting, moves, people, personal_rights
from app.record.history import links_in_sight
from app.web.api import openapi, records
from app.web.security import denied, gate, headers, viewing
from tests.security import (
    field_doors,
    outbound,
    test_approval_inbox,
    test_census,
    test_inference,
    test_lists,
    test_notices,
    test_policies,
    test_requests,
    test_rights,
    test_viewing,
    test_views,
    test_whole,
)
from tests.security.company import ASKING
from tests.security.deciding import actor_of, decisions, judge_decision
from tests.security.matrix import cells, judge
from tests.security.site import Site

Detector = Callable[[Site], None]
STRIDE = 7  # cells of a door are asked in leaps: neighbours are much alike


class Put:
    """Puts another function in the place of one."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch

    def __call__(self, original: Any, other: Any) -> None:
        """In every module of the program that has it by name."""
        places = [
            (module, name)
            for key, module in list(sys.modules.items())
            if key.startswith("app.")
            for name, value in list(vars(module).items())
            if value is original
        ]
        assert places, original
        for module, name in places:
            self.patch.setattr(module, name, other)

    def on(self, holder: Any, name: str, other: Any) -> None:
        """In one place."""
        self.patch.setattr(holder, name, other)


Mutant = tuple[Callable[[Site, Put], None], Detector]


# Detectors


class Broken(Exception):
    """A mutant breaks the program, so that nothing is seen of what it lets through."""


def none(wrong: list[str]) -> None:
    """Nothing is wrong. Raises AssertionError, and Broken for what is no answer at all."""
    if any(": fault 5" in each for each in wrong):
        raise Broken(wrong)
    assert wrong == [], "\n".join(wrong)


def in_leaps(every: Iterable[Any]) -> list[Any]:
    """All of them, so that the first ones are from everywhere."""
    known = list(every)
    return [each for start in range(STRIDE) for each in known[start::STRIDE]]


def by_tries(*names: str) -> Detector:
    """The cells of these doors."""

    def detect(site: Site) -> None:
        twins: dict[tuple[str, str, str], tuple[int, str]] = {}
        for a_try, cell in in_leaps(each for each in cells(site) if each[0].name in names):
            none(judge(a_try, cell, twins))

    return detect


def by_readings(*names: str) -> Detector:
    """The cells of fields of these doors."""

    def detect(site: Site) -> None:
        answers: field_doors.Answers = {}
        for each in (each for each in field_doors.readings(site) if each[0].name in names):
            none(field_doors.judge_reading(*each, answers))

    return detect


def by_outbound(*names: str) -> Detector:
    """What leaves by these channels."""

    def detect(site: Site) -> None:
        for each in outbound.every(*names):
            for wrong in outbound.judge(site, *each):
                none(wrong)

    return detect


def by_askings(*names: str) -> Detector:
    """The cells of these doors that are asked about a field."""

    def detect(site: Site) -> None:
        twins: dict[tuple[str, ...], tuple[int, str]] = {}
        for each in in_leaps(each for each in field_doors.askings(site) if each[0].name in names):
            none(field_doors.judge_asking(*each, twins))

    return detect


def by_decisions(site: Site) -> None:
    for asker in ASKING:
        actor = actor_of(site, asker)
        for verb, cell in decisions(site, asker):
            none(judge_decision(actor, verb, cell))


def of_all(test: Callable[..., None], askers: Iterable[str] = ASKING) -> Detector:
    """A test, for each who asks."""

    def detect(site: Site) -> None:
        for asker in askers:
            test(site, asker)

    return detect


def patched(test: Callable[[Site, pytest.MonkeyPatch], None]) -> Detector:
    """A test that changes the program itself."""

    def detect(site: Site) -> None:
        with pytest.MonkeyPatch.context() as patch:
            test(site, patch)

    return detect


def by_closed_api(site: Site) -> None:
    for rest in ("/", "/_info", "/12"):
        test_whole.test_an_entity_out_of_sight_has_no_api(site, "rep", rest)


def by_staging(site: Site) -> None:
    """Behind the door, which asks before: who may not write a field sends no file for it."""
    for asker, entity in (("rep", "contact"), ("auditor", "account"), ("nobody", "account")):
        contents = FolderContents(site.keeper.store)
        place = Place(entity, "paper")
        staged = stage(site.store, contents, actor_of(site, asker), place, "a.txt", io.BytesIO(b"text"))
        assert not isinstance(staged, StoredFile), (asker, entity)


def by_headers(site: Site) -> None:
    test_requests.test_no_answer_is_kept_framed_or_guessed(site, "/account/")


def by_denials(site: Site) -> None:
    with test_policies.every_denial_told():
        test_policies.test_what_was_denied_leaves_one_line_that_tells_no_value(site, "rep")


# Mutations


SEED = system_actor("system:seed")


def every_field_said(doing: Doing) -> Webhook:
    """A webhook that names more than its action does."""
    said = doing.action.webhook
    assert said is not None
    return changed(said, fields=tuple(doing.unit.catalog.entities[doing.entity].fields))


def as_somebody(change: Callable[[Site, Actor], Actor]) -> Callable[[Site, Put], None]:
    """Everyone who comes in is a little more than he is."""

    def mutate(site: Site, put: Put) -> None:
        original = identify._actor
        put(original, lambda catalog, row: change(site, original(catalog, row)))

    return mutate


def everything_of(key: str, verb: str = "write") -> FieldRights:
    """Rights as if every field of the entity were seen and written."""
    catalog = CATALOG[0]
    entity = catalog.entities[key]
    keys = tuple(entity.every_field)
    rights = dict.fromkeys(keys, FieldRight.WRITE if verb == "write" else FieldRight.READ)
    return FieldRights(key, rights, {}, keys, frozenset(keys), frozenset(), frozenset())


CATALOG: list[Any] = []


def open_fields(holder: Any) -> Callable[[Site, Put], None]:
    """One module takes every field for one that is seen in clear."""

    def mutate(site: Site, put: Put) -> None:
        CATALOG[:] = [site.store.catalog]
        put.on(holder, "field_rights", lambda _catalog, _actor, entity, *_verb: everything_of(entity))

    return mutate


def unscoped(original: Callable[..., Any]) -> Callable[[Site, Put], None]:
    """The same question, asked with the rows of one who sees everything, in the rights of who asks."""

    def mutate(site: Site, put: Put) -> None:
        def ask(session: Any, *arguments: Any, **named: Any) -> Any:
            actor = session.info["actor"]
            with reading(site.store, system_actor("system:command")) as wide:
                wide.info["actor"] = actor
                return original(wide, *arguments, **named)

        put(original, ask)

    return mutate


def always(original: Any, answer: Any) -> Callable[[Site, Put], None]:
    """A question that always has the same answer."""
    return lambda _site, put: put(original, lambda *_arguments, **_named: answer)


def on(holder: Any, name: str, other: Any) -> Callable[[Site, Put], None]:
    """A method, or what one module alone has."""
    return lambda _site, put: put.on(holder, name, other)


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


def any_place(_site: Site, put: Put) -> None:
    put(staging._writable_field, lambda store, _actor, place: store.catalog.entities[place.entity].fields.get(place.field)
        if place.entity in store.catalog.entities else None)  # fmt: skip


def anyones_notice(_connection: Any, _user: int, _now: Any, one: int | None = None) -> bool:
    return one is not None


def anyones_notices(session: Any, _user: int, _now: Any) -> Any:
    count = session.execute(sa.select(sa.func.count()).select_from(notice)).scalar_one()
    return told.Waiting(count, count)


def anyones_deputy(store: Any, _actor: Any, row: int) -> bool:
    with store.housekeeping() as connection:
        return connection.execute(sa.delete(deputy).where(deputy.c.id == row)).rowcount == 1


def all_columns(catalog: Any, _rights: Any, link: Any, wanted: Any = ()) -> tuple[str, ...]:
    return tuple(key for key in (wanted or catalog.entities[link.entity].fields) if key != link.field)


def seen_duplicates(_batch: Any, _rule: Any, found: Any) -> frozenset[int]:
    return frozenset(other for each in found for other in each.others)


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
    # Files, notices, deputies
    "every file is open": (always(find._sees, True), by_tries("page.file", "api.file")),
    "files are sent for any field": (any_place, by_staging),
    "notices of others are read": (
        lambda _site, put: put(told.mark_read, anyones_notice), test_notices.test_the_notices_of_others_are_not_found
    ),
    "notices of others are counted": (
        lambda _site, put: put(told.waiting, anyones_notices), test_notices.test_the_notices_of_others_are_not_found
    ),
    "deputies of others are sent away": (
        lambda _site, put: put(deputies.withdraw_deputy, anyones_deputy),
        test_approval_inbox.test_nobody_names_or_ends_a_deputy_of_another,
    ),
    # What leaves the house
    "mails tell strangers what some may not see": (
        always(wording._kept_inside, frozenset()), by_outbound("out.mail.stranger")
    ),
    "mails tell strangers the names of what is linked": (
        on(Reader, "sees_name", lambda *_: True), by_outbound("out.mail.stranger")
    ),
    "mails are written with all rows": (
        on(wording, "reading", lambda store, _actor, connection: reading(store, SEED, connection)),
        by_outbound("out.mail", "out.notice"),
    ),
    "mails are written with all fields": (
        lambda _site, put: (put.on(wording, "list_records", lambda session, _actor, query: lists.list_records(session, SEED, query)),
                            put.on(Reader, "sees", lambda *_: True))[0],
        by_outbound("out.mail", "out.notice"),
    ),
    "webhooks send every field": (
        lambda _site, put: put(webhooks._said, every_field_said), by_outbound("out.webhook")
    ),
    "exports have no limit": (
        on(exporting, "limit", lambda *_: None), test_policies.test_what_goes_out_as_files_in_a_day_is_limited
    ),
    "exports of before are not counted": (
        always(exporting._exported, 0), test_policies.test_what_goes_out_as_files_in_a_day_is_limited
    ),
    # Doors
    "every page is open": (
        always(gate.is_public, True), test_census.test_what_is_open_to_anyone_is_what_the_table_says
    ),
    "an entity out of sight is denied": (
        lambda _site, put: put(records._unless_visible, lambda _state, _entity, verb, _ids: records.refused(records._denied(verb))),
        by_closed_api,
    ),
    "who views as another acts as him": (
        lambda _site, put: (put.on(gate, "READING", frozenset({"GET", "POST"})),
                            put.on(Store, "_may_write", lambda _self: None))[0],
        test_viewing.test_every_route_that_changes_is_refused,
    ),
    "a view as another writes": (
        on(Store, "_may_write", lambda _self: None),
        patched(test_viewing.test_a_write_that_a_view_makes_is_refused_by_the_store),
    ),
    "viewing closes no login": (
        always(viewing.is_closed, False), test_viewing.test_ones_own_login_is_closed
    ),
    "viewing carries files away": (
        lambda _site, put: (put(viewing.keep_in, lambda response: response),
                            put.on(Store, "_may_write", lambda _self: None))[0],
        patched(test_viewing.test_what_is_saved_as_a_file_is_refused_wherever_it_comes_from),
    ),
    "anybody is viewed": (always(viewing.why_not, None), test_viewing.test_a_reason_is_asked_for),
    "who sees more is viewed": (always(sees_no_less, True), test_viewing.test_nobody_views_as_who_sees_more),
    "viewing is told to nobody": (always(tell, 0), test_viewing.test_it_is_told_to_the_audit_and_to_the_person),
    "denials leave no trace": (always(denied.note_denial, None), by_denials),
    "no header protects": (
        lambda _site, put: put(headers.protect, lambda response, **_named: response), by_headers
    ),
}  # fmt: skip
