"""Quotes for deals, with their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from .catalogue import OFFERS, RETIRED, Offer
from .dataset import Row, Value, coarse
from .deals import Deal
from .firms import Firm, place, weighted
from .work import Known

STAGE_OF = {"proposal": "sent", "negotiation": "review", "won": "accepted", "lost": "rejected"}
QUOTED = tuple(STAGE_OF)
MOST_UNITS = {"software": 60, "cloud": 40, "hardware": 20, "service": 30, "training": 5}
PAYMENT = (
    ("合同签订后预付30%，验收后付60%，质保期满付10%", "30% on signing, 60% on acceptance, 10% after the warranty"),
    ("合同签订后7日内一次性付清", "In full within 7 days of signing"),
    ("按季度支付", "Quarterly"),
)
DELIVERY = (
    ("合同生效后30日内交付", "Within 30 days of the contract"),
    ("分两期交付，首期45日", "In two phases, the first within 45 days"),
    ("线上开通，3个工作日内", "Activated online within 3 working days"),
)


def draw_quotes(draw: Random, known: Sequence[Known], count: int, today: date) -> tuple[Row, ...]:
    """`count` quotes of two to five lines for deals that have come so far; fewer where there are fewer such deals."""
    fitting = [(each.firm, deal) for each in known for deal in each.deals if deal.stage in QUOTED]
    chosen = draw.sample(fitting, min(count, len(fitting)))
    drawn = [_draw_quote(draw, firm, deal, today) for firm, deal in chosen]
    return tuple(Row(f"quote_{number}", values, _made(values, today)) for number, values in enumerate(drawn, start=1))


def _made(values: Mapping[str, Value], today: date) -> date:
    issued = values["issued_on"]
    assert isinstance(issued, date)
    return coarse(issued, today)


def _draw_quote(draw: Random, firm: Firm, deal: Deal, today: date) -> dict[str, Value]:
    issued = min(deal.started + timedelta(days=draw.randint(3, 20)), today)
    until = issued + timedelta(days=draw.choice((30, 30, 60)))
    offers = draw.sample(_offered(), draw.randint(2, 5))
    lines = [_draw_line(draw, offer) for offer in offers]
    discount = Decimal(draw.choice((0, 0, 0, 3, 5, 8)))
    stage = STAGE_OF[deal.stage]
    if stage == "sent" and until < today:
        stage = "expired"
    elif stage == "sent":
        stage = weighted(draw, {"sent": 3, "draft": 1})
    return {
        "name": deal.row.values["name"],
        "opportunity": ("opportunity", deal.row.key),
        "account": ("account", firm.key),
        "contact": deal.row.values["main_contact"],
        "stage": stage,
        "issued_on": issued,
        "valid_until": until,
        "discount": discount or None,
        "payment_terms": firm.say(draw.choice(PAYMENT)),
        "delivery_terms": firm.say(draw.choice(DELIVERY)),
        "lines": lines,
        **place(firm.owner),
    }


def _offered() -> list[Offer]:
    return [offer for offer in OFFERS if offer.sku not in RETIRED]


def _draw_line(draw: Random, offer: Offer) -> Mapping[str, Value]:
    """A line; name, unit, price, tax rate and cost are filled in by the product."""
    quantity = Decimal(draw.randint(1, MOST_UNITS[offer.category] if offer.price < 20_000 else 2))
    discount = Decimal(draw.choice((0, 0, 5, 10)))
    return {"product": ("product", offer.sku.lower()), "quantity": quantity, "discount": discount or None}
