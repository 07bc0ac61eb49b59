"""Of who was erased nothing stands anywhere; of others everything does."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from app.access import reading
from app.automation.mail_stops import stopped_among
from app.insight import ListQuery, list_records
from app.orm import framework
from app.orm.tidy import clear_deleted
from app.orm.types import now
from app.plan import open_store
from app.privacy.erase import Erased, erase, look_ahead
from app.privacy.export import gather
from app.privacy.places import NOTHING_OF_HIM, OWN_WAY, PLAIN, WORDS_GO
from app.record import Change, Refused, Saved, update
from app.record.proof import prove_audit
from app.record.seals import seal_audit
from tests.unit.privacy.house import ACTOR, MAIL, MOBILE, NAME, SIGNS, House, spread


def erased(house: House, *more: tuple[str, int]) -> Erased:
    persons = [("person", house.person), *more]
    return erase(house.store, ACTOR, house.contents, persons)


def test_every_table_and_column_of_the_framework_has_its_decision() -> None:
    """A new table stands in one of the lists; a new column of text in one of the two that name columns."""
    assert {*WORDS_GO, *OWN_WAY, *NOTHING_OF_HIM} == {*framework.FRAMEWORK.tables, "tenon_schema_version"}
    for name, columns in WORDS_GO.items():
        texts = {
            each.name for each in framework.FRAMEWORK.tables[name].columns if isinstance(each.type, sa.Text | sa.JSON)
        }
        assert {*columns, *PLAIN.get(name, "").split()} == texts, name


def test_nothing_of_him_stands_anywhere_and_the_rest_does(house: House) -> None:
    spread(house)
    before = house.places()
    assert {"tenon_audit.changes", "crm_person.fax", "tenon_notice.params", "tenon_delivery.content"} <= set(before)
    seal_audit(house.store)
    ahead = look_ahead(house.store, ACTOR, [("person", house.person)])
    assert house.places() == before  # what it would do is told, and not done
    told = erased(house)
    assert ahead.counts == told.counts
    assert told.kept == {"bill": (1,)}
    assert house.places() == []
    assert clear_deleted(house.store.engine)
    if house.store.engine.dialect.name == "sqlite":
        pages = Path(str(make_url(house.settings.database_url).database)).read_bytes().lower()
        assert [sign for sign in SIGNS if sign.encode() in pages] == []
    for look in (the_rest_stays, the_search_finds_others_only, the_audit_proves_itself, he_gets_no_mail_further_on):
        look(house)


def the_rest_stays(house: House) -> None:
    row = house.row("person", house.person)
    assert (row["name"], row["mail"], row["mobile"], row["vip"], row["points"], row["firm"]) == (
        "#1",
        None,
        None,
        False,
        7,
        1,
    )
    assert row["private"] is row["private__blind"] is None
    assert house.row("note", 2)["text"] == "or to ***"
    assert row["greeting"] == "Dear #1"
    assert row["remark"] == "calls himself ***"
    assert house.row("person", house.other)["mail"] == "else@example.org"
    assert house.row("talk", 1)["content"] is None  # about nobody else
    assert house.row("talk", 2)["content"] == "*** and Somebody Else met"
    assert (house.row("talk", 1)["subject"], house.row("talk", 1)["whose"]) == ("Lunch with ***", "#1")
    assert house.row("note", 1)["text"] == "write to ***, or ***"
    assert house.row("bill", 1)["person"] == house.person


def the_search_finds_others_only(house: House) -> None:
    asked = (("canary", "person", "name", 0), ("somebody", "person", "name", 1), ("lunch", "talk", "subject", 1))
    with reading(house.store, ACTOR) as session:
        for word, entity, column, count in asked:
            assert len(list_records(session, ACTOR, ListQuery(entity, (column,), search=word)).rows) == count, word


def the_audit_proves_itself(house: House) -> None:
    seal_audit(house.store)
    proof = prove_audit(house.store, [], None)
    assert (proof.wrong, proof.named) == (0, ())
    assert proof.erased > 0


def he_gets_no_mail_further_on(house: House) -> None:
    with house.store.system_reading() as connection:
        assert stopped_among(connection, [MAIL.upper()], marketing=True) == {MAIL: ""}


def test_a_second_time_there_is_nothing_left_to_do(small_house: House) -> None:
    house = small_house
    spread(house)
    erased(house)
    assert {each.rpartition(", ")[2] for each in erased(house).counts} == {"anonymised"}


def test_an_address_that_others_have_too_stays_with_them(small_house: House) -> None:
    house = small_house
    firm = house.add("firm", name="His firm", phone="+8613811112222")
    told = erased(house)
    assert "+8613811112222" in told.shared
    assert house.row("firm", firm)["phone"] == "+8613811112222"
    assert house.row("person", house.person)["mobile"] is None


def test_only_people_are_erased(small_house: House) -> None:
    house = small_house
    with pytest.raises(LookupError, match="holds no people"):
        erase(house.store, ACTOR, house.contents, [("firm", 1)])
    with pytest.raises(LookupError, match="no person 99"):
        erase(house.store, ACTOR, house.contents, [("person", 99)])


def test_another_record_of_the_same_person_goes_along(small_house: House) -> None:
    house = small_house
    again = house.add("person", name=NAME, mobile="+8613811112222")
    erased(house, ("person", again))
    assert house.places() == []
    assert open_store(house.store.engine).revision == 2


def test_longer_addresses_that_end_or_begin_as_his_are_others(house: House) -> None:
    him = house.add("person", name="Li", mail="li@corp.cn", wechat="sales_01")
    other = house.add("person", name="Joann", mail="joli@corp.cn", wechat="Sales_01", remark="was an-li@corp.cn")
    new = {"mail": "li@corp.cn.example.org", "remark": "see joli@corp.cn.\nOr 'li@corp.cn'."}
    assert isinstance(update(house.store, ACTOR, "person", [Change(other, new)], door="command"), Saved)
    told = gather(house.store, [("person", him)])
    assert told.content["addresses"] == ["li@corp.cn", "sales_01"]
    assert [line["record"] for line in told.content["history"]] == [him, other]  # the line with his own address
    new = {"mail": "wang.li@corp.cn"}
    assert isinstance(update(house.store, ACTOR, "person", [Change(other, new)], door="command"), Saved)
    assert erased(house, ("person", him)).shared == ("sales_01",)
    row = house.row("person", other)
    assert (row["mail"], row["wechat"]) == ("wang.li@corp.cn", "Sales_01")
    assert row["remark"] == "see joli@corp.cn.\nOr '***'."
    a = framework.audit.c
    with house.store.engine.connect() as connection:
        lines = connection.execute(sa.select(a.changes).where(a.entity == "person", a.record == other).order_by(a.id))
        assert [bool(each) for each in lines.scalars()] == [False, False, True]


def test_where_texts_have_to_differ_they_do_so_still(house: House) -> None:
    first, second = house.add("reader", address=MAIL), house.add("reader", address="Else@example.org")
    erased(house)
    assert house.row("reader", first)["address"] == f"***{first}"
    third = house.add("reader", address=f"***{second}")
    with pytest.raises(OSError, match=r"a key is taken: .*crm_reader"):
        erase(house.store, ACTOR, house.contents, [("person", house.other)])
    assert house.row("person", house.other)["mail"] == "else@example.org"
    assert isinstance(update(house.store, ACTOR, "reader", [Change(third, {"address": "x"})], door="command"), Saved)
    erase(house.store, ACTOR, house.contents, [("person", house.other)])
    assert house.row("reader", second)["address"] == f"***{second}"


def test_encrypted_texts_and_kept_answers_tell_of_him_no_longer(house: House) -> None:
    both = house.add("talk", subject="x", person=house.person, others=[house.other], secret=f"{NAME} called {MOBILE}")
    plain = house.add("note", text="x", secret=f"{NAME}, {MAIL}")
    others = house.add("note", text="y", secret="old.canary.zhang@example.org")
    answer = {"user_id": 1, "key": "k", "request": "x", "status": 200, "answer": "sealed", "at": now()}
    with house.store.housekeeping() as connection:
        connection.execute(sa.insert(framework.idempotency), answer)
    told = erased(house)
    assert house.row("talk", both)["secret"] == "*** called ***"
    assert house.row("note", plain)["secret"] == f"***{plain}, ***{plain}"
    assert house.row("note", others)["secret"] == "old.canary.zhang@example.org"
    assert told.counts["texts in records of note"] == told.counts["tenon_idempotency"] == 1
    with house.store.engine.connect() as connection:
        assert connection.execute(sa.select(framework.idempotency.c.status, framework.idempotency.c.answer)).all() == [
            (200, "")
        ]
    again = Change(others, {"secret": f"***{plain}, ***{plain}"})
    assert isinstance(update(house.store, ACTOR, "note", [again], door="command"), Refused)  # its digest is the new one
