"""CFG446 and CFG447: who decides on an approval."""

from __future__ import annotations

from app.diagnostics.codes.code import error, warning

APPROVALS = (
    error(
        "CFG446",
        ("An approval that nobody can decide", "审批无人可处理"),
        (
            (
                "The path leads to something that is no person, or the transition names the approval of another entity. "
                "Name people: `owner.manager`, `{role: sales_manager}`, `{team: Sales}`."
            ),
            "路径指向的不是人员，或流转引用了其他实体的审批。请指定人员，例如 `owner.manager`、`{role: sales_manager}`、`{team: 销售}`。",
        ),
    ),
    warning(
        "CFG447",
        ("A deadline without a consequence", "期限没有后续处理"),
        (
            "When the time is over people are told, but nobody else is asked. Say who: `escalate: {to: {role: sales_director}}`.",
            "到期后只会提醒，不会转交他人。请写明转交对象，例如 `escalate: {to: {role: sales_director}}`。",
        ),
    ),
)
