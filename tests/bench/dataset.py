"""The rows that every application under measurement gets: seeded, made once per database, equal everywhere.

A reference is the position of the row that it points to, counted from 1. Values are what a program would post: text,
numbers, ISO dates. The first `SHOWN` accounts have exactly five contacts and five opportunities each, so that a record
page shows as much on every side; the rest is spread evenly.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Values = dict[str, Any]

PEOPLE = 50
REPRESENTATIVE = 2  # the person that owns every fiftieth account with all that hangs on it
SHOWN = 100
PER_SHOWN = 5
BEFORE = 5_000  # what a row of its own kind refers to was written so many rows earlier
TEMPLATES = 997  # a prime, so that values of neighbouring rows differ
SEED = 20_260_101

TODAY = dt.date(2026, 1, 1)
CITIES = "上海 北京 深圳 杭州 成都 武汉 南京 苏州 Berlin Leeds Oslo Lyon Porto Boston Turin Ghent".split()
WORDS = "华信 远景 明德 瑞丰 恒通 Northwind Bluefin Harrow Maple Corvid Granite Lumen".split()
TRADES = "科技 机械 物流 医药 Textiles Foods Instruments Logistics".split()
SURNAMES = "王 李 张 刘 陈 Smith Jansen Rossi Novak Berg".split()
GIVEN = "伟 芳 敏 静 强 Anna Piet Carla Ivan Nora".split()
DEALS = "二期扩容 年度框架 升级项目 试点 Rollout Renewal Migration Support Licences".split()
TOPICS = "报价沟通 方案评审 合同条款 Follow-up Demonstration Kick-off Pricing".split()


@dataclass(frozen=True)
class Size:
    """How many rows each entity gets; all follow from the number of accounts."""

    accounts: int

    def of(self, entity: str) -> int:
        """The number of rows of an entity."""
        times = {"account": 1, "contact": 2, "opportunity": 2, "activity": 3}
        fixed = {"person": PEOPLE, "product": 20, "competitor": 10}
        return fixed[entity] if entity in fixed else times[entity] * self.accounts

    def account_of(self, position: int) -> int:
        """The account of the contact or opportunity at `position`."""
        shown = min(SHOWN, self.accounts)
        if position <= shown * PER_SHOWN or self.accounts <= shown:
            return (position - 1) % shown + 1
        return shown + 1 + (position * 7919) % (self.accounts - shown)


def owner_of(account: int) -> int:
    """The person who owns an account and all that hangs on it."""
    return (account - 1) % PEOPLE + 1


def rows(entity: str, size: Size) -> Iterator[Values]:
    """The rows of an entity, in order of their positions."""
    make = {
        "person": _person,
        "product": _product,
        "competitor": _competitor,
        "account": _account,
        "contact": _contact,
        "opportunity": _opportunity,
        "activity": _activity,
    }[entity]
    chance = random.Random(f"{SEED} {entity}")  # noqa: S311 -- the same rows each time is what is wanted
    templates = [_TEMPLATES[entity](chance) for _ in range(TEMPLATES)] if entity in _TEMPLATES else [{}]
    for position in range(1, size.of(entity) + 1):
        yield {**templates[position % len(templates)], **make(position, size)}


def login_of(person: int) -> str:
    """The login name of a person."""
    return f"person{person:02}"


def _person(position: int, _size: Size) -> Values:
    return {"login": login_of(position), "name": f"{GIVEN[position % 10]} {SURNAMES[position // 10 % 10]} {position}"}


def _product(position: int, _size: Size) -> Values:
    return {"name": f"Product {position}", "code": f"P-{position:04}"}


def _competitor(position: int, _size: Size) -> Values:
    return {"name": f"Rival {position}"}


def _account(position: int, _size: Size) -> Values:
    city, word, trade = CITIES[position % 16], WORDS[position % 12], TRADES[position // 12 % 8]
    return {
        "number": f"ACC-2026-{position:06}",
        "name": f"{city}{word}{trade} {position}",
        "uscc": f"91310000{position:010}",
        "contact_phone": f"+86138{position:08}",
        "contact_email": f"office{position}@example.com",
        "owner": owner_of(position),
    }


def _contact(position: int, size: Size) -> Values:
    account = size.account_of(position)
    return {
        "name": f"{SURNAMES[position % 10]}{GIVEN[position // 10 % 10]} {position}",
        "account": account,
        "mobile": f"+86139{position:08}",
        "phone": f"+8621{10_000_000 + position:08}",
        "email": f"contact{position}@example.com",
        "wechat": f"wx_{position}",
        "reports_to": position - BEFORE if position > BEFORE else None,
        "owner": owner_of(account),
    }


def _opportunity(position: int, size: Size) -> Values:
    account = size.account_of(position)
    return {
        "number": f"OPP-2026-{position:06}",
        "name": f"{DEALS[position % 9]} {position}",
        "account": account,
        "product": position % 20 + 1,
        "competitor": position % 10 + 1,
        "main_contact": position,  # positions of contacts and opportunities follow the same accounts
        "decision_maker": position,
        "owner": owner_of(account),
    }


def _activity(position: int, size: Size) -> Values:
    about = (position - 1) % size.of("opportunity") + 1
    account = size.account_of(about)
    return {
        "subject": f"{TOPICS[position % 7]} {position}",
        "at": f"{TODAY - dt.timedelta(days=position % 700)}T{position % 24:02}:{position % 60:02}:00.000Z",
        "account": account,
        "contact": about,
        "opportunity": about,
        "owner": owner_of(account),
    }


def _account_template(chance: random.Random) -> Values:
    return {
        "kind": "enterprise",
        "industry": chance.choice("manufacturing finance education internet retail government healthcare".split()),
        "employees": chance.randrange(5, 20_000),
        "annual_revenue": f"{chance.randrange(10, 90_000)}000.00",
        "size_class": chance.choice(["large", "medium", "small"]),
        "region": chance.choice("north east south west overseas".split()),
        "address": f"{chance.choice(CITIES)}, {chance.randrange(1, 400)} {chance.choice(WORDS)} Road",
        "website": f"https://www.example.com/{chance.randrange(10_000)}",
        "main_contact": f"{chance.choice(SURNAMES)} {chance.choice(GIVEN)}",
        "contact_position": chance.choice("采购经理 总经理 Buyer Director".split()),
        "pain_points": _sentence(chance, 12),
        "preferences": _sentence(chance, 8),
        "coop_intent": _sentence(chance, 4),
        "expected_purchase": _day(chance),
        "contract_expiry": _day(chance),
        "level": chance.choice("abc"),
        "customer_type": chance.choice(["potential", "closed", "lost"]),
        "coop_stage": chance.choice("before trial cooperating paused ended".split()),
        "follow_status": chance.choice("untouched following paused closed lost".split()),
        "source": chance.choice("website exhibition partner referral online offline".split()),
        "notes": _sentence(chance, 10),
    }


def _contact_template(chance: random.Random) -> Values:
    return {
        "title": chance.choice("经理 总监 工程师 Buyer Engineer".split()),
        "unit": chance.choice("采购部 信息部 Finance Operations".split()),
        "buying_role": chance.choice("decider influencer user approver".split()),
        "influence": chance.choice(["high", "medium", "low"]),
        "preferred_channel": chance.choice("phone mail meeting social".split()),
        "birthday": str(dt.date(1970, 1, 1) + dt.timedelta(days=chance.randrange(12_000))),
        "notes": _sentence(chance, 8),
    }


def _opportunity_template(chance: random.Random) -> Values:
    stage = chance.choice("contact requirement proposal negotiation won lost".split())
    return {
        "stage": stage,
        "amount": f"{chance.randrange(5, 3_000)}000.00",
        "close_date": _day(chance),
        "sales_model": chance.choice(["direct", "channel"]),
        "source": chance.choice("event referral marketing own".split()),
        "decision_stage": _sentence(chance, 2),
        "budget": f"{chance.randrange(5, 3_000)}000.00",
        "motive": _sentence(chance, 10),
        "next_step": _sentence(chance, 4),
        "next_step_date": _day(chance),
        "contract_number": f"C-{chance.randrange(10**6):06}",
        "contract_amount": f"{chance.randrange(5, 3_000)}000.00",
        "lost_reason": "price" if stage == "lost" else None,
        "notes": _sentence(chance, 8),
    }


def _activity_template(chance: random.Random) -> Values:
    return {
        "kind": chance.choice("call visit mail meeting note".split()),
        "duration": chance.randrange(5, 180),
        "feedback": chance.choice("positive neutral negative".split()),
        "content": _sentence(chance, 14),
    }


_TEMPLATES = {
    "account": _account_template,
    "contact": _contact_template,
    "opportunity": _opportunity_template,
    "activity": _activity_template,
}


def _sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(WORDS + TOPICS + DEALS + TRADES) for _ in range(words))


def _day(chance: random.Random) -> str:
    return str(TODAY + dt.timedelta(days=chance.randrange(-400, 400)))
