"""CFG495 to CFG497: what is told to other systems, and by them; which variables a pack may name."""

from __future__ import annotations

from app.diagnostics.codes.code import error

HOOKS = (
    error(
        "CFG495",
        (
            "An address that may not be called, or a variable that a hook may not name",
            "不允许调用的地址，或钩子不允许引用的变量",
        ),
        (
            (
                "Webhooks are posted by https to public addresses. One of the inner network is written in the environment, "
                "`url: ${env:ERP_URL}`, and the operator of the server allows it by CRM_OUTBOUND_ALLOW: a pack can't. A variable stands at "
                "the beginning of the address, for its scheme and host. Hooks, their secrets too, name variables of their own: of those "
                "that begin with CRM_ only CRM_HOOK_…, and none that are known to hold keys of databases or of clouds."
            ),
            (
                "webhook 只能以 https 发往公网地址。内网地址写在环境变量中（`url: ${env:ERP_URL}`），并由服务器运维通过 "
                "CRM_OUTBOUND_ALLOW 放行，配置包不能放行。变量只能写在地址开头，代表协议和主机。"
                "钩子的地址和密钥只能引用专用变量：以 CRM_ 开头的仅限 CRM_HOOK_…，且不能引用数据库或云服务的密钥变量。"
            ),
        ),
    ),
    error(
        "CFG496",
        ("A hook that can't find its record", "接收钩子无法匹配记录"),
        (
            (
                "A hook finds the record to change by fields with one plain value: text, numbers, dates, options, lookups, "
                "the number of a sequence. Its entity has an address of its own: a part comes with its whole."
            ),
            (
                "接收钩子按只含一个简单值的字段匹配记录：文本、数字、日期、选项、关联或流水号。其实体须能单独访问，明细随主记录提交。"
            ),
        ),
    ),
    error(
        "CFG497",
        ("A variable that backups may not name", "备份不允许引用的变量"),
        (
            (
                "The path of a folder with backups is shown to people and written into logs, so that a variable in it would be told "
                "with it. Of the variables that begin with CRM_ only CRM_BACKUP_… may stand there, without the key, and none that are "
                "known to hold keys of databases or of clouds."
            ),
            (
                "备份目录的路径会显示在页面和日志中，其中引用的变量也会随之泄露。以 CRM_ 开头的变量仅限 CRM_BACKUP_…（密钥除外），"
                "且不能引用数据库或云服务的密钥变量。"
            ),
        ),
    ),
)
