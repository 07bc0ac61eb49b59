"""Opportunities, and what they make of an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from . import texts
from .catalogue import COMPETITORS, OFFERS, Offer
from .dataset import Past, Row, Value, coarse
from .firms import Firm, Someone, facts_of, place, weighted

STAGES = {"contact": 17, "requirement": 19, "proposal": 17, "negotiation": 12, "won": 22, "lost": 13}
DAYS_TO_CLOSE = {"contact": (40, 180), "requirement": (25, 140), "proposal": (7, 90), "negotiation": (-12, 45)}
TYPICAL_AMOUNT = {"large": 750_000, "medium": 260_000, "small": 70_000}
MOST_UNITS = {"software": 800, "cloud": 600, "hardware": 150, "service": 120, "training": 10}
LOST_REASONS = {"price": 30, "rival": 25, "budget": 15, "timing": 12, "function": 8, "silent": 10}
SOURCES = {"event": 25, "referral": 25, "marketing": 25, "own": 25}
BILINGUAL = 0.12
THROUGH_PARTNERS = 0.16
DAYS_HERE = {"contact": (0, 4), "requirement": (0, 9), "proposal": (0, 18), "negotiation": (0, 18)}
DAYS_BEFORE = {"contact": (0, 0), "requirement": (3, 20), "proposal": (12, 60), "negotiation": (25, 90)}


@dataclass(frozen=True)
class Deal:
    """An opportunity: the row to create, and what others need to know of it. `since` is when it came to its stage."""

    row: Row
    stage: str
    started: date
    since: date
    ended: date
    worth: Decimal

    @property
    def is_open(self) -> bool:
        """Whether it is neither won nor lost."""
        return self.stage not in {"won", "lost"}


@dataclass(frozen=True)
class Customer:
    """A firm, its people, and another customer of its owner who may sell to it."""

    firm: Firm
    people: Sequence[Someone]
    partner: str | None


def draw_deals(draw: Random, customer: Customer, count: int, key: int, today: date) -> tuple[Deal, ...]:
    """`count` deals with a customer, with keys from `key` on. No two have one name."""
    projects = draw.sample([(offer, project) for offer in OFFERS for project in offer.projects], count)
    return tuple(
        _draw_deal(draw, customer, project, key + position, today) for position, project in enumerate(projects)
    )


def _draw_deal(draw: Random, customer: Customer, sold: tuple[Offer, texts.Pair], serial: int, today: date) -> Deal:
    (offer, project), firm, people = sold, customer.firm, customer.people
    stage = weighted(draw, STAGES)
    partner = customer.partner if draw.random() < THROUGH_PARTNERS else None
    amount = _draw_amount(draw, firm, offer)
    if stage in DAYS_TO_CLOSE:
        close = today + timedelta(days=draw.randint(*DAYS_TO_CLOSE[stage]))
        since = today - timedelta(days=draw.randint(*DAYS_HERE[stage]))
        started = since - timedelta(days=draw.randint(*DAYS_BEFORE[stage]))
    else:
        close = today - timedelta(days=int(draw.triangular(2, 700, 60)))
        since, started = close, close - timedelta(days=draw.randint(20, 160))
    name = firm.say(project)
    if not firm.english and draw.random() < BILINGUAL:
        name = f"{project[0]} {project[1]}"
    values: dict[str, Value] = {
        "name": name,
        "account": ("account", firm.key),
        "stage": "registered" if stage == "contact" and partner else stage,
        "amount": amount,
        "close_date": close,
        "sales_model": "channel" if partner else "direct",
        "partner": ("account", partner) if partner else None,
        "source": weighted(draw, SOURCES),
        "product": ("product", offer.sku.lower()),
        "contacts": [
            {"id": ("contact", person.key), "influence": influence}
            for person, influence in zip(people, ("high", "medium", "low"), strict=False)
        ],
        "main_contact": ("contact", draw.choice(people).key),
        "decision_maker": ("contact", people[0].key) if stage != "contact" or draw.random() < 0.5 else None,
        "decision_stage": firm.say(draw.choice(texts.DECISION_STAGES)) if draw.random() < 0.6 else None,
        "budget": _draw_budget(draw, stage, amount),
        "motive": firm.say(draw.choice(texts.MOTIVES)) if draw.random() < 0.6 else None,
        "competitor": ("competitor", draw.choice(COMPETITORS)[0]) if draw.random() < 0.3 else None,
        **_outcome(draw, stage, amount, close, serial),
        **_next_step(draw, firm, stage, today),
        **place(firm.owner),
    }
    row = Row(f"opportunity_{serial}", values, coarse(since, today), _past(stage, values, started, since, today))
    return Deal(row, stage, started, since, min(close, today), amount)


def _draw_budget(draw: Random, stage: str, amount: Decimal) -> Decimal | None:
    """Known once the requirements are."""
    budget = _rounded(amount * Decimal(draw.randint(80, 130)) / 100)
    return budget if stage != "contact" or draw.random() < 0.3 else None


def _past(stage: str, values: Mapping[str, Value], started: date, since: date, today: date) -> tuple[Past, ...]:
    """The stages that a deal went through before. What needed an approval then is not told again: such deals begin later."""
    first = "registered" if values["partner"] else "contact"
    between = coarse(started + (since - started) * 0.5, today)
    begun = coarse(started, today)
    if stage == "requirement":
        return (Past(begun, {"stage": first}),)
    if stage == "proposal":
        return (Past(begun, {"stage": first}), Past(between, {"stage": "requirement"}))
    if stage == "won":
        return (Past(begun, {"stage": "negotiation", "contract_number": None, "contract_amount": None}),)
    if stage == "lost":
        lost = {"lost_reason": None, "competitor": None}
        return (Past(begun, {"stage": first, **lost}), Past(between, {"stage": "requirement", **lost}))
    return ()


def _draw_amount(draw: Random, firm: Firm, offer: Offer) -> Decimal:
    wanted = TYPICAL_AMOUNT[firm.size] * draw.lognormvariate(0, 0.7)
    quantity = max(1, min(MOST_UNITS[offer.category], round(wanted / offer.price)))
    return _rounded(Decimal(offer.price * quantity) * draw.choice((100, 100, 95, 92, 90, 88)) / 100)


def _rounded(amount: Decimal) -> Decimal:
    """To whole hundreds, at least one."""
    return max(Decimal(100), Decimal(round(amount / 100) * 100))


def _outcome(draw: Random, stage: str, amount: Decimal, close: date, serial: int) -> dict[str, Value]:
    if stage == "won":
        contract = _rounded(amount * draw.choice((100, 100, 98, 95)) / 100)
        return {"contract_number": f"HT-{close.year}-{serial:05d}", "contract_amount": contract}
    if stage != "lost":
        return {}
    reason = weighted(draw, LOST_REASONS)
    if reason != "rival":
        return {"lost_reason": reason}
    return {"lost_reason": reason, "competitor": ("competitor", draw.choice(COMPETITORS)[0])}


def _next_step(draw: Random, firm: Firm, stage: str, today: date) -> dict[str, Value]:
    if stage not in texts.NEXT_STEPS or draw.random() < 0.15:
        return {}
    day = weekday(today + timedelta(days=draw.randint(-4, 21)))
    return {"next_step": firm.say(draw.choice(texts.NEXT_STEPS[stage])), "next_step_date": day}


def weekday(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def build_account(draw: Random, firm: Firm, serial: int, people: Sequence[Someone], deals: Sequence[Deal]) -> Row:
    """The row of an account, described by its deals; its level follows from them."""
    main = people[0].row.values
    won = [deal for deal in deals if deal.stage == "won"]
    total = sum((deal.worth for deal in won), Decimal(0))
    is_open = any(deal.is_open for deal in deals)
    values: dict[str, Value] = {
        **facts_of(draw, firm, serial),
        "main_contact": main["name"],
        "contact_position": main["title"],
        "contact_phone": main["mobile"],
        "contact_email": main["email"],
        "source": draw.choice(("website", "exhibition", "partner", "referral", "online", "offline")),
        **_standing(draw, deals, total, is_open=is_open),
        "tags": [firm.say(tag) for place, tag in enumerate(texts.TAGS) if (serial * 5 + place * 3) % 11 == 0],
        "risk_tags": ["churn"] if serial % 13 == 5 else ["late_payment"] if serial % 17 == 7 else [],
        "credit_limit": _rounded(total * Decimal("0.3")) if total >= 100_000 else None,
        "notes": firm.say(draw.choice(texts.NOTES)).format(brand=firm.brand) if draw.random() < 0.6 else None,
    }
    if deals or draw.random() < 0.3:
        values["pain_points"] = firm.say(draw.choice(texts.PAIN_POINTS))
        values["preferences"] = firm.say(draw.choice(texts.PREFERENCES)) if draw.random() < 0.7 else None
        values["coop_intent"] = firm.say(draw.choice(texts.INTENTS))
    if is_open:
        nearest = min(deal.row.values["close_date"] for deal in deals if deal.is_open)  # type: ignore[type-var]
        values["expected_purchase"] = nearest
    if won:
        values["coop_history"] = "\n".join(
            f"{deal.ended:%Y-%m} {deal.row.values['name']} ¥{deal.worth:,.0f}"
            for deal in sorted(won, key=lambda deal: deal.ended)
        )
        last = max(deal.ended for deal in won)
        values["contract_expiry"] = last + timedelta(days=draw.choice((365, 365, 730, 1095)))
    return Row(firm.key, values)


def _standing(draw: Random, deals: Sequence[Deal], total: Decimal, *, is_open: bool) -> dict[str, Value]:
    """Type, cooperation and follow-up as the deals say."""
    if total:
        ended = draw.random() < 0.06 and not is_open
        return {
            "customer_type": "lost" if ended else "closed",
            "coop_stage": "ended" if ended else draw.choice(("cooperating", "cooperating", "cooperating", "paused")),
            "follow_status": "lost" if ended else "following" if is_open else "closed",
        }
    if is_open:
        trial = draw.random() < 0.3
        return {
            "customer_type": "potential",
            "coop_stage": "trial" if trial else "before",
            "follow_status": "following",
        }
    if deals:
        return {"customer_type": "lost", "coop_stage": "before", "follow_status": "lost"}
    status = draw.choice(("untouched", "untouched", "following", "paused"))
    return {"customer_type": "potential", "coop_stage": "before", "follow_status": status}
