"""Texts of the page of personal data."""

from __future__ import annotations

PRIVACY = {
    "privacy.title": ("Personal data", "个人信息"),
    "privacy.help": (
        "What is kept of people, what for, how long and who reads it, as the configuration says (personal: of a field).",
        "根据配置（字段的 personal:）生成的个人信息处理清单：保存什么、用途、期限以及谁可查看。",
    ),
    "privacy.file": ("Export", "导出"),
    "privacy.where": ("Written in", "配置位置"),
    "privacy.none": ("No field is marked as personal (`personal:`).", "没有字段标记为个人信息（`personal:`）。"),
    "privacy.how": ("When somebody asks for his data", "当有人要求查询或删除其个人信息"),
    "privacy.how_help": (
        "The operator does it on the server; the audit has a line of each.",
        "由运维人员在服务器上执行，每次都记入审计日志。",
    ),
    "privacy.find": ("finds his records, by mail address or telephone number", "按邮箱或电话号码查找其记录"),
    "privacy.export": (
        "writes all that is held of him to an archive, with the files",
        "将其全部信息连同文件写入一个压缩包",
    ),
    "privacy.erase": (
        "erases him from every place, and from backups when they are restored; what the law asks to keep stays",
        "从所有位置删除其信息，恢复备份时也会再次删除；法律要求保存的内容保留",
    ),
    "privacy.due": ("counts the records whose time is over", "统计已到保存期限的记录"),
    "privacy.again": ("carries out the ledger of erasures once more", "重新执行删除台账"),
}
