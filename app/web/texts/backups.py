"""Texts of the page of backups."""

from __future__ import annotations

BACKUPS = {
    "backups.title": ("Backups", "备份"),
    "backups.help": (
        "Each is restored into a scratch place now and then, to see that it can be. Restoring is done by the command crm backup restore.",
        "系统会定期把备份试恢复到临时位置加以验证。正式恢复请使用命令 crm backup restore。",
    ),
    "backups.made": ("Made", "备份时间"),
    "backups.kind": ("Kind", "类型"),
    "backups.full": ("Full", "全量"),
    "backups.incremental": ("Incremental", "增量"),
    "backups.size": ("Size", "大小"),
    "backups.copies": ("Copies", "份数"),
    "backups.state": ("Verified", "验证结果"),
    "backups.verified": ("Restorable", "可恢复"),
    "backups.bad": ("Not restorable", "无法恢复"),
    "backups.untried": ("Not tried", "未验证"),
    "backups.none": ("There is no backup yet.", "还没有备份。"),
    "backups.newest": ("Newest: {age}. Last found restorable: {verified}.", "最新备份：{age}。最近一次验证可恢复：{verified}。"),
    "backups.failed": ("The last verification failed.", "最近一次验证失败。"),
    "backups.bad_copy": ("{path} failed when it was verified", "{path} 未通过验证"),
    "backups.never": ("never", "从未"),
    "backups.now": ("Back up now", "立即备份"),
    "backups.increment_now": ("Back up changes now", "立即增量备份"),
    "backups.verify_now": ("Verify the newest now", "立即验证最新备份"),
    "backups.wanted": ("It will be begun within seconds; the page of jobs tells how it went.", "将在几秒内开始，结果见“定时任务”页面。"),
    "backups.no_plan": (
        "The configuration has no backups.yaml: backups are made by the command crm backup run alone.",
        "当前配置没有 backups.yaml：只能用命令 crm backup run 备份。",
    ),
    "backups.broken": ("Files that are damaged", "已损坏的文件"),
}  # fmt: skip
