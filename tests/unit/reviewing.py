"""The small company behind the web, with tasks and a quarterly review of its accounts that was raised once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from app.automation.reviews import raise_review
from tests.unit.website import PACK, Website

REVIEWING: Mapping[str, str] = {
    **PACK,
    "entities/task.yaml": """
label: {en: Task, zh: 任务}
plural: {en: Tasks}
name_field: subject
fields:
  subject: {type: text, required: true, max_length: 100, label: {en: Subject, zh: 主题}}
  status:
    type: picklist
    default: open
    options: {open: {label: {en: Open, zh: 待办}}, done: {label: {en: Done, zh: 已完成}}, dropped: {label: {en: Dropped, zh: 已取消}}}
    label: {en: Status, zh: 状态}
  due:     {type: date, label: {en: Due, zh: 截止日期}}
  account: {type: lookup, to: account, inverse: tasks, label: {en: Account, zh: 客户}}
layout: {tabs: {overview: {sections: {base: {label: {en: Basics, zh: 基本信息}, fields: [subject, status, due, account]}}}}}
list: {columns: [subject, status, due, account, owner], sort: [due]}
""",
    "reviews/look.yaml": """
label: {en: Look at it, zh: 季度复查}
entity: account
every: quarter
assign_to: owner
due_within: 10 days
checklist:
  contact: {label: {en: Contact data up to date, zh: 联系方式是否最新}}
  people:  {label: {en: Deciders unchanged, zh: 决策人是否变动}}
escalate: {after: 5 days, to: {role: manager}}
""",
    "roles/employee.yaml": PACK["roles/employee.yaml"].replace(
        "grants:\n", "grants:\n  task: {create: true, read: own, update: own, delete: own}\n"
    ),
    "roles/manager.yaml": PACK["roles/manager.yaml"].replace(
        "grants:\n", "grants:\n  task: {read: team, update: team}\n"
    ),
    "menu.yaml": PACK["menu.yaml"].replace("contact: {}}", "contact: {}, task: {}}"),
}


def raise_for(website: Website, *owners: str, days_ago: int = 0) -> list[int]:
    """An account for each of these people, and its review; the ids of the accounts."""
    found = [website.add("account", owner, name=f"Account of {owner}") for owner in owners]
    moment = website.store.clock() - dt.timedelta(days=days_ago)
    raise_review(website.store, "look", moment)
    return found
