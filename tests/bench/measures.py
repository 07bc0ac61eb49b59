"""What is asked of every application, and how the answers are weighed."""

from __future__ import annotations

import json
import re
import statistics
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.dataset import PEOPLE, REPRESENTATIVE, SHOWN, Size
from tests.bench.processes import cpu_times, spent_ms
from tests.bench.visitor import Request, Visitor

Asking = Callable[[int], Request]
"""The n-th request of a measure to an application."""

PER_PAGE = 25
REST_COLUMNS = (
    "number,name,account,main_contact,product,stage,amount,close_date,sales_model,source,budget,next_step,"
    "next_step_date,created_at,updated_at"
)
SETTLE_SECONDS = 0.03  # what a server does after its last answer belongs to it


@dataclass(frozen=True)
class Contender:
    """An application as one person meets it, by `pages` in a browser or with a program: whom to ask, and which processes
    do the work.
    """

    name: str
    pages: Visitor
    program: Visitor
    processes: tuple[int, ...]
    asks: Mapping[str, Asking]

    def visitor(self, measure: str) -> Visitor:
        """Who asks for a measure."""
        return self.program if measure.startswith("rest_") else self.pages


@dataclass(frozen=True)
class Plan:
    """How often to ask: `rounds` times a block of `block` requests to each contender, in turn.

    Who is slow is asked less often: a block and a warm-up take about `longest` seconds at most.
    """

    rounds: int
    block: int
    warm_up: int
    longest: float = 1.0


def cpu_per_request(measure: str, contenders: Sequence[Contender], plan: Plan) -> dict[str, float]:
    """Milliseconds of processor time that a request costs, by contender: the middle one of the rounds.

    The contenders are asked in turn, so that whatever else the machine does meets all of them alike.
    """
    asking = [contender for contender in contenders if measure in contender.asks]
    blocks = {contender.name: _warm_up(measure, contender, plan) for contender in asking}
    costs: dict[str, list[float]] = {contender.name: [] for contender in asking}
    for turn in range(plan.rounds):
        for contender in asking:
            first = plan.warm_up + turn * plan.block
            requests = [contender.asks[measure](first + number) for number in range(blocks[contender.name])]
            costs[contender.name].append(_cost_of_block(contender, contender.visitor(measure), requests))
    return {name: statistics.median(found) for name, found in costs.items()}


def _warm_up(measure: str, contender: Contender, plan: Plan) -> int:
    """Ask until the workers are warm; returns how many requests a block may have."""
    visitor = contender.visitor(measure)
    began = time.perf_counter()
    for number in range(plan.warm_up):
        visitor.hang_up()  # so that every worker gets its share
        visitor.send(contender.asks[measure](number))
        spent = time.perf_counter() - began
        if spent > 3 * plan.longest:
            return max(1, int(plan.longest * (number + 1) / spent))
    return plan.block


def _cost_of_block(contender: Contender, visitor: Visitor, requests: Sequence[Request]) -> float:
    visitor.hang_up()
    before = cpu_times(contender.processes)
    for request in requests:
        visitor.send(request)
    time.sleep(SETTLE_SECONDS)
    return spent_ms(before, cpu_times(contender.processes)) / len(requests)


def links(pattern: str, least: int) -> Callable[[bytes], bool]:
    """That a page leads to so many different places at least."""
    compiled = re.compile(pattern.encode())
    return lambda answer: len(set(compiled.findall(answer))) >= least


def results(answer: bytes) -> bool:
    """That a REST list holds a full page, in the form of any of the applications, with its lookups named."""
    body = json.loads(answer)
    found = body.get("result", body.get("results"))
    return len(found) == PER_PAGE and all(len(row["account"]) == 2 for row in found)


@dataclass(frozen=True)
class Known:
    """What requests need: ids of accounts to show, of products, (account, contact) pairs of the representative, and how
    many opportunities there are.
    """

    shown: tuple[int, ...]
    own: tuple[tuple[int, int], ...]
    products: tuple[int, ...]
    opportunities: int
    least_found: int = 1  # rows of a search

    @classmethod
    def of_positions(cls, accounts: int) -> Known:
        """Where every id is the position of its row: the rivals."""
        shown = tuple(range(1, min(SHOWN, accounts) + 1))
        own = tuple((account, account) for account in shown if account % PEOPLE == REPRESENTATIVE % PEOPLE)
        return cls(shown, own, tuple(range(1, 21)), Size(accounts).of("opportunity"))

    def of_own(self) -> Known:
        """What the representative sees of it."""
        return Known(
            tuple(account for account, _ in self.own), self.own, self.products, self.opportunities, least_found=0
        )

    @classmethod
    def of_filled(cls, told: Mapping[str, Any]) -> Known:
        """What fill.py told."""
        own = tuple((account, contact) for account, contact in told["own"])
        return cls(tuple(told["shown"]), own, tuple(told["products"]), told["opportunities"])


