"""Approvals that were asked for: some wait, one was refused, some were agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from .contracts import Contract
from .dataset import Answer, Row, Wish
from .organisation import LEADS, PLACE_OF, SELLERS, SPEAKS_ENGLISH
from .work import Known

REPRESENTATIVES = frozenset(login for sellers in SELLERS.values() for login in sellers)
DIRECTOR = "zhou.haining"
LARGE = 500_000
DEALS = 14
PATIENCE = timedelta(days=6)  # so long a deal has been where it is


def draw_wishes(
    draw: Random, known: Sequence[Known], contracts: Sequence[Contract], leads: Sequence[Row], today: date
) -> tuple[Wish, ...]:
    """Wishes of representatives for their own records."""
    return (
        *_of_deals(draw, known, today),
        *_of_contracts(contracts, today),
        *_of_leads(leads, today),
    )


def _of_deals(draw: Random, known: Sequence[Known], today: date) -> Iterator[Wish]:
    fitting = [
        deal
        for each in known
        for deal in each.deals
        if deal.stage == "proposal" and deal.since < today - PATIENCE and each.firm.owner in REPRESENTATIVES
    ]
    for number, deal in enumerate(draw.sample(fitting, min(DEALS, len(fitting)))):
        by = _login(deal.row)
        asked = today - timedelta(days=number % 5 + 1)
        answers = _answers(number, by, deal.worth > LARGE, asked)
        comment = ("客户认可方案，申请进入谈判", "They like the proposal, may we negotiate?")[by in SPEAKS_ENGLISH]
        yield Wish("opportunity", deal.row.key, "negotiation", by, comment, asked, answers)


def _answers(number: int, by: str, large: bool, asked: date) -> tuple[Answer, ...]:  # noqa: FBT001
    """Every third waits, one in seven is refused; of a large one the director is still to answer."""
    manager, day = LEADS[str(PLACE_OF[by][1])], asked + timedelta(days=1)
    if number % 3 == 0:
        return ()
    if number % 7 == 4:
        return (Answer(manager, agree=False, comment="报价折扣过大，请先核算成本 · Check the costs first", day=day),)
    agreed = Answer(manager, agree=True, comment="报价合理，实施可行 · Fine", day=day)
    return (agreed, Answer(DIRECTOR, agree=True, comment="", day=day)) if large and number % 2 else (agreed,)


def _of_contracts(contracts: Sequence[Contract], today: date) -> Iterator[Wish]:
    fitting = [
        each for each in contracts if each.row.values["stage"] == "approval" and _login(each.row) in REPRESENTATIVES
    ]
    for each in fitting[:4]:
        comment = each.firm.say(("条款已与客户法务确认", "Their lawyers agree with the terms"))
        yield Wish("contract", each.row.key, "signed", _login(each.row), comment, today - timedelta(days=1))


def _of_leads(leads: Sequence[Row], today: date) -> Iterator[Wish]:
    fitting = [
        row for row in leads if row.values["stage"] == "research" and row.values.get("requirement_report")
        and _login(row) in REPRESENTATIVES
    ]  # fmt: skip
    for number, row in enumerate(fitting[:6]):
        by = _login(row)
        asked = today - timedelta(days=2)
        agreed = Answer(LEADS[str(PLACE_OF[by][1])], agree=True, comment="", day=today - timedelta(days=1))
        yield Wish(
            "lead",
            row.key,
            "qualified",
            by,
            "调研报告已完成 · The report is done",
            asked,
            (agreed,) if number > 3 else (),
        )


def _login(row: Row) -> str:
    owner = row.values["owner"]
    assert isinstance(owner, tuple)
    return str(owner[1])
