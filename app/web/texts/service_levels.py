"""Texts of service levels: the board, and the clocks on a record."""

from __future__ import annotations

SERVICE_LEVELS: dict[str, tuple[str, str]] = {
    "slas.title": ("Service levels", "服务时限"),
    "slas.help": ("What is late, and what is due next.", "已超时和即将到期的工作。"),
    "slas.open": ("Running now", "正在计时"),
    "slas.none": ("Nothing is running", "暂无计时"),
    "slas.none_help": ("Clocks start with what happens to records.", "记录满足条件时开始计时。"),
    "slas.record": ("Record", "记录"),
    "slas.level": ("Service level", "服务时限"),
    "slas.due": ("Due", "到期时间"),
    "slas.state": ("State", "状态"),
    "slas.figures": ("How they are kept, in 90 days", "近90天达成情况"),
    "slas.target": ("Target", "目标时限"),
    "slas.all": ("Show all", "显示全部"),
    "slas.cut": (
        "The first {most} are shown. Choose a number above to see fewer.",
        "仅显示前 {most} 条，可点击上方数字缩小范围。",
    ),
    "slas.count.runs": ("Running", "计时中"),
    "slas.count.warned": ("Nearly due", "即将超时"),
    "slas.count.late": ("Late", "已超时"),
    "slas.count.rests": ("Resting", "已暂停"),
    "slas.count.kept": ("In time", "按时完成"),
    "slas.count.ended_late": ("Ended late", "超时完成"),
    "slas.late": ("Late", "已超时"),
    "slas.kept": ("In time", "按时完成"),
    "slas.rests": ("Resting", "已暂停"),
    "slas.warned": ("Nearly due", "即将超时"),
    "slas.runs": ("Running", "计时中"),
}
