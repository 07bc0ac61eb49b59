"""The words of every kind of notice, `notice.<kind>`, as the bell and mails say them: in English and Chinese.

They may name `{name}`, the record as its reader sees it, and what stands in the notice's parameters.
"""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from app.automation.told import Told
from app.definition import Catalog

BY = "by"  # the parameter that holds who did it: the id of a person
COMMENT = "comment"  # what he said of it
HIDDEN = "notice.hidden"
PAGES = {"review_raised": "/reviews/", "job.set_aside": "/jobs/", "viewed": "/profile/security/"}
"""Where notices that are about no record lead, by their kind."""
ASKED: Mapping[str, str] = {"approval.asked": "/approvals/", "approval.overdue": "/approvals/"}
"""Where those lead that are told of a record out of sight: who is asked decides without reading it."""
Names = Mapping[tuple[str, int], str]

NOTICE_WORDS: dict[str, tuple[str, str]] = {
    "notice.job.set_aside": (
        "The job {job} was cut off {times} times before it was done and is set aside: see the log of the scheduler.",
        "任务 {job} 执行 {times} 次均中断，已搁置：请查看调度进程的日志。",
    ),
    "notice.approval.asked": ("Your approval is asked for: {name}", "等待您审批：{name}"),
    "notice.approval.agreed": ("Approved: {name}", "审批已通过：{name}"),
    "notice.approval.ready": (
        "Approved, but the record is not ready for the move: {name}",
        "审批已通过，但记录尚不满足变更条件：{name}",
    ),
    "notice.approval.void": ("The request for approval has ended: {name}", "审批已失效：{name}"),
    "notice.approval.rejected": ("Not approved: {name}", "审批未通过：{name}"),
    "notice.approval.recalled": ("The request for approval was withdrawn: {name}", "审批申请已撤回：{name}"),
    "notice.approval.overdue": ("Still waits for an approval: {name}", "审批已超时：{name}"),
    "notice.review_raised": ("{review}: {count} for you to do", "{review}：您有 {count} 项待完成"),
    "notice.review_overdue": ("{review} is overdue: {name}", "{review}已逾期：{name}"),
    "notice.task.due": ("Due soon: {name}", "任务即将到期：{name}"),
    "notice.task.delegated": ("Handed to you: {name}", "任务已转交给您：{name}"),
    "notice.team.given": ("Shared with you: {name}", "已与您共享：{name}"),
    "notice.viewed": (
        "{who} looked at the application as you see it, and could change nothing. Reason: {reason}",
        "{who} 以您的视角查看了系统，期间不能修改任何内容。原因：{reason}",
    ),
    "notice.reminder": ("{text}", "{text}"),
    "notice.hidden": ("A reminder of a record that you may not see any more.", "您已无权查看该提醒所指的记录。"),
    "bell.out_of_sight": ("(a record that you may not see)", "（您无权查看的记录）"),
}


def names_wanted(catalog: Catalog, found: Iterable[Told]) -> dict[str, set[int]]:
    """The records whose names the words of some notices need, by entity."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for each in found:
        if each.record is not None and each.entity is not None and each.entity in catalog.entities:
            wanted[each.entity].add(each.record)
        if isinstance(each.params.get(BY), int):
            wanted["user"].add(each.params[BY])
    return wanted


def words_of(each: Told, names: Names, language: str) -> str:
    """What a notice says in a language; `names` are those that its reader sees."""
    column = 1 if language == "zh" else 0
    name = names.get((each.entity or "", each.record or 0))
    key = f"notice.{each.kind}"
    if key not in NOTICE_WORDS or ("text" in each.params and each.record is not None and name is None):
        key = HIDDEN  # what it says was made for who saw the record
    params = {word: "" if value is None else str(value) for word, value in each.params.items()}
    params["name"] = NOTICE_WORDS["bell.out_of_sight"][column] if name is None else name
    return _Words().vformat(NOTICE_WORDS[key][column], (), params)


def place_of(catalog: Catalog, each: Told, names: Names) -> str:
    """The path that a notice leads to; blank where its record is out of sight."""
    if each.record is None:
        return PAGES.get(each.kind, "")
    seen = each.entity is not None and (each.entity, each.record) in names
    if not seen or catalog.part_link(each.entity or "") is not None:
        return ASKED.get(each.kind, "")
    return f"/{each.entity}/{each.record}"


class _Words(string.Formatter):
    """Words whose parameters may be missing: a notice is older than the program that shows it."""

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        """The parameter, or nothing."""
        return kwargs.get(str(key), "")
