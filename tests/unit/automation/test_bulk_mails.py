"""Mail to many: each once, only to whom the sender may write and who wants it, however often a button is pressed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import Actor, actor_of_user, system_actor
from app.automation import bulk_letters, bulk_mails
from app.automation.bulk_letters import AT_ONCE, write_next
from app.automation.bulk_mails import BulkMail, begin, find, left_today, letters, look, send, states, stop
from app.automation.mail_stops import stop_by_link
from app.orm.framework import ab_role, ab_user_role, delivery
from app.record import Change, Saved, create, update
from app.record.mail_stops import BY_CONSENT, put_stops
from tests.unit.approving import Office, opened
from tests.unit.automation.test_mailing import addressed, tree_of

BOSS = system_actor("system:seed")


def company() -> dict[str, Any]:
    tree = tree_of("email", marketing=False)
    tree["automations"] = {}
    tree["entities"]["deal"]["fields"]["agreed"] = {
        "type": "boolean",
        "consent": {"purpose": "marketing", "text": "I agree."},
    }
    tree["templates"]["plain"] = {
        "for": "mail",
        "entity": "deal",
        "subject": {"*": "Hi {{ record.name }}"},
        "body": {"*": {"text": "Hi"}},
    }
    tree["roles"]["rep"]["grants"]["deal"] = {"read": "own", "mail": "own"}
    tree["roles"]["manager"]["grants"]["deal"] = {"read": "all", "mail": "own"}
    tree["roles"]["rep"]["limits"] = {"mail_recipients": 250}
    return tree


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, company()) as found:
        yield addressed(found)


@pytest.fixture
def small(sqlite_url: str) -> Iterator[Office]:
    with opened(sqlite_url, company()) as found:
        yield addressed(found)


def person(office: Office, login: str) -> Actor:
    with office.store.system_reading() as connection:
        found = actor_of_user(connection, office.store.models, office.ids[login])
    assert found is not None
    return found


def deals(office: Office, *rows: dict[str, Any], owner: str = "rep") -> list[int]:
    made = create(
        office.store, BOSS, "deal", [{"owner": office.ids[owner], "agreed": True, **row} for row in rows], door="api"
    )
    assert isinstance(made, Saved), made
    return list(made.ids)


def many(office: Office, number: int) -> list[int]:
    return deals(office, *({"name": f"d{n}", "email": f"p{n}@client.example"} for n in range(number)))


def drafted(office: Office, records: list[int], who: str = "rep") -> BulkMail:
    return found(office, begin(office.store, person(office, who), "deal", "email", records))


def found(office: Office, one: int) -> BulkMail:
    with office.store.system_reading() as connection:
        mail = find(connection, one)
    assert mail is not None
    return mail


def looked(office: Office, mail: BulkMail, template: str = "hello", who: str = "rep") -> bulk_mails.Look:
    with office.store.system_reading() as connection:
        return look(connection, office.store, person(office, who), mail, office.store.catalog.templates[template])


def sent(office: Office, mail: BulkMail, template: str = "hello") -> BulkMail:
    recipients = len(looked(office, mail, template).chosen.to)
    assert send(office.store, person(office, "rep"), mail.id, template, recipients) == "sent"
    while write_next(office.store):
        pass
    return found(office, mail.id)


def test_who_gets_it_and_why_others_do_not(office: Office) -> None:
    mine = deals(
        office,
        {"name": "a", "email": "a@client.example", "locale": "zh"},
        {"name": "again", "email": "A@client.example"},
        {"name": "none"},
        {"name": "no", "email": "no@client.example", "agreed": False},
        {"name": "gone", "email": "gone@client.example"},
        {"name": "b", "email": "b@client.example"},
        {"name": "left", "email": "left@client.example"},
    )
    theirs = deals(office, {"name": "x", "email": "x@client.example"}, owner="other")
    stop_by_link(office.store, "GONE@client.example")
    with office.store.housekeeping() as connection:
        put_stops(connection, ("left@client.example",), BY_CONSENT, office.store.clock())
    draft = drafted(office, [*mine, *theirs])
    seen = looked(office, draft)
    expected = {"duplicate": 1, "no_address": 1, "no_consent": 1, "unsubscribed": 1, "withdrawn": 1, "out_of_sight": 1}
    assert (list(seen.chosen.to), dict(seen.chosen.left_out)) == ([mine[0], mine[5]], expected)
    assert seen.first is not None
    assert (seen.first[1].language, seen.first[1].subject) == ("zh", "您好 a")
    mail = sent(office, draft)
    assert (mail.state, mail.queued, mail.seen, dict(mail.left_out)) == ("done", 2, 8, expected)
    with office.store.system_reading() as connection:
        rows = connection.execute(sa.select(delivery).order_by(delivery.c.id)).all()
        assert states(connection, mail.id) == {"waiting": 2}
        assert [each.record for each in letters(connection, mail.id, limit=9)] == [mine[0], mine[5]]
    assert [(each.target, each.content["marketing"], each.mailing) for each in rows] == [
        ("a@client.example", True, mail.id), ("b@client.example", True, mail.id),
    ]  # fmt: skip


def test_it_is_sent_once_however_often_and_by_however_many(office: Office) -> None:
    draft = drafted(office, many(office, AT_ONCE + 3))
    sent(office, draft)
    assert send(office.store, person(office, "rep"), draft.id, "hello", 1) == "not_a_draft"
    assert not write_next(office.store)
    with office.store.system_reading() as connection:
        assert states(connection, draft.id) == {"waiting": AT_ONCE + 3}
    assert found(office, draft.id).queued == AT_ONCE + 3


def test_the_limit_of_a_day_holds_at_its_edge(small: Office) -> None:
    rep = person(small, "rep")
    records = many(small, 2)
    first, second, third = (drafted(small, records) for _ in range(3))
    assert send(small.store, rep, first.id, "hello", 251) == "too_many"
    assert send(small.store, rep, first.id, "hello", 249) == "sent"
    assert send(small.store, rep, second.id, "hello", 2) == "too_many"
    assert send(small.store, rep, second.id, "hello", 1) == "sent"
    small.later(hours=25)
    with small.store.system_reading() as connection:
        assert left_today(connection, small.store, rep) == 250
    assert send(small.store, rep, third.id, "hello", 2) == "sent"


def test_what_counts_is_what_the_sender_may_when_it_is_written(small: Office) -> None:
    records = many(small, 2)
    draft = drafted(small, records)
    assert send(small.store, person(small, "rep"), draft.id, "hello", 2) == "sent"
    update(small.store, BOSS, "deal", [Change(records[0], {"owner": small.ids["other"]})], door="api")
    assert write_next(small.store)
    assert (found(small, draft.id).queued, dict(found(small, draft.id).left_out)) == (1, {"out_of_sight": 1})
    later = drafted(small, records[1:])
    assert send(small.store, person(small, "rep"), later.id, "hello", 1) == "sent"
    update(small.store, BOSS, "user", [Change(small.ids["rep"], {"active": False})], door="api")
    assert write_next(small.store)
    assert (found(small, later.id).state, found(small, later.id).queued) == ("stopped", 0)


def test_one_who_reads_more_than_he_may_send_to_sends_to_no_more(small: Office) -> None:
    records = many(small, 1)
    draft = drafted(small, records, "manager")
    assert dict(looked(small, draft, who="manager").chosen.left_out) == {"not_allowed": 1}
    assert send(small.store, person(small, "rep"), draft.id, "hello", 1) == "not_a_draft"  # it is another's


def test_it_can_be_stopped(small: Office) -> None:
    draft = drafted(small, many(small, AT_ONCE + 1))
    rep = person(small, "rep")
    assert send(small.store, rep, draft.id, "plain", AT_ONCE + 1) == "sent"
    assert write_next(small.store)
    assert stop(small.store, rep, draft.id)
    assert not write_next(small.store)
    assert not stop(small.store, rep, draft.id)
    with small.store.system_reading() as connection:
        assert states(connection, draft.id) == {"dropped": AT_ONCE}
    assert found(small, draft.id).state == "stopped"


def test_no_more_get_it_than_were_counted_when_it_was_sent(small: Office) -> None:
    """Else the limit of a day would hold for the count alone: who agrees meanwhile would come on top of it."""
    records = deals(
        small,
        {"name": "a", "email": "a@client.example"},
        *({"name": f"d{n}", "email": "a@client.example"} for n in range(AT_ONCE)),
        *({"name": f"n{n}", "email": f"n{n}@client.example", "agreed": False} for n in range(3)),
    )
    draft = drafted(small, records)
    counted = looked(small, draft)
    assert (len(counted.chosen.to), counted.chosen.left_out["no_consent"]) == (1, 3)
    assert send(small.store, person(small, "rep"), draft.id, "hello", 1) == "sent"
    update(small.store, BOSS, "deal", [Change(each, {"agreed": True}) for each in records[-3:]], door="api")
    while write_next(small.store):
        pass
    mail = found(small, draft.id)
    assert (mail.state, mail.queued, dict(mail.left_out)) == ("done", 1, {"duplicate": AT_ONCE, "not_counted": 3})


def test_one_that_can_t_be_written_holds_up_no_other(
    small: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    records = many(small, 2)
    bad, good = drafted(small, records[:1]), drafted(small, records[1:])
    for each in (bad, good):
        assert send(small.store, person(small, "rep"), each.id, "hello", 1) == "sent"
    plain = bulk_letters.choose

    def failing(*given: Any) -> Any:
        if list(given[-1]) == records[:1]:
            raise ArithmeticError("a bug that this one alone meets")
        return plain(*given)

    with monkeypatch.context() as patched:
        patched.setattr(bulk_letters, "choose", failing)
        assert write_next(small.store)
        assert [found(small, each.id).state for each in (bad, good)] == ["writing", "done"]
        assert f"bulk mail {bad.id}" in caplog.text
        with pytest.raises(ArithmeticError):  # nothing but it is left: its fault rests the loop
            write_next(small.store)
    assert write_next(small.store)
    assert found(small, bad.id).state == "done"
    assert not write_next(small.store)


@pytest.mark.parametrize("role", ["blind", "masked", "unseen"])
def test_who_sees_the_addresses_no_more_sends_nothing_and_keeps_nobody_waiting(sqlite_url: str, role: str) -> None:
    tree, user = company(), {"user": {"read": "all"}}
    seen = {"read": "all", "mail": "own"}
    tree["roles"]["blind"] = {"grants": user}
    tree["roles"]["masked"] = {"grants": {**user, "deal": {**seen, "fields": {"email": {"access": "mask"}}}}}
    tree["roles"]["unseen"] = {"grants": {**user, "deal": {**seen, "fields": {"email": {"access": "hidden"}}}}}
    with opened(sqlite_url, tree) as plain:
        office = addressed(plain)
        first = drafted(office, many(office, 3))
        of_other = deals(office, {"name": "o", "email": "o@client.example"}, owner="other")
        second = drafted(office, of_other, "other")
        assert send(office.store, person(office, "rep"), first.id, "hello", 3) == "sent"
        assert send(office.store, person(office, "other"), second.id, "hello", 1) == "sent"
        with office.store.housekeeping() as connection:
            has_now = sa.select(ab_role.c.id).where(ab_role.c.name == role).scalar_subquery()
            is_his = ab_user_role.c.user_id == office.ids["rep"]
            connection.execute(sa.update(ab_user_role).where(is_his).values(role_id=has_now))
        while write_next(office.store):
            pass
        assert (found(office, first.id).state, found(office, first.id).queued) == ("stopped", 0)
        assert (found(office, second.id).state, found(office, second.id).queued) == ("done", 1)