def ours(known: Known) -> dict[str, Asking]:
    """How this program is asked."""
    return {
        "rest_list": _always(f"/api/v1/opportunity/?limit={PER_PAGE}&columns={REST_COLUMNS}", results),
        "list_page": _always("/opportunity/", links(r"/opportunity/\d+", PER_PAGE)),
        "record_page": lambda number: Request(
            f"/account/{known.shown[number % len(known.shown)]}",
            look=lambda answer: (
                links(r"/contact/\d+", 5)(answer) and links(r"/opportunity/\d+", 5)(answer)  # both lists are there
            ),
        ),
        "rest_create": lambda number: _create("/api/v1/opportunity/", _opportunity(known, number, as_text=True)),
        "search_page": lambda number: Request(
            f"/opportunity/?q={_sought(known, number)}", look=links(r"/opportunity/\d+", known.least_found)
        ),
    }


def django(known: Known) -> dict[str, Asking]:
    """How Django's admin and REST framework are asked."""
    return {
        "rest_list": _always("/api/opportunity/", results),
        "list_page": _always("/admin/django_app/opportunity/", links(r"/opportunity/\d+/change", PER_PAGE)),
        "record_page": lambda number: Request(
            f"/admin/django_app/account/{known.shown[number % len(known.shown)]}/change/",
            look=lambda answer: links(r"/contact/\d+", 5)(answer) and links(r"/opportunity/\d+", 5)(answer),
        ),
        "rest_create": lambda number: _create("/api/opportunity/", _opportunity(known, number)),
        "search_page": lambda number: Request(
            f"/admin/django_app/opportunity/?q={_sought(known, number)}", look=links(r"/opportunity/\d+/change", 1)
        ),
    }


def appbuilder(known: Known) -> dict[str, Asking]:
    """How the stock Flask-AppBuilder application is asked."""
    return {
        "rest_list": _always(f"/api/v1/opportunity/?q=(page_size:{PER_PAGE})", results),
        "list_page": _always("/opportunityview/list/", links(r"/opportunityview/show/\d+", PER_PAGE)),
        "record_page": lambda number: Request(
            f"/accountview/show/{known.shown[number % len(known.shown)]}",
            look=lambda answer: (
                links(r"/contactview/show/\d+", 5)(answer) and links(r"/opportunityview/show/\d+", 5)(answer)
            ),
        ),
        "rest_create": lambda number: _create(
            "/api/v1/opportunity/",
            {**_opportunity(known, number), "number": uuid.uuid4().hex[:20], "owner": REPRESENTATIVE},
        ),
        "search_page": lambda number: Request(
            f"/opportunityview/list/?_flt_2_name={_sought(known, number)}",
            look=links(r"/opportunityview/show/\d+", 1),
        ),
    }


def _sought(known: Known, number: int) -> int:
    """A number that the names of a few opportunities hold."""
    least = known.opportunities // 20
    return least + number * 7_919 % (least * 8)


def _always(path: str, look: Callable[[bytes], bool]) -> Asking:
    request = Request(path, look=look)
    return lambda _number: request


def _create(path: str, values: Mapping[str, Any]) -> Request:
    return Request(path, "POST", values, status=201, look=lambda answer: b'"id":' in answer)


def _opportunity(known: Known, number: int, *, as_text: bool = False) -> dict[str, Any]:
    account, contact = known.own[number % len(known.own)]
    product = known.products[number % len(known.products)]
    identify = str if as_text else int
    return {
        "name": f"Bench {uuid.uuid4().hex}",
        "account": identify(account),
        "main_contact": identify(contact),
        "product": identify(product),
        "stage": "contact",
        "amount": "125000.00",
        "close_date": "2026-06-30",
        "sales_model": "direct",
        "source": "referral",
        "budget": "150000.00",
        "next_step": "Call on Monday",
        "next_step_date": "2026-03-02",
    }
