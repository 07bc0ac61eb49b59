"""Does the matrix see? One check of the program is taken out at a time, and some test of this folder must go red."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import FieldRight, actor_of_user, decision, fields, reading, system_actor
from app.access.fields import FieldRights, _field_rights, readable_audiences
from app.access.mask import is_mask, mask
from app.access.scope import counting_places, row_condition
from app.automation import record_teams
from app.definition import memory
from app.insight import filters, lists, lookups, paging, records
from app.insight.abilities import abilities, among
from app.insight.labels import labels
from app.orm import engine, store
from app.record import Refused, create, references, steps
from app.record import decide as deciding
from app.record.history import HistoryChange, names_of_people, visible_of
from app.web.pages import export, sight
from app.web.pages import lists as list_pages
from app.web.security import csrf, gate, sessions, views
from tests.security import test_assignment, test_inference, test_leaks, test_output, test_requests, test_whole
from tests.security.company import ASKING, ENTITIES
from tests.security.matrix import cells, judge
from tests.security.mutants import MUTANTS as OF_RULES
from tests.security.mutants_of_doors import MUTANTS as OF_DOORS
from tests.security.mutants_of_figures import MUTANTS as OF_FIGURES
from tests.security.mutating import Detector, Put, by_readings, by_tries, none
from tests.security.site import Site
from tests.security.test_matrix import covering

pytestmark = [pytest.mark.deep, pytest.mark.timeout(600)]


@pytest.fixture
def replace(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Put]:
    """Changes the running program until the test ends."""
    forget(site)
    yield Put(monkeypatch)
    monkeypatch.undo()
    forget(site)


def forget(site: Site) -> None:
    """What the program has worked out before, with or without a check."""
    memory._answers.clear()
    site.store.models.metadata.info.pop("read_criteria", None)


def by_matrix(site: Site) -> None:
    twins: dict[tuple[str, str, str], tuple[int, str]] = {}
    for a_try, cell in covering(site):
        none(judge(a_try, cell, twins))


def by_moves(site: Site) -> None:
    """Every cell of the doors that move a stage: the part for every day may leave out the one that tells."""
    twins: dict[tuple[str, str, str], tuple[int, str]] = {}
    for a_try, cell in cells(site):
        if a_try.name in ("api.transition", "page.stage"):
            none(judge(a_try, cell, twins))


def by_whole(site: Site) -> None:
    for asker in ASKING:
        test_whole.test_a_record_shows_each_field_as_far_as_it_is_seen(site, asker)
        test_whole.test_openapi_describes_what_the_caller_sees(site, asker)
        for entity in ENTITIES:
            test_whole.test_a_list_holds_what_the_oracle_lets_one_read(site, asker, entity)
            test_whole.test_a_file_holds_what_may_be_exported_and_no_other_column(site, asker, entity)
            test_whole.test_a_description_names_the_fields_that_are_seen(site, asker, entity)


def by_secrets(test: Callable[..., None]) -> Detector:
    def detect(site: Site) -> None:
        for target in test_inference.TARGETS:
            test(site, *target)

    return detect


def by_assignment(site: Site) -> None:
    for asker in ASKING:
        for entity in ENTITIES:
            test_assignment.test_no_program_writes_a_column_that_is_not_its_to_write(site, asker, entity)


def by_forgery(site: Site) -> None:
    for rule in test_requests.CHANGING:
        test_requests.test_a_forged_post_is_refused_and_changes_nothing(site, rule, {"X-CSRF-Token": "x" * 43})


def by_masks(site: Site) -> None:
    for target in test_inference.MASKED:
        test_inference.test_a_mask_that_is_sent_back_changes_nothing(site, *target)


def by_redirects(site: Site) -> None:
    for target in test_requests.REDIRECTS:
        test_requests.test_no_redirect_leads_to_another_server(site, target)


def by_addresses(site: Site) -> None:
    for method, address in test_whole.ADDRESSES:
        test_whole.test_an_entity_out_of_sight_is_like_one_that_does_not_exist(site, "rep", method, address)


def by_guard(site: Site) -> None:
    with pytest.raises(engine.WriteOutsideUnit), site.store.engine.begin() as connection:
        connection.execute(sa.update(site.store.models.tables["account"]).values(name="x"))


def by_writing(site: Site) -> None:
    """The write path refuses what the doors before it have let through."""
    for asker in ("auditor", "nobody"):
        with site.store.system_reading() as connection:
            actor = actor_of_user(connection, site.store.models, site.company.people[asker])
        assert actor is not None
        outcome = create(site.store, actor, "account", [{"name": "x"}], door="api")
        assert isinstance(outcome, Refused)
        assert outcome.status == "denied", asker


def unscoped(site: Site, original: Callable[..., Any]) -> Callable[..., Any]:
    """The same question, asked with the rows of one who sees everything, in the rights of who asks."""

    def ask(session: Any, *arguments: Any, **named: Any) -> Any:
        actor = session.info["actor"]
        with reading(site.store, system_actor("system:command")) as wide:
            wide.info["actor"] = actor
            return original(wide, *arguments, **named)

    return ask


def everything(_catalog: Any, _actor: Any, entity: Any, _verb: Any) -> FieldRights:
    """All fields may be written by everyone."""
    keys = tuple(entity.every_field)
    written = frozenset(key for key, field in entity.fields.items() if field.type != "sequence") | {
        "owner",
        "department",
        "team",
    }
    return FieldRights(entity.key, dict.fromkeys(keys, FieldRight.WRITE), {}, keys, frozenset(keys), written, written)


def all_clear(original: Callable[..., Any], place: int) -> Callable[..., Any]:
    """A question that takes the rights as if everything visible were clear, the hidden too."""

    def ask(*arguments: Any) -> Any:
        given = list(arguments)
        rights: FieldRights = given[place]
        every = tuple(rights.rights)
        given[place] = FieldRights(
            rights.entity, rights.rights, rights.masks, every, frozenset(every), rights.creatable, rights.updatable
        )
        return original(*given)

    return ask


def deleted_too(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda scope, entity, **_asked: original(scope, entity, deleted_too=True)


def of_any_kind(token: str | None, _kind: str) -> None:
    from app.access import find_actor_by_session
    from app.web import context

    state = context.current()
    with state.store.system_reading() as connection:
        found = find_actor_by_session(connection, state.store.models, sessions.digest(token or ""), context.now())
    if found is not None:
        gate._take(found)


def nothing(*_arguments: Any, **_named: Any) -> None:
    return None


def writes_all(original: Callable[..., Any]) -> Callable[..., Any]:
    """Rows with every `may_<verb>` granted."""

    def read(*arguments: Any, **named: Any) -> Any:
        found = original(*arguments, **named)
        return {key: {**row, **{name: True for name in row if name.startswith("may_")}} for key, row in found.items()}

    return read


ALL_VERBS = frozenset({"create", "read", "update", "delete", "restore", "export", "assign", "transition"})

MUTANTS: dict[str, tuple[Callable[[Site, Put], None], Detector]] = {
    "no row scope at all": (lambda _site, put: put(row_condition, lambda *_a, **_n: None), by_tries("api.get")),
    "no scope of a verb": (
        lambda _site, put: put(deciding.read_rows, writes_all(deciding.read_rows)),
        by_tries("api.patch"),
    ),
    "no scope in sessions": (lambda _site, put: put(store._criteria, lambda *_a, **_n: None), by_tries("api.get")),
    "the bin is read": (lambda _site, put: put(store._criteria, deleted_too(store._criteria)), by_tries("api.get")),
    "every field is written": (lambda _site, put: put(_field_rights, everything), by_readings("field.api.get")),
    "names unscoped": (lambda site, put: put(labels, unscoped(site, labels)), by_tries("api.get")),
    "related records unscoped": (
        lambda site, put: put(lists.related, unscoped(site, lists.related)),
        by_tries("page.record", "page.related"),
    ),
    "lists unscoped": (
        lambda site, put: put(lists.list_records, unscoped(site, lists.list_records)),
        by_tries("api.list"),
    ),
    "records unscoped": (
        lambda site, put: put(records.get_record, unscoped(site, records.get_record)),
        by_tries("api.get"),
    ),
    "lookups unscoped": (
        lambda site, put: put(lookups.lookup_options, unscoped(site, lookups.lookup_options)),
        by_tries("page.lookup"),
    ),
    "masks off": (lambda _site, put: put(mask, lambda _pattern, value: value), by_tries("api.get")),
    "any search words": (
        lambda _site, put: put(readable_audiences, lambda catalog, _actor, entity: tuple(_audiences(catalog, entity))),
        by_secrets(test_inference.test_a_search_by_any_part_of_it_finds_nothing),
    ),
    "filters by any field": (
        lambda _site, put: put(filters.conditions_of, all_clear(filters.conditions_of, 2)),
        by_secrets(test_inference.test_rison_filters_and_orders_by_it_are_refused),
    ),
    "order by any field": (
        lambda _site, put: put(paging.order_of, all_clear(paging.order_of, 1)),
        by_secrets(test_inference.test_rison_filters_and_orders_by_it_are_refused),
    ),
    "columns of any field": (
        lambda _site, put: put(records.shown_fields, _columns_of_anything),
        by_secrets(test_inference.test_it_is_in_no_column_that_is_asked_for),
    ),
    "no check of fields": (lambda _site, put: put(steps.check_fields, nothing), by_assignment),
    "no check of links": (
        lambda _site, put: put(references.check_references, nothing),
        by_tries("api.link", "page.link"),
    ),
    "no check of what will be": (
        lambda _site, put: put(deciding.check_future, lambda _batch: ()),
        test_leaks.test_16_a_change_does_not_move_a_record_out_of_ones_own_sight,
    ),
    "no check of moves": (lambda _site, put: put(deciding.check_verbs, nothing), by_moves),
    "everyone may create": (lambda _site, put: put(deciding.deny_verb, lambda *_: []), by_writing),
    "every ability": (lambda _site, put: put(abilities, lambda *_: ALL_VERBS), by_matrix),
    "everything exported": (lambda _site, put: put(among, lambda _s, _a, _e, _v, ids: frozenset(ids)), by_whole),
    "every page may be asked": (lambda _site, put: put(list_pages.require, nothing), by_whole),
    "the history tells hidden fields": (lambda _site, put: put(visible_of, _all_changes), by_tries("page.record")),
    "the history names everyone": (
        lambda _site, put: put(names_of_people, lambda _session, _actor, acted: dict(acted)),
        by_tries("page.record"),
    ),
    "a mask is a value": (lambda _site, put: put(is_mask, lambda *_: False), by_masks),
    "forged requests pass": (lambda _site, put: put(csrf.is_valid, lambda **_named: True), by_forgery),
    "any session for any door": (
        lambda _site, put: put(gate._identify, of_any_kind),
        test_leaks.test_17_nothing_is_granted_to_the_public,
    ),
    "any place to go next": (lambda _site, put: put(views.safe_next, lambda target: target or "/"), by_redirects),
    "any cell of a file": (
        lambda _site, put: put(export.guarded, lambda text: text),
        test_output.test_no_cell_of_a_file_is_a_formula,
    ),
    "entities out of sight answer": (lambda _site, put: put(sight._in_sight, lambda _part: True), by_addresses),
    "no exception hides a field": (lambda _site, put: put(fields._excepted_sight, lambda *_: {}), by_whole),
    "no exception keeps from writing": (
        lambda _site, put: put(fields._excepted_writing, lambda *_: (frozenset(), frozenset())),
        by_assignment,
    ),
    "nothing is taken from anyone": (
        lambda _site, put: put(decision.takes_away, lambda *_: False),
        by_tries("api.delete"),
    ),
    "any place counts for everything": (
        lambda _site, put: put(
            counting_places, lambda _c, actor, _v, entity: [p for of, p in actor.places if of == entity]
        ),
        by_tries("api.patch", "api.delete", "api.transition"),
    ),
    "everyone shares what he reads": (lambda _site, put: put(record_teams._wanted, _any_place), by_matrix),
    "no guard on writes": (lambda _site, put: put(engine._may_write, lambda _statement: False), by_guard),
}


def _audiences(catalog: Any, entity: str) -> Any:
    from app.orm.search import audiences

    return audiences(catalog, entity)


def _columns_of_anything(catalog: Any, rights: FieldRights, columns: Any, *, deleted: bool = False) -> records.Shown:
    entity = catalog.entities[rights.entity]
    known = {**entity.every_field, **(records.BIN_FIELDS if deleted else {})}
    return records.Shown(entity.key, tuple(known[key] for key in dict.fromkeys(columns) if key in known), rights)


def _any_place(unit: Any, entity: str, _shared: Any, place: str) -> Any:
    return unit.catalog.entities[entity].record_team[place]


def _all_changes(_rights: FieldRights, changes: Any, _language: str) -> tuple[HistoryChange, ...]:
    return tuple(HistoryChange(key, old, new) for key, (old, new) in changes.items())


EVERY = MUTANTS | OF_RULES | OF_DOORS | OF_FIGURES
LEAST = 60


@pytest.mark.parametrize("name", EVERY)
def test_a_check_that_is_taken_out_is_missed(
    site: Site, replace: Put, name: str, record_property: Callable[[str, object], None]
) -> None:
    mutate, detect = EVERY[name]
    record_property("matrix.mutants", 1)
    mutate(site, replace)
    with pytest.raises((AssertionError, pytest.fail.Exception, KeyError)):
        detect(site)
    record_property("matrix.killed", 1)


def test_there_are_enough_mutants() -> None:
    assert len(EVERY) >= LEAST
    assert len(EVERY) == sum(map(len, (MUTANTS, OF_RULES, OF_DOORS, OF_FIGURES)))


@pytest.mark.parametrize("detect", [by_moves, by_writing, by_guard])
def test_a_detector_is_green_without_a_mutant(site: Site, detect: Detector) -> None:
    """The others are tests, and green as such, or cells of the matrix."""
    site.put_back()
    site.let_in()
    detect(site)
