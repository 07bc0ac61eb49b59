"""Texts of the bell and its page, and the words of every kind of notice: `notice.<kind>`.

The words of a notice may name `{name}`, the record as its reader sees it, and what stands in the notice's parameters.
"""

from __future__ import annotations

NOTICES: dict[str, tuple[str, str]] = {
    "bell.title": ("Notices", "通知"),
    "bell.unread": ("Notices: {count} unread", "通知：{count} 条未读"),
    "bell.help": ("What happened that concerns you.", "与您有关的消息。"),
    "bell.read_all": ("Mark all as read", "全部标为已读"),
    "bell.read": ("Mark as read", "标为已读"),
    "bell.read_of": ("Mark as read: {text}", "标为已读：{text}"),
    "bell.new": ("Unread", "未读"),
    "bell.old": ("Read", "已读"),
    "bell.none": ("No notices", "暂无通知"),
    "bell.none_help": ("Approvals, reviews and reminders appear here.", "审批、复查和提醒会显示在这里。"),
    "bell.no_unread": ("All read", "没有未读通知"),
    "bell.all_read": ("All notices are marked as read.", "全部通知已标为已读。"),
    "bell.rests": ("quiet until {at}", "免打扰至 {at}"),
    "bell.out_of_sight": ("(a record that you may not see)", "（您无权查看的记录）"),
    "bell.newer": ("Newer", "较新"),
    "bell.older": ("Older", "较早"),
    "bell.pages": ("Pages", "翻页"),
    "task.acts": ("Put off or hand over", "延期或转交"),
    "task.later": ("Due later", "推迟到"),
    "task.tomorrow": ("Tomorrow", "明天"),
    "task.next_week": ("Next Monday", "下周一"),
    "task.until": ("On a day", "指定日期"),
    "task.put_off": ("Put off", "延期"),
    "task.snoozed": ("Due on {day} now.", "截止日期已改为{day}。"),
    "task.colleague": ("Hand to", "转交给"),
    "task.comment": ("A word with it", "转交说明"),
    "task.hand_over": ("Hand over", "转交"),
    "task.handed_over": ("Handed to {name}, who is told.", "已转交给{name}，并已通知对方。"),
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
    "notice.reminder": ("{text}", "{text}"),
    "notice.hidden": ("A reminder of a record that you may not see any more.", "您已无权查看该提醒所指的记录。"),
}
