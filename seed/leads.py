"""Leads: who asked, what for, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from . import texts
from .dataset import Attachment, Past, Row, Value, coarse
from .deals import Deal
from .firms import Firm, Someone, draw_firms, draw_people, place, weighted
from .work import Known

STAGES = {"new": 28, "contacted": 24, "research": 18, "qualified": 18, "disqualified": 12}
SOURCES = {
    "event": 22,
    "referral": 14,
    "marketing": 12,
    "own": 10,
    "website": 20,
    "online": 12,
    "phone": 6,
    "partner": 4,
}
REASONS = {"misfit": 30, "no_need": 20, "no_budget": 20, "unreachable": 18, "repeated": 6, "rival": 6}
AGES = {"new": (0, 9), "contacted": (3, 30), "research": (10, 60), "disqualified": (15, 240)}  # days
FOUND_BY_MARKETING = 0.2
MARKETING = "sophie.lambert"
REPORT = (
    ("{company}需求调研报告", "Requirement report of {company}"),
    ("一、现状：{pain}", "1. Today: {pain}"),
    ("二、期望：{wish}", "2. Wanted: {wish}"),
    ("三、决策：{who}，预算约{budget:,}元", "3. Decided by {who}, about CNY {budget:,}"),
    ("四、结论：{intent}", "4. Conclusion: {intent}"),
)


def draw_leads(draw: Random, known: Sequence[Known], count: int, today: date) -> tuple[Row, ...]:
    """`count` leads; those that were qualified became deals of the customers that are known."""
    sources = [(each, deal) for each in known for deal in each.deals]
    draw.shuffle(sources)
    strangers = iter(draw_firms(draw, count))
    rows: list[Row] = []
    for number in range(1, count + 1):
        stage = weighted(draw, STAGES)
        key = f"lead_{number}"
        if stage == "qualified" and sources:
            about, deal = sources.pop()
            rows.append(_qualified(draw, key, about, deal, today))
        else:
            rows.append(_unknown(draw, key, next(strangers), "research" if stage == "qualified" else stage, today))
    return tuple(rows)


def _qualified(draw: Random, key: str, about: Known, deal: Deal, today: date) -> Row:
    values = {
        **_who(draw, about.firm, about.people[0]),
        **_need(draw, about.firm, deal.worth),
        **_report(draw, about.firm, about.people[0], deal.worth),
        "stage": "qualified",
        "account": ("account", about.firm.key),
        "opportunity": ("opportunity", deal.row.key),
    }
    return Row(key, values, coarse(deal.started, today))


def _unknown(draw: Random, key: str, firm: Firm, stage: str, today: date) -> Row:
    ((person, *_), _) = draw_people(draw, firm, 1, 0)
    budget = Decimal(draw.randint(2, 80) * 10_000)
    made = today - timedelta(days=draw.randint(*AGES[stage]))
    values = {**_who(draw, firm, person), **_need(draw, firm, budget), "stage": stage}
    if stage == "new" and draw.random() < FOUND_BY_MARKETING:
        values |= place(MARKETING)
    if stage == "disqualified":
        values["disqualified_reason"] = weighted(draw, REASONS)
    if stage == "research" and draw.random() < 0.6:
        values |= _report(draw, firm, person, budget)
    return Row(key, values, coarse(made, today), _past(draw, stage, made, today))


def _past(draw: Random, stage: str, made: date, today: date) -> tuple[Past, ...]:
    begun = made - timedelta(days=draw.randint(2, 20))
    nothing: Mapping[str, Value] = dict.fromkeys(("requirement_report", "requirement_summary", "disqualified_reason"))
    new = Past(coarse(begun, today), {"stage": "new", **nothing})
    if stage == "new":
        return ()
    if stage != "research":
        return (new,)
    return (new, Past(coarse(begun + (made - begun) * 0.5, today), {"stage": "contacted", **nothing}))


def _who(draw: Random, firm: Firm, person: Someone) -> dict[str, Value]:
    known = person.row.values
    return {
        **{key: known[key] for key in ("name", "title", "mobile", "email", "wechat", "marketing")},
        "company": firm.name,
        "source": weighted(draw, SOURCES),
        "region": firm.region,
        "industry": firm.industry,
        "size_class": firm.size,
        **place(firm.owner),
    }


def _need(draw: Random, firm: Firm, budget: Decimal) -> dict[str, Value]:
    return {
        "high_intent": draw.random() < 0.3,
        "need": firm.say(draw.choice(texts.PAIN_POINTS)),
        "interests": firm.say(draw.choice(texts.MOTIVES)) if draw.random() < 0.6 else None,
        "budget": budget if draw.random() < 0.7 else None,
    }


def _report(draw: Random, firm: Firm, person: Someone, budget: Decimal) -> dict[str, Value]:
    """The requirement report as a file, and in short."""
    pain, wish = firm.say(draw.choice(texts.PAIN_POINTS)), firm.say(draw.choice(texts.MOTIVES))
    said = {"company": firm.name, "pain": pain, "wish": wish, "who": person.row.values["name"], "budget": int(budget)}
    said["intent"] = firm.say(draw.choice(texts.INTENTS))
    text = "\n\n".join(firm.say(line).format(**said) for line in REPORT)
    name = firm.say((f"需求调研报告_{firm.brand}.txt", f"Requirement report {firm.brand}.txt"))
    return {"requirement_report": Attachment(name, text + "\n"), "requirement_summary": f"{pain} {wish}"}
