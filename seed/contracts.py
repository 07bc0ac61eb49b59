"""Contracts of deals that were won or nearly are, what is paid for them, and how it is handed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from . import texts
from .dataset import Past, Row, Value, coarse
from .deals import Deal
from .firms import Firm, place
from .work import Known

YEAR = timedelta(days=365)
DRAFTED = 0.45  # of the deals in negotiation
SHARES = (
    ("first", 30, 7),
    ("progress", 40, 90),
    ("final", 30, 180),
)  # of the amount in percent, days after the signature
OVERDUE = 0.08
NAMES = {
    "first": ("首付款", "First payment"),
    "progress": ("进度款", "Progress payment"),
    "final": ("验收款", "Final payment"),
}
OBLIGATIONS = (
    ("按计划交付并培训；质保期一年；4小时内响应故障", "Deliver and train as planned; a year of warranty; answer faults within 4 hours"),
    ("每季度巡检一次；数据不得出境", "Inspect each quarter; the data stay in the country"),
    ("提供驻场支持30人日；验收前免费修改", "30 days of support on site; changes are free until the acceptance"),
)  # fmt: skip
PRICE_TERMS = ("每年按CPI调整，最高5%", "Once a year by the CPI, at most 5 %")
RENEWAL_TERMS = ("到期前60日无异议则续签一年", "Goes on for a year unless ended 60 days before")


@dataclass(frozen=True)
class Contract:
    """A contract: the row to create, and what others need to know of it."""

    row: Row
    firm: Firm
    deal: Deal
    signed: date
    first_paid: bool


def draw_contracts(draw: Random, known: Sequence[Known], quotes: Sequence[Row], today: date) -> tuple[Contract, ...]:
    """A contract of each deal that was won, and drafts of some in negotiation."""
    quote_of = {each.values["opportunity"]: each.key for each in quotes if each.values["stage"] == "accepted"}
    found: list[Contract] = []
    for each in known:
        for deal in each.deals:
            if deal.stage == "won":
                row = _signed(draw, each.firm, deal, today)
                quote = quote_of.get(("opportunity", deal.row.key))
                if quote:
                    row = Row(row.key, {**row.values, "quote": ("quote", quote)}, row.made, row.past)
                is_paid = deal.ended + timedelta(days=12) < today and draw.random() > OVERDUE / 4
                found.append(Contract(row, each.firm, deal, deal.ended, is_paid))
            elif deal.stage == "negotiation" and draw.random() < DRAFTED:
                found.append(Contract(_drafted(draw, each.firm, deal, today), each.firm, deal, today, first_paid=False))
    return tuple(found)


def _terms(draw: Random, firm: Firm, deal: Deal, begins: date) -> dict[str, Value]:
    length = draw.choice((1, 1, 1, 2, 3))
    return {
        "name": deal.row.values["name"],
        "account": ("account", firm.key),
        "opportunity": ("opportunity", deal.row.key),
        "signatory": deal.row.values["main_contact"],
        "starts_on": begins,
        "ends_on": begins + length * YEAR,
        "renewal": draw.choice(("agreement", "agreement", "automatic", "none")),
        "renewal_terms": firm.say(RENEWAL_TERMS),
        "notice_days": draw.choice((30, 60, 60, 90)),
        "price_change_on": begins + YEAR if length > 1 else None,
        "price_terms": firm.say(PRICE_TERMS) if length > 1 else None,
        "obligations": firm.say(draw.choice(OBLIGATIONS)),
        **place(firm.owner),
    }


def _signed(draw: Random, firm: Firm, deal: Deal, today: date) -> Row:
    begins = deal.ended + timedelta(days=draw.randint(0, 10))
    values = {
        **_terms(draw, firm, deal, begins),
        "number": deal.row.values["contract_number"],
        "amount": deal.row.values["contract_amount"],
        "signed_on": deal.ended,
        "stage": "signed",
    }
    ends = values["ends_on"]
    assert isinstance(ends, date)
    ways = [(deal.ended, "signed"), (begins, "running"), (ends, "expired")]
    if draw.random() < 0.03:
        ways[2] = (begins + timedelta(days=100), "terminated")
        values["terminated_reason"] = firm.say(("客户业务调整", "The customer gave the business up"))
    passed = [(coarse(day, today), stage) for day, stage in ways if day <= today]
    values["stage"] = passed[-1][1]
    if values["stage"] != "terminated":
        values.pop("terminated_reason", None)
    past = tuple(Past(day, {"stage": stage, "terminated_reason": None}) for day, stage in passed[:-1])
    return Row(f"contract_of_{deal.row.key}", values, passed[-1][0], past)


def _drafted(draw: Random, firm: Firm, deal: Deal, today: date) -> Row:
    stage = draw.choice(("draft", "approval"))
    values = {
        **_terms(draw, firm, deal, today + timedelta(days=draw.randint(5, 30))),
        "number": f"HT-{today.year}-D{deal.row.key.removeprefix('opportunity_'):0>4}",
        "amount": deal.worth,
        "stage": stage,
    }
    return Row(f"contract_of_{deal.row.key}", values, coarse(today - timedelta(days=draw.randint(2, 12)), today))


def draw_payments(draw: Random, contracts: Sequence[Contract], today: date) -> tuple[Row, ...]:
    """What is to be paid for the contracts that were signed."""
    signed = [each for each in contracts if each.deal.stage == "won"]
    return tuple(row for each in signed for row in _payments(draw, each, today))


def _payments(draw: Random, contract: Contract, today: date) -> Iterator[Row]:
    amount = contract.row.values["amount"]
    assert isinstance(amount, Decimal)
    made = coarse(contract.signed, today)
    ended = contract.row.values["stage"] == "terminated"
    for kind, share, days in SHARES:
        due = contract.signed + timedelta(days=days)
        values: dict[str, Value] = {
            "name": contract.firm.say(NAMES[kind]),
            "contract": ("contract", contract.row.key),
            "account": ("account", contract.firm.key),
            "kind": kind,
            "amount": amount * share / 100,
            "due": due,
            **place(contract.firm.owner),
            **_receipt(draw, contract, kind, due, today),
        }
        if ended and kind == "final":
            values |= {"stage": "cancelled", "received_on": None, "reference": None}
        key = f"{kind}_of_{contract.row.key}"
        if values["stage"] == "planned":
            yield Row(key, values, made)
            continue
        received = values["received_on"]
        later = coarse(received, today) if isinstance(received, date) else coarse(due, today)
        yield Row(key, values, later, (Past(made, {"stage": "planned", "received_on": None, "reference": None}),))


def _receipt(draw: Random, contract: Contract, kind: str, due: date, today: date) -> Mapping[str, Value]:
    came = due + timedelta(days=round(draw.triangular(-5, 25, 1)))
    is_sure = kind == "first" and contract.first_paid
    if not is_sure and (kind == "first" or came > today or draw.random() < OVERDUE):
        return {"stage": "planned", "received_on": None, "reference": None}
    came = max(contract.signed, min(came, today))
    confirmed = is_sure or came < today - timedelta(days=6)
    number = f"{came:%Y%m%d}{draw.randrange(10**6):06d}"
    return {"stage": "confirmed" if confirmed else "received", "received_on": came, "reference": number}


def draw_deliveries(draw: Random, contracts: Sequence[Contract], today: date) -> tuple[Row, ...]:
    """A delivery for each contract that was signed."""
    signed = [each for each in contracts if each.deal.stage == "won"]
    return tuple(_delivery(draw, each, today) for each in signed)


def _delivery(draw: Random, contract: Contract, today: date) -> Row:
    begin = contract.signed + timedelta(days=draw.randint(20, 60))
    end = begin + timedelta(days=draw.randint(30, 150))
    really = end + timedelta(days=round(draw.triangular(-10, 60, 3)))
    stage, progress = _progress(contract, begin, really, today)
    values: dict[str, Value] = {
        "name": contract.row.values["name"],
        "account": ("account", contract.firm.key),
        "opportunity": ("opportunity", contract.deal.row.key),
        "contract": ("contract", contract.row.key),
        "stage": stage,
        "planned_start": begin,
        "planned_end": end,
        "started_on": begin if progress else None,
        "ended_on": really if stage == "handed_over" else None,
        "progress": Decimal(progress),
        "scope": contract.firm.say(draw.choice(texts.MOTIVES)),
        **place(contract.firm.owner),
    }
    key = f"delivery_of_{contract.row.key}"
    if stage == "waiting":
        return Row(key, values, coarse(contract.signed, today))
    changed = coarse(really if stage == "handed_over" else min(begin, today), today)
    waiting = {"stage": "waiting", "started_on": None, "ended_on": None, "progress": Decimal(0)}
    return Row(key, values, changed, (Past(coarse(contract.signed, today), waiting),))


def _progress(contract: Contract, begin: date, really: date, today: date) -> tuple[str, int]:
    """The stage of a delivery and how much of it is done in percent."""
    if contract.row.values["stage"] == "terminated":
        return "stopped", 40
    if not contract.first_paid:
        return "waiting", 0
    if really <= today:
        return "handed_over", 100
    if begin > today:
        return "preparation", 0
    done = round((today - begin) / (really - begin) * 100)
    return ("acceptance", 95) if done > 85 else ("work", max(5, done // 5 * 5))
