"""Texts of mails where they stand on pages."""

from __future__ import annotations

MAILS = {
    "mails.verb_waiting": ("is sending a mail", "正在发送邮件"),
    "mails.verb_done": ("sent a mail", "发送了邮件"),
    "mails.verb_dead": ("could not send a mail", "未能发送邮件"),
    "mails.to": ("To", "收件人"),
    "mails.outside": ("an address outside the company", "外部邮箱"),
    "mails.by": ("Automation", "自动化"),
}
