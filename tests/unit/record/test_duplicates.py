"""Records that look alike: who is warned, of what, what is refused, and what it costs."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.access import Actor
from app.record import Change, New, Refused, Saved, create, delete, restore, update
from tests.databases import until_it_waits
from tests.unit.judged import BOTH, TREE, Judged, counted, on_database, refused, said
from tests.unit.record.conftest import SEED

PROMPT = said("Possible duplicate, please check.", "可能重复，请核对")
FIRM = {
    "label": said("Firm", "客户"),
    "name_field": "name",
    "fields": {
        "name": {"type": "text", "required": True, "label": said("Name", "名称")},
        "phone": {"type": "phone"},
        "person": {"type": "text"},
        "kind": {"type": "picklist", "options": {"company": {}, "test": {}}},
        "tax": {"type": "text"},
        "boss": {"type": "lookup", "to": ["firm"], "inverse": "firms"},
        "note": {"type": "text"},
    },
    "duplicates": {
        "same_customer": {
            "match": {"name": {"field": "name", "similar": "0.85"}, "phone": {"field": "phone"}},
            "when": 'is_blank(kind) or kind != "test"',
            "message": PROMPT,
        },
        "same_person": {
            "match": {"name": {"field": "name", "similar": "0.85"}, "person": {"field": "person"}},
            "message": PROMPT,
        },
        "same_tax": {"match": {"tax": {"field": "tax"}}, "action": "block"},
    },
}
BRAND = {
    "name_field": "name",
    "fields": {"name": {"type": "text", "label": said("Name", "名称")}, "note": {"type": "text"}},
    "duplicates": {"same": {"match": {"name": {"field": "name", "similar": "0.8"}}, "message": PROMPT}},
}
OWN = dict.fromkeys(("read", "update", "delete", "restore"), "own")
PHONE = "+8613912345678"


def tree() -> dict[str, Any]:
    made = copy.deepcopy(TREE)
    made["entities"] |= {"firm": copy.deepcopy(FIRM), "brand": copy.deepcopy(BRAND)}
    made["roles"]["rep"]["grants"] |= {"firm": {"create": True, **OWN}, "brand": {"create": True, **OWN}}
    masked = {"create": True, "read": "all", "fields": {"name": {"access": "mask", "mask": "name"}}}
    made["roles"]["clerk"] = {"grants": {"firm": masked, "brand": masked}}
    return made


@pytest.fixture(params=BOTH, scope="module")
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    folder: Path = tmp_path_factory.mktemp("alike")
    with on_database(request, folder, tree()) as found:
        yield found


@pytest.fixture
def company(prepared: Judged) -> Iterator[Judged]:
    """Without firms and brands."""
    yield prepared
    for entity in ("firm", "brand"):
        table = prepared.store.models.tables[entity]
        with prepared.store.system_reading() as connection:
            ids = list(connection.execute(table.select().where(table.c.deleted_at.is_(None))).scalars())
        assert isinstance(delete(prepared.store, prepared.boss, entity, ids, door="api"), Saved) or not ids


def named(outcome: object) -> list[tuple[int, ...]]:
    assert isinstance(outcome, Refused), outcome
    return [each.alike for each in outcome.refusals]


def test_who_looks_like_a_record_in_all_comparisons_is_warned_of(company: Judged) -> None:
    first = company.save("firm", name="北京远航科技有限公司", phone=PHONE)
    for name in ("北京远航科技有限公司", " 北京远航科技有限公司 ", "北京远航科技公司"):
        outcome = company.create("firm", name=name, phone="139 1234 5678")
        assert refused(outcome) == [(None, "duplicate.same_customer")], name
        assert isinstance(outcome, Refused)
        assert (outcome.status, outcome.confirmable, named(outcome)) == ("invalid", True, [(first,)])
        assert [outcome.refusals[0].text(each, company.store.catalog) for each in ("en", "zh")] == [*PROMPT.values()]
    company.save("firm", name="北京远航科技有限公司", phone="+8613912345679")
    company.save("firm", name="上海大海贸易有限公司", phone=PHONE)
    company.save("firm", name="北京远航科技有限公司")


def test_case_and_composition_do_not_matter_but_a_blank_never_matches(company: Judged) -> None:
    company.save("firm", name="Café Straße", person="Ann LEE")
    outcome = company.create("firm", name="CAFE\u0301 STRASSE", person="ann lee")
    assert refused(outcome) == [(None, "duplicate.same_person")]
    company.save("firm", name="Nobody")
    company.save("firm", name="Nobody", person="  ", phone="")


def test_a_warning_is_confirmed_with_a_reason_that_is_kept(company: Judged) -> None:
    values = {"name": "Acme", "phone": PHONE}
    company.save("firm", **values)
    for reason in ("", " "):
        assert isinstance(company.create("firm", confirm={"duplicate.same_customer": reason}, **values), Refused)
    saved = company.create("firm", confirm={"duplicate.same_customer": " a branch "}, **values)
    assert isinstance(saved, Saved)
    assert company.audited("firm", saved.ids[0]) == [{"duplicate.same_customer": [None, "a branch"]}]


def test_of_two_that_are_saved_at_once_one_is_refused(company: Judged) -> None:
    late: list[Saved | Refused] = []

    def rival() -> None:
        late.append(company.create("firm", name="Second", tax="91-7"))

    other = threading.Thread(target=rival)

    def meanwhile(_session: Session, _saved: Saved) -> None:
        other.start()
        until_it_waits(company.store, other)

    first = create(company.store, company.boss, "firm", [{"name": "First", "tax": "91-7"}], door="api", then=meanwhile)
    other.join()
    assert isinstance(first, Saved)
    assert refused(late[0]) == [(None, "duplicate.same_tax")]


def test_a_record_is_spoken_of_once(company: Judged) -> None:
    values = {"name": "Acme", "phone": PHONE, "person": "Ann"}
    company.save("firm", **values)
    assert refused(company.create("firm", **values)) == [(None, "duplicate.same_customer")]
    assert isinstance(company.create("firm", confirm={"duplicate.same_customer": "ok"}, **values), Saved)
    other = company.save("firm", name="Acme", phone="+8613900000001", person="Bob")
    outcome = company.create("firm", **{**values, "person": "Bob"})
    assert refused(outcome) == [(None, "duplicate.same_customer"), (None, "duplicate.same_person")]
    assert named(outcome)[1] == (other,)


def test_block_refuses_whatever_is_confirmed(company: Judged) -> None:
    first = company.save("firm", name="A", tax="91X")
    outcome = company.create("firm", confirm={"duplicate.same_tax": "please"}, name="B", tax="91x")
    assert refused(outcome) == [(None, "duplicate.same_tax")]
    assert isinstance(outcome, Refused)
    assert (outcome.confirmable, named(outcome)) == (False, [(first,)])
    assert outcome.refusals[0].text("zh", company.store.catalog) == "疑似重复客户,请核对"


def test_it_is_asked_where_its_condition_holds_and_what_it_compares_changes(company: Judged) -> None:
    first = company.save("firm", name="Acme", phone=PHONE)
    company.save("firm", name="Acme", phone=PHONE, kind="test")
    second = company.save("firm", name="Acme", phone="+8613900000001")
    assert refused(company.change("firm", second, phone=PHONE)) == [(None, "duplicate.same_customer")]
    confirm = {"duplicate.same_customer": "another"}
    assert isinstance(company.change("firm", second, confirm=confirm, phone=PHONE), Saved)
    assert company.audited("firm", second)[-1]["duplicate.same_customer"] == [None, "another"]
    company.changed("firm", second, note="nothing that is compared", name="Acme")
    company.changed("firm", first, boss=second)
    assert refused(company.change("firm", first, name="ACME")) == [(None, "duplicate.same_customer")]


def test_the_bin_does_not_count(company: Judged) -> None:
    first = company.save("firm", name="Acme", phone=PHONE)
    assert isinstance(delete(company.store, company.boss, "firm", [first], door="api"), Saved)
    company.save("firm", name="Acme", phone=PHONE)
    assert isinstance(restore(company.store, company.boss, "firm", [first], door="bin"), Saved)


@pytest.mark.parametrize("door", ["form", "api", "import", "bulk"])
def test_rows_of_one_batch_are_compared_with_each_other(company: Judged, door: str) -> None:
    rows = [
        {"name": f"Acme Limited {each}", "phone": phone}
        for each, phone in zip("AABC", (PHONE, PHONE, PHONE, None), strict=True)
    ]
    rows[2]["name"] = "Something else"
    outcome = create(company.store, company.boss, "firm", rows, door=door)
    assert refused(outcome) == [(None, "duplicate.same_customer")]
    assert isinstance(outcome, Refused)
    assert [each.index for each in outcome.refusals] == [1]
    confirmed = [New(row, {"duplicate.same_customer": "ok"}) for row in rows]
    saved = create(company.store, company.boss, "firm", confirmed, door=door)
    assert isinstance(saved, Saved)
    assert company.audited("firm", saved.ids[0]) == [None]
    changes = [
        Change(saved.ids[2], {"name": "Acme Limited C"}),
        Change(saved.ids[3], {"name": "Acme Limited D", "phone": PHONE}),
    ]
    outcome = update(company.store, company.boss, "firm", changes, door=door)
    assert isinstance(outcome, Refused)
    assert [each.index for each in outcome.refusals] == [0, 1]
    assert named(outcome) == [(saved.ids[0], saved.ids[1]), (*saved.ids[:3],)]


def test_one_who_gives_it_up_in_the_same_batch_is_no_duplicate(company: Judged) -> None:
    first = company.save("firm", name="Acme", phone=PHONE)
    second = company.save("firm", name="Other", phone=PHONE)
    changes = [Change(first, {"name": "Renamed entirely"}), Change(second, {"name": "Acme"})]
    assert isinstance(update(company.store, company.boss, "firm", changes, door="api"), Saved)


def test_what_is_out_of_sight_is_told_of_by_nothing_but_the_prompt(company: Judged) -> None:
    hidden = company.save("firm", name="Acme", phone=PHONE)
    mine = company.create("firm", company.rep, {"duplicate.same_customer": "mine"}, name="Acme", phone=PHONE)
    assert isinstance(mine, Saved)
    outcome = company.create("firm", company.rep, name="Acme", phone=PHONE)
    assert named(outcome) == [mine.ids]
    assert named(company.create("firm", name="Acme", phone=PHONE)) == [(hidden, *mine.ids)]
    assert isinstance(delete(company.store, company.boss, "firm", mine.ids, door="api"), Saved)
    outcome = company.create("firm", company.rep, name="Acme", phone=PHONE)
    assert refused(outcome) == [(None, "duplicate.same_customer")]
    assert named(outcome) == [()]


def test_who_may_not_read_a_text_can_not_come_near_it_by_trying(company: Judged) -> None:
    clerk = replace(company.rep, roles=frozenset({"clerk"}))
    company.save("firm", name="Northern Lights Trading", phone=PHONE)
    confirm = {"duplicate.same_customer": "x"}
    near = {"name": "Northern Lights Tradin", "phone": PHONE}
    assert refused(company.create("firm", **near)) == [(None, "duplicate.same_customer")]
    assert isinstance(company.create("firm", clerk, **near), Saved)
    outcome = company.create("firm", clerk, name="Northern lights trading", phone=PHONE)
    assert refused(outcome) == [(None, "duplicate.same_customer")]
    assert named(outcome) == [()]
    assert isinstance(company.create("firm", clerk, confirm, name="Northern lights trading", phone=PHONE), Saved)


def test_at_most_five_are_named_the_most_alike_first(company: Judged) -> None:
    confirm = {"duplicate.same_customer": "x"}
    ids = []
    for name in ("Acme Trading Companx", *["Acme Trading Company"] * 6):
        saved = company.create("firm", confirm=confirm, name=name, phone=PHONE)
        assert isinstance(saved, Saved)
        ids += saved.ids
    assert named(company.create("firm", name="Acme Trading Company", phone=PHONE)) == [tuple(ids[1:6])]


@pytest.mark.parametrize("actor", [SEED, "boss"])
def test_system_actors_are_held_too(company: Judged, actor: Actor | str) -> None:
    acting = actor if isinstance(actor, Actor) else company.boss
    company.save("firm", name="Acme", phone=PHONE)
    assert refused(company.create("firm", acting, name="Acme", phone=PHONE)) == [(None, "duplicate.same_customer")]
    confirm = {"duplicate.same_customer": "made up"}
    assert isinstance(company.create("firm", acting, confirm, name="Acme", phone=PHONE), Saved)


def test_names_alone_are_found_next_to_one_another(company: Judged) -> None:
    rows = [{"name": f"{letter * 9} brand"} for letter in "abcdefgh"]
    assert isinstance(create(company.store, company.boss, "brand", rows, door="import"), Saved)
    assert refused(company.create("brand", name="DDDDDDDDD brands")) == [(None, "duplicate.same")]
    company.save("brand", name="zzzz")
    outcome = create(
        company.store,
        company.boss,
        "brand",
        [{"name": "new name"}, {"name": "cccccccc brand"}, {"name": "new names"}],
        door="api",
    )
    assert isinstance(outcome, Refused)
    assert [each.index for each in outcome.refusals] == [1, 2]


def test_everything_is_told_at_once_errors_first(company: Judged) -> None:
    company.save("firm", name="A", person="P", tax="91X")
    outcome = company.create("firm", name="A", person="P", tax="91X", kind="unknown")
    assert refused(outcome) == [
        ("kind", "field.option"),
        (None, "duplicate.same_tax"),
        (None, "duplicate.same_person"),
    ]


def test_a_batch_asks_as_little_as_one_row_and_nothing_where_nothing_compared_changes(company: Judged) -> None:
    def asked(entity: str, rows: list[dict[str, Any]]) -> list[str]:
        with counted(company.store) as sent:
            outcome = create(company.store, company.boss, entity, rows, door="import")
        assert isinstance(outcome, Saved), outcome
        physical = company.store.models.tables[entity].name
        return [each for each in sent if f"FROM {physical}" in each and "LIMIT" in each]

    names = [str(number) * 12 for number in range(10)]
    one = asked("firm", [{"name": "One", "phone": PHONE, "person": "P", "tax": "1"}])
    many = [
        {"name": f"{name} Ltd", "phone": f"+86139000000{at:02}", "person": name, "tax": f"T{at}"}
        for at, name in enumerate(names)
    ]
    assert (len(one), len(asked("firm", many))) == (3, 3)
    assert (len(asked("brand", [{"name": "One"}])), len(asked("brand", [{"name": each} for each in names]))) == (1, 1)
    assert asked("firm", [{"name": "Two"}]) == []
    assert asked("order", [{"name": "Two"}]) == []
    firm = company.save("firm", name="Three", phone="+8613900001111")
    with counted(company.store) as sent:
        company.changed("firm", firm, note="x")
    assert not [each for each in sent if "LIMIT" in each and "firm" in each]


def test_candidates_are_found_by_an_index(company: Judged) -> None:
    if company.store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL scans a table of few rows whatever indexes there are")
    with counted(company.store) as sent:
        company.save("firm", name="One", phone=PHONE, person="P", tax="1")
        company.save("brand", name="One")
    asked = [each for each in sent if "LIMIT" in each and ("FROM crm_firm" in each or "FROM crm_brand" in each)]
    assert len(asked) == 4
    with company.store.system_reading() as connection:
        for statement in asked:
            count = statement.count("?")
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (1,) * count)
            steps = [row[-1] for row in rows]
            assert not [step for step in steps if step.startswith("SCAN crm_")], steps
