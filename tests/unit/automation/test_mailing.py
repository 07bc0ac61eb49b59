"""The action that sends a mail: to whom, in which language, and that each sees only what he may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.automation.dispatch import dispatch
from app.orm.framework import delivery, mail_stop
from app.record import Change, Saved, create, update
from app.record.mail_stops import put_stops
from tests.unit.approving import PEOPLE, Office, opened

BOSS = system_actor("system:seed")
ALL = dict.fromkeys(("read", "update", "delete", "assign", "transition"), "all")
Open = Callable[..., Office]


def tree_of(to: Any, **template: Any) -> dict[str, Any]:
    secret = {"secret": {"access": "read"}, "rank": {"access": "read"}}
    return {
        "pack": {"languages": ["en", "zh"], "time_zone": "Asia/Shanghai"},
        "entities": {
            "account": {
                "name_field": "name",
                "fields": {
                    "name": {"type": "text"},
                    "secret": {"type": "text", "restricted": True},
                    "rank": {"type": "text"},
                },
            },
            "contact": {"name_field": "name", "fields": {"name": {"type": "text"}, "email": {"type": "email"}}},
            "deal": {
                "name_field": "name",
                "fields": {
                    "name": {"type": "text", "required": True, "label": {"en": "Name", "zh": "名称"}},
                    "email": {"type": "email"},
                    "locale": {"type": "text"},
                    "account": {"type": "lookup", "to": ["account"]},
                    "contact": {"type": "lookup", "to": ["contact"]},
                    "level": {"type": "picklist", "options": "level"},
                },
            },
        },
        "picklists": {"level": {"options": {"a": {"label": {"en": "Major", "zh": "重点"}}}}},
        "automations": {
            "hello": {"entity": "deal", "trigger": "create", "actions": {"mail": {"send_mail": {"to": to, "template": "hello"}}}}
        },
        "templates": {"hello": {"for": "mail", "entity": "deal", **MAIL, **template}},
        "roles": {
            "administrator": {"grants": {"*": {"create": True, **ALL}, "account": {**ALL, "fields": secret}}},
            "director": {"grants": {"user": {"read": "all"}}},
            "manager": {"grants": {"user": {"read": "all"}, "deal": ALL, "account": {"read": "all", "fields": secret}}},
            "rep": {
                "grants": {
                    "user": {"read": "all"},
                    "deal": {"read": "own"},
                    "account": {"read": "all", "fields": {"rank": {"access": "hidden"}}},
                }
            },
        },
    }  # fmt: skip


WITH_NUMBERS = (
    "{{ record.amount }} {% if record.amount > 1000 %}big{% else %}small{% endif %} {{ record.share }} {{ record.rate }} "
    "{{ record.amount | round }}"
)
MAIL: dict[str, Any] = {
    "subject": {"en": "Hello {{ record.name }}", "zh": "您好 {{ record.name }}"},
    "body": {
        "en": {
            "text": "{{ record.level }} {{ record.account.name }} {{ record.account.secret }} {{ record.account.rank }}"
        },
        "zh": {"text": "重要：{{ record.level }}"},
    },
}


@pytest.fixture
def open_with(new_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda *args, **more: addressed(stack.enter_context(opened(new_url, tree_of(*args, **more))))


@pytest.fixture
def open_small(sqlite_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda to, **more: addressed(
            stack.enter_context(
                opened(sqlite_url, to if isinstance(to, dict) and "pack" in to else tree_of(to, **more))
            )
        )


def addressed(office: Office) -> Office:
    """People have addresses; the manager reads Chinese."""
    changes = [
        Change(office.ids[each], {"email": f"{each}@us.example", "locale": "zh" if each == "manager" else "en"})
        for each in PEOPLE
        if each != "second"
    ]
    assert isinstance(update(office.store, BOSS, "user", changes, door="seed"), Saved)
    return office


def made(office: Office, entity: str, **values: Any) -> int:
    outcome = create(office.store, BOSS, entity, [{"owner": office.ids["rep"], **values}], door="api")
    assert isinstance(outcome, Saved), outcome
    return outcome.ids[0]


def mails(office: Office) -> list[Any]:
    while dispatch(office.store, office.store.clock()):
        pass
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(delivery).order_by(delivery.c.target)))


def test_numbers_are_written_as_on_pages_and_still_compared_and_rounded(open_small: Open) -> None:
    tree = tree_of("email", body={"*": {"text": WITH_NUMBERS}})
    tree["entities"]["deal"]["fields"] |= {
        "amount": {"type": "money"}, "share": {"type": "percent"}, "rate": {"type": "decimal", "scale": 4},
    }  # fmt: skip
    office = open_small(tree)
    made(office, "deal", name="a", email="a@x.example", amount="1234567.5", share="12.50", rate="3.1000")
    made(office, "deal", name="b", email="b@x.example", amount="-1000", share="0", rate="0.05")
    told = [each.content["text"] for each in mails(office)]
    assert told == ["¥1,234,567.50 big 12.5% 3.1 1234568", "−¥1,000 small 0% 0.05 -1000"]


def test_each_gets_it_in_his_language_and_sight(open_with: Open) -> None:
    office = open_with(["owner", "owner.manager", "email"])
    account = made(office, "account", name="Acme", secret="x1", rank="r1")
    deal = made(office, "deal", name="Big", email="wang@client.example", account=account, level="a")
    to_manager, to_rep, to_client = mails(office)
    assert (to_manager.target, to_manager.user_id, to_manager.record) == (
        "manager@us.example",
        office.ids["manager"],
        deal,
    )
    assert (to_manager.content["subject"], to_manager.content["text"]) == ("您好 Big", "重要：重点")
    assert to_rep.content["text"] == "Major Acme (restricted) (restricted)"
    assert (to_client.target, to_client.user_id) == ("wang@client.example", None)
    assert to_client.content["text"] == "Major Acme (restricted) (restricted)"
    assert len(mails(office)) == 3


def test_who_reads_more_is_told_more(open_small: Open) -> None:
    office = open_small({"user": "boss"})
    account = made(office, "account", name="Acme", secret="x1", rank="r1")
    made(office, "deal", name="Big", account=account, level="a")
    (mail,) = mails(office)
    assert mail.content["text"] == "Major Acme x1 r1"


def test_nobody_is_told_of_what_he_may_not_read(open_small: Open) -> None:
    office = open_small([{"user": "director"}, {"user": "other"}, {"user": "second"}])
    made(office, "deal", name="Big")
    assert mails(office) == []


def test_addresses_are_those_of_records_and_fixed_ones_each_once(open_small: Open) -> None:
    office = open_small(["contact", "email", {"email": "FINANCE@x.example"}, {"email": "boss@us.example"}])
    contact = made(office, "contact", name="Wang", email="wang@client.example")
    made(office, "deal", name="Big", contact=contact, email="Wang@client.example", locale="zh")
    found = mails(office)
    assert {(each.target.lower(), each.user_id) for each in found} == {
        ("finance@x.example", None),
        ("boss@us.example", office.ids["boss"]),
        ("wang@client.example", None),
    }
    assert len(found) == 3
    subjects = {each.target.lower(): each.content["subject"] for each in found}
    assert subjects["wang@client.example"] == "您好 Big"
    assert subjects["boss@us.example"] == "Hello Big"


def test_who_wants_none_gets_none(open_small: Open) -> None:
    office = open_small("email")
    with office.store.housekeeping() as connection:
        put_stops(connection, ["wang@client.example"], "", office.store.clock())
        connection.execute(sa.update(mail_stop).values(kind="all"))
    made(office, "deal", name="Big", email="Wang@client.example")
    assert mails(office) == []


def test_words_of_a_record_are_only_words(open_small: Open) -> None:
    body = {"*": {"text": "<p>{{ record.name }}</p>"}}
    office = open_small("email", body=body, subject={"*": "{{ record.name }}"})
    made(office, "deal", name="{{ 7*7 }}<b>", email="a@b.example")
    (mail,) = mails(office)
    assert mail.content["subject"] == "{{ 7*7 }}<b>"
    assert mail.content["html"] == "<p>{{ 7*7 }}&lt;b&gt;</p>"
    assert mail.content["text"] == "{{ 7*7 }}<b>"


def test_one_that_can_not_be_written_is_a_dead_letter_that_says_why(open_small: Open) -> None:
    office = open_small("email", body={"*": {"text": "{% if record.name > 5 %}x{% endif %}"}})
    made(office, "deal", name="Big", email="a@b.example")
    (mail,) = mails(office)
    assert mail.content["problem"].startswith("template hello, line 1: ")


def kept_tree(template: str) -> dict[str, Any]:
    """What a deal costs and is called is hidden from a role; a task tells both, and is mailed to whoever it names."""
    deal = {"name": {"access": "hidden"}, "cost": {"access": "hidden"}}
    return {
        "pack": {"languages": ["en", "zh"], "time_zone": "Asia/Shanghai"},
        "entities": {
            "deal": {
                "name_field": "name",
                "fields": {
                    "name": {"type": "text"},
                    "cost": {"type": "integer"},
                    "size": {"type": "integer"},
                    "twice": {"type": "integer", "formula": "cost * 2"},
                    "open": {"type": "integer", "formula": "cost * 3", "declassify": True},
                    "sizes": {"type": "integer", "formula": "size * 2"},
                },
            },
            "task": {
                "name_field": "name",
                "fields": {
                    "name": {"type": "text"},
                    "email": {"type": "email"},
                    "deal": {"type": "lookup", "to": ["deal"]},
                    "about": {"type": "lookup", "to": ["deal", "task"]},
                    "deals": {"type": "lookup", "to": ["deal"], "many": True},
                    "code": {"type": "integer", "formula": "deal.cost"},
                    "far": {"type": "integer", "formula": "deal.twice + 1"},
                    "call": {"type": "text", "formula": "deal.name"},
                    "opened": {"type": "integer", "formula": "deal.open + 1"},
                },
            },
        },
        "automations": {
            "hello": {
                "entity": "task",
                "trigger": "create",
                "actions": {"mail": {"send_mail": {"to": ["email", {"user": "boss"}], "template": "hello"}}},
            }
        },
        "templates": {
            "hello": {
                "for": "mail",
                "entity": "task",
                "subject": {"*": "{{ record.call }}"},
                "body": {"*": {"text": template}},
            }
        },
        "roles": {
            "administrator": {"grants": {"*": {"create": True, **ALL}}},
            **{key: {"grants": {"user": {"read": "all"}}} for key in ("director", "manager")},
            "rep": {"grants": {"user": {"read": "all"}, "deal": {"read": "all", "fields": deal}}},
        },
    }


def test_to_outside_nothing_is_told_that_follows_from_what_is_hidden(new_url: str) -> None:
    paths = "deal.twice code far call deal about deals deal.open opened deal.sizes deal.name deal.cost".split()
    template = "|".join(f"{{{{ record.{path} }}}}" for path in paths)
    with opened(new_url, kept_tree(template)) as found:
        office = addressed(found)
        deal = made(office, "deal", name="Secretname", cost=7, size=4)
        links = {"deal": deal, "about": f"deal/{deal}", "deals": [deal]}
        made(office, "task", name="Call", email="wang@client.example", **links)
        to_boss, to_client = mails(office)
        no = "(restricted)"
        assert to_boss.content["text"] == "14|7|15|Secretname|Secretname|Secretname|Secretname|21|22|8|Secretname|7"
        assert to_client.content["text"] == f"{no}|{no}|{no}|{no}|{no}|{no}|{no}|21|22|8|{no}|{no}"
        assert to_client.content["subject"] == no
