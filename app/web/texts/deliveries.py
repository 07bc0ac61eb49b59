"""Texts of the page of deliveries."""

from __future__ import annotations

DELIVERIES = {
    "deliveries.title": ("Deliveries", "对外发送"),
    "deliveries.help": (
        "Mails and calls of other systems. What fails is tried again for three days, with growing pauses.",
        "邮件和对外部系统的调用。失败后会在三天内逐渐拉长间隔重试。",
    ),
    "deliveries.filter": ("Filter", "筛选"),
    "deliveries.all": ("All", "全部"),
    "deliveries.both": ("Mails and webhooks", "邮件与 Webhook"),
    "deliveries.kind.mail": ("Mail", "邮件"),
    "deliveries.kind.notices": ("Notices", "通知邮件"),
    "deliveries.kind.reset": ("Forgotten password", "找回密码邮件"),
    "deliveries.kind.login": ("Changed login", "登录变更通知"),
    "deliveries.kind.webhook": ("Webhook", "Webhook"),
    "deliveries.kind.extension": ("Extension", "扩展"),
    "deliveries.state.waiting": ("Waiting", "待发送"),
    "deliveries.state.done": ("Delivered", "已送达"),
    "deliveries.state.dead": ("Given up", "已放弃"),
    "deliveries.state.dropped": ("Not sent", "未发送"),
    "deliveries.to": ("To", "发往"),
    "deliveries.of": ("About", "来源"),
    "deliveries.made": ("Made", "生成时间"),
    "deliveries.state": ("State", "状态"),
    "deliveries.next": ("next", "下次"),
    "deliveries.attempts": ("Tries", "尝试次数"),
    "deliveries.answer": ("Last answer", "最近一次应答"),
    "deliveries.again": ("Send again", "重新发送"),
    "deliveries.again_of": ("Send delivery {number} again", "重新发送第 {number} 项"),
    "deliveries.waits_again": ("Delivery {number} waits to be sent.", "第 {number} 项已重新排队。"),
    "deliveries.gone": ("That delivery was not given up.", "该项并未放弃，无需重新发送。"),
    "deliveries.answer.not_allowed": (
        "This address may not be called: it is not public, and CRM_OUTBOUND_ALLOW does not name it.",
        "不允许调用该地址：它不是公网地址，CRM_OUTBOUND_ALLOW 也未放行。",
    ),
    "deliveries.answer.not_https": (
        "This address may not be called: it is not https, and CRM_OUTBOUND_ALLOW does not name its host.",
        "不允许调用该地址：它不是 https，CRM_OUTBOUND_ALLOW 也未放行该主机。",
    ),
    "deliveries.answer.in_time": ("It did not answer in time.", "对方未在时限内应答。"),
    "deliveries.answer.looked_up": ("Its name could not be looked up.", "无法解析主机名。"),
    "deliveries.older": ("Older ones", "更早的记录"),
    "deliveries.none": ("Nothing was sent.", "没有发送记录。"),
    "deliveries.none_help": ("Mails and webhooks of automations are listed here.", "自动化发出的邮件和 Webhook 会列在这里。"),
}  # fmt: skip
