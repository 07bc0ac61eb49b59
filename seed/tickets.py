"""What customers asked of the service: open tickets of these days, and what was solved before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from .dataset import Past, Row, Value, coarse
from .firms import place, weighted
from .organisation import PLACE_OF, SERVICE
from .work import OFFICE_ZONE, Known

KINDS = {"request": 34, "technical": 34, "aftersales": 16, "complaint": 8, "suggestion": 8}
PRIORITIES = {"general": 70, "urgent": 25, "failure": 5}
CHANNELS = {"phone": 45, "mail": 30, "web": 18, "social": 7}
STAGES = {
    "accepted": 5,
    "created": 5,
    "dispatched": 12,
    "waiting": 6,
    "solved": 14,
    "revisited": 12,
    "surveyed": 43,
    "withdrawn": 3,
}
SOLVED = ("solved", "revisited", "surveyed")
ANSWERED = ("waiting", *SOLVED)
MATTERS = {
    "request": (("开通新用户账号", "New accounts for users"), ("申请操作培训", "A training for users")),
    "technical": (
        ("系统登录异常", "Users can't log in"),
        ("报表导出失败", "An export fails"),
        ("接口同步延迟", "The interface lags"),
    ),
    "aftersales": (("到货配件缺失", "A part is missing"), ("设备需要更换", "A device has to be replaced")),
    "complaint": (("响应太慢", "Answers take too long"), ("交付延期投诉", "The delivery is late")),
    "suggestion": (("希望增加批量打印", "Printing of many at once"), ("建议优化移动端", "A better mobile page")),
}
SAID = ("客户来电说明情况，已影响日常使用。", "The customer explained it; daily work suffers.")
DONE = ("已远程排查，确认原因并与客户沟通。", "Looked into it remotely, found the cause, told the customer.")
SOLUTIONS = (
    ("已修复配置并验证，客户确认恢复正常。", "Mended the settings; the customer confirms that it works."),
    ("已按流程处理完毕，资料已发送客户。", "Done as agreed; the papers were sent."),
)
CALLED = ("客户表示满意，无其他问题。", "The customer is content; nothing else is open.")


def draw_tickets(draw: Random, known: Sequence[Known], count: int, today: date) -> tuple[Row, ...]:
    """`count` tickets of customers whom a service agent's team looks after."""
    served = [each for each in known if PLACE_OF[each.firm.owner][1] in SERVICE] or list(known)
    chosen = draw.choices(served, [each.interest for each in served], k=count)
    return tuple(_ticket(draw, each, f"ticket_{number}", today) for number, each in enumerate(chosen, start=1))


def _ticket(draw: Random, about: Known, key: str, today: date) -> Row:
    kind, stage = weighted(draw, KINDS), weighted(draw, STAGES)
    age = draw.randint(0, 6) if stage not in SOLVED else draw.randint(3, 300)
    begun = today - timedelta(days=age + 1)
    agent = SERVICE.get(PLACE_OF[about.firm.owner][1] or "", about.firm.owner)
    answered = _moment(draw, begun)
    solved = answered + timedelta(hours=draw.randint(1, 40))
    values: dict[str, Value] = {
        "subject": about.firm.say(draw.choice(MATTERS[kind])),
        "account": ("account", about.firm.key),
        "contact": ("contact", draw.choice(about.people).key),
        "kind": kind,
        "priority": "urgent" if kind == "complaint" else weighted(draw, PRIORITIES),
        "channel": weighted(draw, CHANNELS),
        "description": about.firm.say(SAID),
        "stage": stage,
        **place(agent),
        **_course(draw, about, stage, answered, solved),
    }
    if stage == "accepted":
        return Row(key, values, coarse(begun, today))
    blank = dict.fromkeys(("first_response_at", "progress", "solution", "solved_at", "revisit", "satisfaction"))
    past = Past(coarse(begun, today), {"stage": "accepted", **{each: None for each in blank if each in values}})
    told = min((solved if stage in SOLVED else answered).date() + timedelta(days=1), today)  # when it had happened
    return Row(key, values, coarse(told, today), (past,))


def _course(draw: Random, about: Known, stage: str, answered: datetime, solved: datetime) -> Mapping[str, Value]:
    found: dict[str, Value] = {}
    if stage in ANSWERED:
        found |= {"first_response_at": answered, "progress": about.firm.say(DONE)}
    if stage in SOLVED:
        found |= {"solution": about.firm.say(draw.choice(SOLUTIONS)), "solved_at": solved}
    if stage in {"revisited", "surveyed"}:
        found["revisit"] = about.firm.say(CALLED)
    if stage == "surveyed":
        found["satisfaction"] = Decimal(draw.choice(("4.8", "5.0", "4.5", "4.0", "4.2", "3.5", "2.5")))
    return found


def _moment(draw: Random, day: date) -> datetime:
    local = datetime.combine(day, time(9), OFFICE_ZONE) + timedelta(minutes=15 * draw.randint(5, 30))
    return local.astimezone(UTC)
