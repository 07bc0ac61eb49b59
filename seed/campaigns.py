"""What marketing did to be asked, and which leads came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from .dataset import Row
from .firms import place
from .leads import MARKETING


class Plan(NamedTuple):
    """A campaign. `begins` and `ends` count in days from today; `source` is that of the leads that it brought."""

    key: str
    name: str
    goal: str
    channels: tuple[str, ...]
    begins: int
    ends: int
    budget: int
    spent: int  # percent of the budget
    expected: int  # answers
    came: int  # percent of these, until now
    plan: str
    source: str


PLANS = (
    Plan(
        "user_day", "秋季用户大会 Autumn user conference", "retention", ("offline", "mail"), -70, -68, 180_000, 96, 40, 115,
        "第一天主题演讲，第二天分组研讨。 Keynotes on the first day, workshops on the second.", "event",
    ),
    Plan(
        "factory_fair", "智能制造展 Smart manufacturing fair", "leads", ("offline", "social"), -40, -36, 120_000, 104, 30, 90,
        "展位A12，两台演示机，每日抽奖。 Stand A12, two demonstration machines, a draw each day.", "event",
    ),
    Plan(
        "cloud_trial", "云产品免费试用季 Free trial of the cloud products", "trial", ("ads", "mail", "social"), -25, 20, 90_000, 55, 50, 40,
        "搜索广告投放六周，试用满一周后电话回访。 Six weeks of search ads; a call after the first week of each trial.", "online",
    ),
    Plan(
        "inbound", "官网内容更新 New pages of the website", "awareness", ("social",), -60, -10, 35_000, 80, 20, 130,
        "每周一篇客户案例。 One customer story a week.", "website",
    ),
    Plan(
        "new_year", "新春客户答谢会 New year reception", "retention", ("offline",), 45, 45, 60_000, 0, 10, 0,
        "邀请A级客户负责人。 For those who lead our A customers.", "marketing",
    ),
    Plan(
        "spring_mail", "春季邮件推送 Spring mailing", "leads", ("mail",), 80, 100, 15_000, 0, 25, 0,
        "三封邮件，间隔一周。 Three mails, a week apart.", "marketing",
    ),
)  # fmt: skip


def build_campaigns(today: date) -> tuple[Row, ...]:
    """The campaigns: some over, one running, some planned."""
    return tuple(Row(each.key, _values(each, today)) for each in PLANS)


def _values(each: Plan, today: date) -> dict[str, object]:
    status = "planned" if each.begins > 0 else "running" if each.ends >= 0 else "finished"
    over = "效果符合预期，下次提前两周发出邀请。 As expected; invite two weeks earlier next time."
    return {
        "name": each.name,
        "goal": each.goal,
        "channels": list(each.channels),
        "status": status,
        "starts": today + timedelta(days=each.begins),
        "ends": today + timedelta(days=each.ends),
        "budget": Decimal(each.budget),
        "cost": Decimal(each.budget * each.spent // 100) if each.spent else None,
        "expected": each.expected,
        "answers": each.expected * each.came // 100 if each.came else None,
        "plan": each.plan,
        "result": over if status == "finished" else None,
        **place(MARKETING),
    }


def tie_to_campaigns(leads: Sequence[Row], today: date) -> tuple[Row, ...]:
    """The leads; one that came since a campaign of its source began came of it, in turn of those. Chance has no part in it."""
    tied: list[Row] = []
    for number, row in enumerate(leads):
        came = min((past.day for past in row.past), default=row.made or today)
        fitting = [
            each.key
            for each in PLANS
            if each.source == row.values["source"] and today + timedelta(days=each.begins) <= came
        ]
        campaign = ("campaign", fitting[number % len(fitting)]) if fitting else None
        tied.append(replace(row, values={**row.values, "campaign": campaign}))
    return tuple(tied)
