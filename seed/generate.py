"""Puts the demonstration data together. The same arguments give the same data, on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from .campaigns import build_campaigns, tie_to_campaigns
from .catalogue import build_competitors, build_products
from .contracts import draw_contracts, draw_deliveries, draw_payments
from .dataset import Amendment, Dataset, Row, coarse
from .deals import Customer, build_account, draw_deals
from .firms import draw_firms, draw_people
from .leads import draw_leads
from .organisation import build_amendments, build_departments, build_people, build_teams
from .quotes import draw_quotes
from .targets import build_targets
from .tickets import draw_tickets
from .wishes import draw_wishes
from .work import Known, draw_activities, draw_plans, draw_tasks

REFERENCE_DAY = date(2026, 11, 20)
SEED = 20_261_120
COUNTS = {
    "account": 540,
    "contact": 1640,
    "opportunity": 880,
    "activity": 3300,
    "plan": 220,
    "task": 640,
    "quote": 200,
    "lead": 180,
    "ticket": 160,
}
MOST_DEALS = 8


def generate(scale: float = 1.0, today: date = REFERENCE_DAY, seed: int = SEED) -> Dataset:
    """The data as of `today`. `scale` multiplies the counts of accounts and what hangs on them, not those of people.

    Raises ValueError for a scale that leaves no account.
    """
    counts = {entity: round(count * scale) for entity, count in COUNTS.items()}
    if counts["account"] < 1:
        raise ValueError(f"scale {scale} leaves no account")
    draw = Random(seed)  # noqa: S311 - reproducible on purpose, nothing secret comes from it
    known, superiors = _draw_known(draw, counts, today)
    offices = [
        Amendment("account", each.firm.key, {"parent_account": ("account", each.firm.head_office)})
        for each in known
        if each.firm.head_office
    ]
    first = {each.firm.key: _first_day(draw, each, today) for each in known}
    quotes = draw_quotes(draw, known, counts["quote"], today)
    contracts = draw_contracts(draw, known, quotes, today)
    leads = draw_leads(draw, known, counts["lead"], today)
    rows: dict[str, tuple[Row, ...]] = {
        "product": build_products(),
        "competitor": build_competitors(),
        "target": build_targets(today),
        "campaign": build_campaigns(today),
        "account": tuple(
            replace(build_account(draw, each.firm, serial, each.people, each.deals), made=first[each.firm.key])
            for serial, each in enumerate(known, start=1)
        ),
        "contact": tuple(replace(person.row, made=first[each.firm.key]) for each in known for person in each.people),
        "opportunity": tuple(deal.row for each in known for deal in each.deals),
        "activity": (
            *draw_activities(draw, known, counts["activity"], today),
            *draw_plans(Random(seed + 2), known, counts["plan"], today),  # noqa: S311 - as that of tickets
        ),
        "task": draw_tasks(draw, known, counts["task"], today),
        "quote": quotes,
        "contract": tuple(each.row for each in contracts),
        "payment": draw_payments(draw, contracts, today),
        "delivery": draw_deliveries(draw, contracts, today),
        "lead": tie_to_campaigns(leads, today),
        # By a source of its own: the rows of others stay as they were.
        "ticket": draw_tickets(Random(seed + 1), known, counts["ticket"], today),  # noqa: S311
    }
    return Dataset(
        departments=build_departments(),
        teams=build_teams(),
        people=build_people(),
        rows=rows,
        amendments=(*build_amendments(), *offices, *superiors),
        wishes=draw_wishes(draw, known, contracts, leads, today),
    )


def _first_day(draw: Random, known: Known, today: date) -> date:
    """The day on which an account was entered: some days before the first deal with it."""
    started = [deal.started for deal in known.deals] or [today - timedelta(days=draw.randint(0, 500))]
    return coarse(min(started) - timedelta(days=draw.randint(1, 20)), today)


def _draw_known(draw: Random, counts: dict[str, int], today: date) -> tuple[list[Known], list[Amendment]]:
    firms = draw_firms(draw, counts["account"])
    of_people = _spread(draw, counts["contact"], len(firms), least=1, most=MOST_DEALS)
    of_deals = _spread(draw, counts["opportunity"], len(firms), least=0, most=MOST_DEALS)
    known: list[Known] = []
    superiors: list[Amendment] = []
    person_key = deal_key = 1
    of_owner: dict[str, str] = {}  # a firm of each, before the one that is looked at
    for firm, people_count, deal_count in zip(firms, of_people, of_deals, strict=True):
        people, reports = draw_people(draw, firm, people_count, person_key)
        deals = draw_deals(draw, Customer(firm, people, of_owner.get(firm.owner)), deal_count, deal_key, today)
        of_owner[firm.owner] = firm.key
        known.append(Known(firm, people, deals))
        superiors.extend(reports)
        person_key += people_count
        deal_key += deal_count
    return known, superiors


def _spread(draw: Random, total: int, places: int, *, least: int, most: int) -> Sequence[int]:
    """`total` things over `places`, between `least` and `most` in each, unevenly. What does not fit is left out."""
    spread = [least] * places
    weights = [draw.expovariate(1) + 0.05 for _ in range(places)]
    left = max(0, min(total, places * most) - places * least)
    while left:
        for place in draw.choices(range(places), weights, k=left):
            if spread[place] < most:
                spread[place] += 1
                left -= 1
    return spread
