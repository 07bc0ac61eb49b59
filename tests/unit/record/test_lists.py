"""Lists of values and links on the write path: on both databases, through every act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import Actor, reading
from app.expression import BOOL, get_expression
from app.insight import ListQuery, list_records
from app.record import Change, Refused, Saved, create, delete, history, restore, update
from app.record.preview import as_stored, looking
from tests.databases import new_url
from tests.unit.lists_company import Lists, codes, open_lists


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def lists(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lists]:
    with new_url(request, tmp_path_factory.mktemp("lists")) as url, open_lists(url) as opened:
        yield opened


def change(lists: Lists, entity: str, record: int, actor: Actor | None = None, **values: object) -> Saved | Refused:
    return update(lists.store, actor or lists.boss, entity, [Change(record, values)], door="api")


def done(outcome: Saved | Refused) -> Saved:
    assert isinstance(outcome, Saved), outcome
    return outcome


@pytest.mark.parametrize(
    ("posted", "kept"),
    [
        ([" VIP ", "vip", "e\u0301te\u0301", "云计算"], ["VIP", "été", "云计算"]),
        (["", None, "one"], ["one"]),
        ([], []),
        (None, []),
        ("", []),
    ],
)
def test_tags_are_trimmed_and_once_whatever_their_case(lists: Lists, posted: object, kept: list[str]) -> None:
    record = lists.add("account", tags=posted)
    assert lists.wire("account", record, "tags") == kept


@pytest.mark.parametrize(
    ("field", "posted", "code", "variant"),
    [
        ("tags", "vip", "field.type", "list"),
        ("tags", {"a": 1}, "field.type", "list"),
        ("tags", [["vip"]], "field.type", "text"),
        ("tags", ["a\x00b"], "field.format", "characters"),
        ("tags", ["x" * 61], "field.length", "tag"),
        ("tags", [f"t{n}" for n in range(51)], "field.length", "many"),
        ("areas", ["east", "north"], "field.option", ""),
        ("areas", ["old"], "field.option", "retired"),
        ("areas", "east", "field.type", "list"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(lists: Lists, field: str, posted: object, code: str, variant: str) -> None:
    outcome = create(lists.store, lists.boss, "account", [{"name": "x", field: posted}], door="api")
    assert codes(outcome) == [(field, code, variant)]
    assert isinstance(outcome, Refused)
    assert all(outcome.refusals[0].text(language, lists.store.catalog) for language in ("en", "zh"))


def test_a_list_is_part_of_the_version_the_history_and_the_event(lists: Lists) -> None:
    record = lists.add("account", tags=["a", "b"], areas=["east"])
    done(change(lists, "account", record, tags=["b", "c"]))
    assert lists.row("account", record).version == 2
    done(change(lists, "account", record, tags=["b", "c"], areas=["east"]))
    assert lists.row("account", record).version == 2  # nothing differs
    with reading(lists.store, lists.boss) as session:
        newest = history(session, lists.store.catalog, lists.boss, "account", record)[0]
    assert [(each.field, each.old, each.new) for each in newest.changes] == [("tags", ["a", "b"], ["b", "c"])]
    assert lists.wire("account", record, "areas") == ["east"]


def test_links_carry_their_own_fields(lists: Lists) -> None:
    ada, bob, cyd = (lists.add("contact", name=name) for name in ("Ada", "Bob", "Cyd"))
    record = lists.add("opportunity", contacts=[{"id": str(ada), "influence": "high", "share": "12.5"}, bob])
    assert lists.wire("opportunity", record, "contacts") == [
        {"id": str(ada), "label": "Ada", "influence": "high", "share": "12.50"},
        {"id": str(bob), "label": "Bob", "influence": "low", "share": None},
    ]
    done(change(lists, "opportunity", record, contacts=[cyd, {"id": bob, "share": 3}, ada]))
    assert lists.wire("opportunity", record, "contacts") == [
        {"id": str(cyd), "label": "Cyd", "influence": "low", "share": None},
        {"id": str(bob), "label": "Bob", "influence": "low", "share": "3.00"},
        {"id": str(ada), "label": "Ada", "influence": "high", "share": "12.50"},
    ]
    # What was read can be sent back as it is, and is then no change.
    read = lists.wire("opportunity", record, "contacts")
    done(change(lists, "opportunity", record, contacts=read))
    assert lists.row("opportunity", record).version == 2
    marks = {row["changed_seq"] for row in lists.stored("opportunity.contacts") if row["record"] == record}
    assert len(marks) == 1


@pytest.mark.parametrize(
    ("posted", "code", "variant"),
    [
        ([{"id": 1, "influence": "none"}], "field.option", ""),
        ([{"id": 1, "share": 101}], "field.range", "max"),
        ([{"id": 1, "colour": "red"}], "field.type", "link"),
        ([{"influence": "high"}], "field.type", "reference"),
        (["one"], "field.type", "reference"),
        ([[1]], "field.type", "reference"),
        (7, "field.type", "list"),
        ([987654], "record.not_found", "reference"),
        ([0], "record.not_found", "reference"),
        ([2**70], "record.not_found", "reference"),
        ([str(n) for n in range(1, 502)], "field.length", "many"),
    ],
)
def test_links_that_do_not_fit_are_refused(lists: Lists, posted: object, code: str, variant: str) -> None:
    lists.add("contact")
    outcome = create(lists.store, lists.boss, "opportunity", [{"name": "x", "contacts": posted}], door="api")
    assert codes(outcome) == [("contacts", code, variant)]


def test_links_to_what_is_out_of_sight_are_neither_shown_nor_touched(lists: Lists) -> None:
    hers, his = lists.add("contact", lists.rep), lists.add("contact", lists.other)
    record = lists.add("opportunity", lists.rep, contacts=[hers])
    done(change(lists, "opportunity", record, contacts=[his, hers]))
    assert lists.ids("opportunity", record, "contacts") == [his, hers]
    assert lists.ids("opportunity", record, "contacts", lists.rep) == [hers]
    # A foreign id is refused in the very words for one that does not exist.
    refused = change(lists, "opportunity", record, lists.rep, contacts=[hers, his])
    nowhere = change(lists, "opportunity", record, lists.rep, contacts=[hers, 987654])
    assert codes(refused) == codes(nowhere) == [("contacts", "record.not_found", "reference")]
    # What she writes replaces what she sees.
    done(change(lists, "opportunity", record, lists.rep, contacts=[]))
    assert lists.ids("opportunity", record, "contacts", lists.rep) == []
    assert lists.ids("opportunity", record, "contacts") == [his]
    done(change(lists, "opportunity", record, lists.rep, contacts=[hers]))
    assert sorted(lists.ids("opportunity", record, "contacts")) == sorted([his, hers])


def test_a_formula_counts_links_out_of_sight_and_none_to_the_bin(lists: Lists) -> None:
    hidden = lists.add("contact", owner=lists.boss.user_id)
    mine, other = (lists.add("contact", lists.rep) for _ in range(2))
    record = lists.add("circle", lists.rep, contacts=[mine])
    done(change(lists, "circle", record, contacts=[hidden, mine]))
    assert lists.row("circle", record).values["reach"] == 2
    done(change(lists, "circle", record, lists.rep, contacts=[mine, other]))
    assert lists.ids("circle", record, "contacts", lists.rep) == [mine, other]
    assert lists.ids("circle", record, "contacts") == [hidden, mine, other]
    assert lists.row("circle", record, lists.rep).values["reach"] == 3
    refused = change(lists, "circle", record, lists.rep, contacts=[mine, hidden])
    assert codes(refused) == [("contacts", "record.not_found", "reference")]
    done(delete(lists.store, lists.boss, "contact", [hidden], door="api"))
    assert lists.row("circle", record).values["reach"] == 2
    done(change(lists, "circle", record, lists.rep, contacts=[]))
    assert lists.row("circle", record).values["reach"] == 0
    done(restore(lists.store, lists.boss, "contact", [hidden], door="bin"))
    assert lists.row("circle", record).values["reach"] == 1


def test_the_history_tells_of_no_link_out_of_sight(lists: Lists) -> None:
    hers, his = lists.add("contact", lists.rep), lists.add("contact", lists.other)
    record = lists.add("opportunity", lists.rep)
    done(change(lists, "opportunity", record, contacts=[his]))
    done(change(lists, "opportunity", record, contacts=[his, hers], name="y"))

    def told(actor: Actor) -> list[list[tuple[str, Any, Any]]]:
        with reading(lists.store, actor) as session:
            entries = history(session, lists.store.catalog, actor, "opportunity", record)
        return [[(each.field, each.old, each.new) for each in entry.changes] for entry in entries]

    link = {"id": str(hers), "influence": "low", "share": None}
    assert told(lists.rep) == [[("name", "x", "y"), ("contacts", None, [link])], []]
    assert [len(each[-1][2]) for each in told(lists.boss)[:2]] == [2, 1]


def test_a_link_is_hidden_while_its_target_is_in_the_bin(lists: Lists) -> None:
    ada, bob = lists.add("contact"), lists.add("contact")
    record = lists.add("opportunity", contacts=[{"id": ada, "influence": "high"}, bob])
    done(delete(lists.store, lists.boss, "contact", [ada], door="api"))
    assert lists.ids("opportunity", record, "contacts") == [bob]
    assert record not in lists.found("opportunity", "contacts", "has_any", ada)
    done(change(lists, "opportunity", record, name="y", contacts=[bob]))
    done(restore(lists.store, lists.boss, "contact", [ada], door="api"))
    assert set(lists.ids("opportunity", record, "contacts")) == {ada, bob}
    assert {"high"} == {
        each["influence"] for each in lists.wire("opportunity", record, "contacts") if each["id"] == str(ada)
    }


def test_a_link_that_restricts_keeps_its_target(lists: Lists) -> None:
    partner = lists.add("account")
    record = lists.add("opportunity", partners=[partner])
    outcome = delete(lists.store, lists.boss, "account", [partner], door="api")
    assert codes(outcome) == [(None, "record.in_use", "")]
    done(change(lists, "opportunity", record, partners=None))
    done(delete(lists.store, lists.boss, "account", [partner], door="api"))


def test_a_record_in_the_bin_keeps_its_lists(lists: Lists) -> None:
    ada = lists.add("contact")
    record = lists.add("opportunity", contacts=[ada], members=[lists.rep.user_id])
    account = lists.add("account", tags=["kept"])
    for entity, each in (("opportunity", record), ("account", account)):
        done(delete(lists.store, lists.boss, entity, [each], door="api"))
    assert account not in lists.found("account", "tags", "has_any", "kept")
    assert [each.id for each in lists.row("opportunity", record, deleted=True).values["contacts"]] == [ada]  # type: ignore[attr-defined]
    for entity, each in (("opportunity", record), ("account", account)):
        done(restore(lists.store, lists.boss, entity, [each], door="api"))
    assert lists.ids("opportunity", record, "members") == [lists.rep.user_id]
    assert account in lists.found("account", "tags", "has_any", "kept")


def test_a_reference_to_one_of_several_entities(lists: Lists) -> None:
    account, contact = lists.add("account", name="Acme"), lists.add("contact", name="Ada")
    record = lists.add("task", about={"entity": "account", "id": str(account)})
    assert lists.wire("task", record, "about") == {"entity": "account", "id": str(account), "label": "Acme"}
    done(change(lists, "task", record, about=f"contact/{contact}"))
    assert lists.wire("task", record, "about") == {"entity": "contact", "id": str(contact), "label": "Ada"}
    done(change(lists, "task", record, about=lists.wire("task", record, "about")))
    assert lists.row("task", record).version == 2
    done(delete(lists.store, lists.boss, "contact", [contact], door="api"))
    assert lists.wire("task", record, "about") is None


def test_expressions_read_what_a_reference_leads_to(lists: Lists) -> None:
    account, contact = lists.add("account", name="Acme"), lists.add("contact", name="Ada")
    record = lists.add("letter", about=f"account/{account}")
    assert lists.row("letter", record).values["to"] == "account:Acme"
    done(change(lists, "letter", record, about=f"contact/{contact}"))
    done(change(lists, "contact", contact, name="Eve"))
    done(change(lists, "account", account, name="Apex"))
    assert lists.row("letter", record).values["to"] == "contact:Eve"
    nobody = lists.add("contact", name="Nobody")
    assert codes(change(lists, "letter", record, about=f"contact/{nobody}")) == [(None, "rule.known", "")]
    seen = get_expression(
        lists.store.catalog, "letter", 'about.name == "Eve" and about.entity == "contact"', BOOL, "rule"
    )
    with reading(lists.store, lists.boss) as session, lists.store.system_reading() as connection:
        unit = looking(lists.store, lists.boss, session, connection)
        assert as_stored(unit, "letter", record, [seen]).holds(seen, otherwise=False)
    done(delete(lists.store, lists.boss, "contact", [contact], door="api"))
    assert lists.row("letter", record).values["to"] == ":"


def test_a_filter_reads_nothing_of_what_is_out_of_sight(lists: Lists) -> None:
    hidden = lists.add("account", name="Secret")
    mine = lists.add("letter", lists.rep, name="mine")
    done(change(lists, "letter", mine, about=f"account/{hidden}"))

    def found(actor: Actor, source: str) -> bool:
        where = get_expression(lists.store.catalog, "letter", source, BOOL, "filter")
        with reading(lists.store, actor) as session:
            rows = list_records(session, actor, ListQuery("letter", ("id",), where=(where,), limit=100)).rows
        return mine in {row.id for row in rows}

    assert found(lists.boss, 'about.name == "Secret"')
    assert not found(lists.rep, 'about.name == "Secret"')
    assert not found(lists.rep, "not is_blank(about.name)")
    assert found(lists.rep, 'about.entity == "account" and is_blank(about.name)')


@pytest.mark.parametrize(
    ("posted", "code", "variant"),
    [
        (12, "field.type", "any"),
        ("account", "field.type", "any"),
        ({"id": 1}, "field.type", "any"),
        ({"entity": "account", "id": 1, "more": 2}, "field.type", "any"),
        ({"entity": ["account"], "id": 1}, "field.type", "any"),
        ("user/1", "field.option", ""),
        ("contact/987654", "record.not_found", "reference"),
        (["account/1"], "field.type", "any"),
    ],
)
def test_what_points_nowhere_is_refused(lists: Lists, posted: object, code: str, variant: str) -> None:
    outcome = create(lists.store, lists.boss, "task", [{"name": "x", "about": posted}], door="api")
    assert codes(outcome) == [("about", code, variant)]


def test_many_records_take_a_statement_for_each_list(lists: Lists) -> None:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(lists.store.engine, "before_cursor_execute", note)
    try:
        rows = [{"name": str(n), "tags": ["bulk", str(n)], "areas": ["east", "west"]} for n in range(8)]
        done(create(lists.store, lists.boss, "account", rows, door="api"))
    finally:
        sa.event.remove(lists.store.engine, "before_cursor_execute", note)
    written = [each for each in seen if "INSERT INTO crm_account__" in each]
    assert len(written) == 2
    assert len(lists.found("account", "tags", "has_any", "BULK")) == 8
