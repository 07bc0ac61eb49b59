"""The checks of files, notices, of what leaves the house, and of doors: see `mutants`."""

from __future__ import annotations

import io
from dataclasses import replace as changed
from typing import Any

import sqlalchemy as sa

from app.access import reading, sees_no_less
from app.automation import deputies, told, webhooks, wording
from app.automation.doing import Doing
from app.automation.notices import tell
from app.automation.wording import Reader
from app.definition.action import Webhook
from app.definition.files import StoredFile
from app.files import FolderContents, Place, find, stage, staging
from app.insight import lists
from app.orm.framework import deputy, notice
from app.orm.store import Store
from app.record import exporting
from app.web.api import records
from app.web.security import denied, gate, headers, viewing
from tests.security import (
    outbound,
    test_approval_inbox,
    test_census,
    test_notices,
    test_policies,
    test_requests,
    test_viewing,
    test_whole,
)
from tests.security.deciding import actor_of
from tests.security.mutating import (
    SEED,
    Detector,
    Mutant,
    Put,
    always,
    by_tries,
    none,
    on,
    patched,
)
from tests.security.site import Site


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


def by_outbound(*names: str) -> Detector:
    """What leaves by these channels."""

    def detect(site: Site) -> None:
        for each in outbound.every(*names):
            for wrong in outbound.judge(site, *each):
                none(wrong)

    return detect


def every_field_said(doing: Doing) -> Webhook:
    """A webhook that names more than its action does."""
    said = doing.action.webhook
    assert said is not None
    return changed(said, fields=tuple(doing.unit.catalog.entities[doing.entity].fields))


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


MUTANTS: dict[str, Mutant] = {
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
