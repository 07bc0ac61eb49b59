"""What was done with the accounts, and what is left to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from . import texts
from .dataset import Row, Value, coarse
from .deals import Deal, weekday
from .firms import Firm, Someone, place, weighted
from .organisation import LEADS, PLACE_OF, SELLERS, SERVICE, STAFF

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")
SLOTS = tuple(time(hour, minute) for hour, minute in ((9, 30), (11, 0), (13, 30), (15, 0), (16, 30)))
KINDS = {"call": 38, "visit": 20, "mail": 20, "meeting": 14, "note": 8}
MINUTES = {"call": (5, 30), "visit": (60, 180), "meeting": (45, 120)}
FEEDBACK = {"positive": 45, "neutral": 40, "negative": 15}
PLANNED = {"call": 35, "visit": 30, "meeting": 35}
MOST_A_DAY = (4, 2, 5, 3, 6)  # one day is fuller than another
FRIDAY = 4
A_DAY = timedelta(days=1)
PRIORITIES = {"high": 25, "medium": 50, "low": 25}
PAST = {"done": 80, "dropped": 5, "open": 7, "working": 5, "waiting": 3}
COMING = {"open": 62, "working": 22, "waiting": 11, "done": 5}
INTERNAL = 0.08


@dataclass(frozen=True)
class Known:
    """A firm with its people and deals."""

    firm: Firm
    people: Sequence[Someone]
    deals: Sequence[Deal]

    @property
    def interest(self) -> int:
        """How often something is done with it, relative to others."""
        return 1 + 3 * len(self.deals)


def draw_activities(draw: Random, known: Sequence[Known], count: int, today: date) -> tuple[Row, ...]:
    """`count` activities, in order of time, more of them where there are deals."""
    chosen = draw.choices(known, [each.interest for each in known], k=count)
    busy: Counter[tuple[Value, date]] = Counter()
    drawn = [_with_room(_draw_activity(draw, each, today), busy) for each in chosen]
    drawn.sort(key=lambda values: str(values["at"]))
    return tuple(
        Row(f"activity_{position}", values, coarse(_day(values["at"]) + A_DAY, today))  # as it is written down
        for position, values in enumerate(drawn, start=1)
    )


def _with_room(values: dict[str, Value], busy: Counter[tuple[Value, date]]) -> dict[str, Value]:
    """The activity on its day, or on the last one before on which its owner had time for it."""
    at, owner = values["at"], values["owner"]
    assert isinstance(at, datetime)
    while busy[owner, at.date()] >= MOST_A_DAY[at.toordinal() % len(MOST_A_DAY)] or at.weekday() > FRIDAY:
        at -= A_DAY
    busy[owner, at.date()] += 1
    return {**values, "at": at}


def _day(moment: Value) -> date:
    assert isinstance(moment, datetime)
    return moment.date()


def _draw_activity(draw: Random, about: Known, today: date) -> dict[str, Value]:
    firm = about.firm
    kind = weighted(draw, KINDS)
    subject, content = draw.choice(texts.SAID[kind])
    deal = draw.choice(about.deals) if about.deals and draw.random() < 0.8 else None
    yesterday = today - A_DAY
    first, last = (deal.started, min(deal.ended, yesterday)) if deal else (today - timedelta(days=500), yesterday)
    day = first + timedelta(days=round((last - first).days * draw.random() ** 0.7))
    person = draw.choice(about.people) if draw.random() < 0.85 else None
    deal_contact = deal.row.values["main_contact"] if deal and draw.random() < 0.5 else None
    return {
        "subject": firm.say(subject),
        "kind": kind,
        "at": _moment(draw, min(day, yesterday)),
        "status": "done",
        "duration": timedelta(minutes=draw.randint(*MINUTES[kind]) // 5 * 5) if kind in MINUTES else None,
        "account": ("account", firm.key),
        "contact": deal_contact or (("contact", person.key) if person else None),
        "opportunity": ("opportunity", deal.row.key) if deal else None,
        "feedback": weighted(draw, FEEDBACK) if kind in MINUTES else None,
        "content": firm.say(content),
        **place(_author(draw, about, kind)),
    }


def draw_plans(draw: Random, known: Sequence[Known], count: int, today: date) -> tuple[Row, ...]:
    """About `count` calls, visits and meetings of the coming working days, and some of yesterday that nobody has confirmed
    yet. Nobody has two at one time.
    """
    around = (today + timedelta(days=offset) for offset in range(-1, 15))
    days = [each for each in around if each.weekday() <= FRIDAY]
    taken: set[tuple[str, date, time]] = set()
    rows = []
    for position, about in enumerate(draw.choices(known, [each.interest for each in known], k=count), start=1):
        day, owner = draw.choice(days), about.firm.owner
        free = [each for each in SLOTS if (owner, day, each) not in taken]
        if free:
            slot = draw.choice(free)
            taken.add((owner, day, slot))
            values = _draw_plan(draw, about, datetime.combine(day, slot, OFFICE_ZONE).astimezone(UTC))
            rows.append(Row(f"plan_{position}", values, min(day, today) - timedelta(days=draw.randint(1, 9))))
    return tuple(rows)


def _draw_plan(draw: Random, about: Known, at: datetime) -> dict[str, Value]:
    kind = weighted(draw, PLANNED)
    subject, _ = draw.choice(texts.SAID[kind])
    running = [deal for deal in about.deals if deal.is_open]
    deal = draw.choice(running) if running else None
    return {
        "subject": about.firm.say(subject),
        "kind": kind,
        "at": at,
        "duration": timedelta(minutes={"call": 30, "visit": 90, "meeting": 60}[kind]),
        "status": "planned",
        "account": ("account", about.firm.key),
        "contact": ("contact", draw.choice(about.people).key),
        "opportunity": ("opportunity", deal.row.key) if deal else None,
        **place(about.firm.owner),
    }


def _moment(draw: Random, day: date) -> datetime:
    """Some quarter of an hour of the working day, in UTC."""
    minutes = 15 * draw.randint(0, 34)
    local = datetime.combine(weekday(day), time(9), OFFICE_ZONE) + timedelta(minutes=minutes)
    return local.astimezone(UTC)


def _author(draw: Random, about: Known, kind: str) -> str:
    """Mostly the owner; now and then the lead of the team, or its service agent where something was won."""
    owner = about.firm.owner
    team = PLACE_OF[owner][1]
    assert team is not None
    if kind in {"visit", "meeting"} and draw.random() < 0.08:
        return LEADS[team]
    if kind == "call" and team in SERVICE and any(deal.stage == "won" for deal in about.deals) and draw.random() < 0.15:
        return SERVICE[team]
    return owner


def draw_tasks(draw: Random, known: Sequence[Known], count: int, today: date) -> tuple[Row, ...]:
    """`count` tasks, in order of their days; some are about no account."""
    chosen = draw.choices(known, [each.interest for each in known], k=count)
    drawn: list[Mapping[str, Value]] = [
        _internal_task(draw, today) if draw.random() < INTERNAL else _draw_task(draw, each, today) for each in chosen
    ]
    drawn.sort(key=lambda values: str(values["due"]))
    return tuple(
        Row(f"task_{position}", values, coarse(_some_days_before(values["due"], position), today))
        for position, values in enumerate(drawn, start=1)
    )


def _some_days_before(due: Value, position: int) -> date:
    assert isinstance(due, date)
    return due - timedelta(days=5 + position % 10)


def _draw_task(draw: Random, about: Known, today: date) -> dict[str, Value]:
    firm = about.firm
    kind, subject = draw.choice(texts.TODO)
    running = [deal for deal in about.deals if deal.is_open]
    deal = draw.choice(running) if running and draw.random() < 0.7 else None
    team = PLACE_OF[firm.owner][1]
    assert team is not None
    return {
        "subject": firm.say(subject),
        "kind": kind,
        **_when(draw, today),
        "account": ("account", firm.key),
        "contact": ("contact", draw.choice(about.people).key) if draw.random() < 0.6 else None,
        "opportunity": ("opportunity", deal.row.key) if deal else None,
        "description": f"{firm.brand}: {firm.say(draw.choice(texts.INTENTS))}" if draw.random() < 0.4 else None,
        **place(draw.choice(SELLERS[team]) if draw.random() < 0.08 else firm.owner),
    }


def _internal_task(draw: Random, today: date) -> dict[str, Value]:
    kind, subject = draw.choice(texts.INTERNAL_TODO)
    staff = draw.choice(STAFF)
    text = subject[1] if staff.locale == "en" else subject[0]
    return {"subject": text, "kind": kind, **_when(draw, today), **place(staff.login)}


def _when(draw: Random, today: date) -> dict[str, Value]:
    due = weekday(today + timedelta(days=draw.randint(-40, 35)))
    return {
        "status": weighted(draw, PAST if due < today else COMING),
        "priority": weighted(draw, PRIORITIES),
        "due": due,
    }
