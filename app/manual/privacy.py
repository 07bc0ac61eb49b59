"""The page of personal data: how what is held of people is found, handed over, erased, and kept no longer than is said."""

from __future__ import annotations

from app.definition import Text
from app.manual.table import Table, both

TITLE = both("Personal data", "个人信息")
ABOUT = both(
    "What the configuration says of it, and what one does when somebody asks for his data. This is no legal advice.",
    "配置中如何说明个人信息，以及有人要求查询或删除时如何处理。本页不构成法律意见。",
)


def privacy() -> tuple[Table, ...]:
    """The parts of the page."""
    return (_said(), _done(), _erased(), _ledger())


def _said() -> Table:
    rows = (
        (
            "personal: {category, purpose, retention}",
            both(
                "Of a field: of which kind it is, what it is kept for, how long. The register is made of it: `crm subject register`,"
                " and the page Personal data of the settings, with a file for spreadsheets.",
                "用于字段：类别、处理目的、保存期限。清单由此生成：`crm subject register`，以及设置中的“个人信息”页面（可导出表格）。",
            ),
        ),
        (
            "retention: {after, since, action}",
            both(
                "Of an entity: a night's job erases, anonymises or puts into the bin what is older. `crm subject due` counts it.",
                "用于实体：夜间任务对到期记录删除、匿名化或移入回收站。`crm subject due` 统计数量。",
            ),
        ),
        (
            "consent: {purpose, text}",
            both(
                "Of a yes/no field: each yes and each withdrawal is kept with who noted it, when, how and the wording. Mails to many"
                " and marketing mails go only where the consents with the purpose `marketing` are yes.",
                "用于是/否字段：每次同意和撤回都保留记录人、时间、方式和内容。"
                "群发邮件和营销邮件只发给用途为 `marketing` 的同意均为“是”的记录。",
            ),
        ),
        (
            "kept_by_law",
            both(
                "Of an entity: why its records stay whole, whoever asks to be erased. The command names them.",
                "用于实体：说明依法须保存的理由；即使有人要求删除，这些记录仍保持完整，命令会列出它们。",
            ),
        ),
        (
            "sensitive, mask, reveal",
            both(
                "Of a field and its grants: masked or encrypted, shown in clear one value at a time with a reason.",
                "用于字段及其授权：脱敏或加密，凭理由逐个查看完整内容。",
            ),
        ),
    )
    columns = (both("In the configuration", "配置"), both("What it does", "作用"))
    return Table("said", both("What is said", "配置说明"), Text(), columns, rows)


def _done() -> Table:
    rows = (
        (
            both("Find", "查找"),
            "crm subject find MAIL_OR_PHONE",
            both(
                "Prints entity and number of each record of people that has it. One person may have several: name them by `--also`.",
                "列出包含该邮箱或电话的人员记录。同一人可能有多条记录，用 `--also` 一并指定。",
            ),
        ),
        (
            both("Hand over", "提供副本"),
            "crm subject export contact 17 --out him.zip",
            both(
                "A JSON text, the files, and where was looked. Give it by a safe way; what others wrote of him is in it.",
                "包含 JSON 文本、文件以及查找范围。请通过安全方式交付；其中包含他人对其的记录。",
            ),
        ),
        (
            both("Erase", "删除"),
            "crm subject erase contact 17 --dry-run",
            both(
                "Says by place what would go and what stays. Without `--dry-run` it asks for the name to be typed, and does it.",
                "按位置列出将删除和保留的内容。去掉 `--dry-run` 后，输入名称确认即执行。",
            ),
        ),
        (
            both("Correct", "更正"),
            both("The form of the record", "记录的表单"),
            both("As any change: the history tells who and when.", "与普通修改相同：历史记录人员和时间。"),
        ),
    )
    columns = (both("Wish", "请求"), both("Command", "命令"), both("What it does", "作用"))
    return Table("done", both("When somebody asks", "处理请求"), Text(), columns, rows)


def _erased() -> Table:
    rows = (
        (
            both("His records and their parts", "其记录及子记录"),
            both("Personal fields are blanked; numbers and links stay.", "清空个人信息字段；编号与关联保留。"),
        ),
        (
            both("History and audit", "历史与审计"),
            both("Bodies of lines go; the chain stays provable by their digests.", "清除内容；摘要链仍可验证。"),
        ),
        (both("Files", "文件"), both("Those of his records, with previews.", "其记录的文件及缩略图。")),
        (
            both("Notes, letters, answers of others", "他人的备注、邮件与回复"),
            both("His addresses and, near them, his name are replaced.", "替换其邮箱、电话，以及相邻处的姓名。"),
        ),
        (both("Search, outbox, views", "搜索、待发消息、视图"), both("Made anew, or blanked.", "重新生成或清空。")),
        (
            both("Backups", "备份"),
            both("Stay as they are, and are erased anew when they are restored.", "保持不变，恢复时再次删除。"),
        ),
    )
    columns = (both("Place", "位置"), both("What becomes of it", "处理方式"))
    return Table("erased", both("What an erasure reaches", "删除的范围"), Text(), columns, rows)


def _ledger() -> Table:
    rows = (
        (
            both("What it holds", "内容"),
            both("Tables, numbers and moments; no name and no address.", "表、编号与时间；不含姓名和联系方式。"),
        ),
        (
            both("Where it is", "位置"),
            both("In the data folder and beside the backups. Never delete it.", "数据目录及备份旁。切勿删除。"),
        ),
        (
            "crm backup restore",
            both("Carries it out by itself.", "恢复时自动执行。"),
        ),
        (
            "crm subject again",
            both(
                "Carries it out after a database was put back by other means.",
                "通过其他方式还原数据库后手动执行。",
            ),
        ),
    )
    columns = (both("Of it", "项目"), both("What", "说明"))
    return Table("ledger", both("The ledger of erasures", "删除台账"), Text(), columns, rows)
