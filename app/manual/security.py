"""The page of the security model: who is trusted with what, what stands against what, what does not, and how to deploy."""

from __future__ import annotations

from app.definition import Text
from app.manual.table import Table, both

TITLE = both("Security", "安全模型")
ABOUT = both(
    "Who is trusted with what, and what stands behind it. A role grants at every door alike, or at none.",
    "谁被信任到什么程度，以及背后的防护。角色授权在所有入口一致生效，没有例外通道。",
)


def security() -> tuple[Table, ...]:
    """The parts of the page."""
    return (_trusted(), _defended(), _undefended(), _deployed())


def _trusted() -> Table:
    rows = (
        (
            both("Operator: shell, environment, keys", "运维者：服务器、环境变量、密钥"),
            both(
                "Everything. The program does not hold up who reads its files.", "全部权限；能读取其文件者不受程序限制"
            ),
            both(
                "Alter the audit unseen: seals, and anchors kept elsewhere, prove it.",
                "不能不留痕迹地改动审计日志：封存记录与异地锚点可以证明",
            ),
        ),
        (
            both("Config author: the YAML of a pack", "配置作者：配置包的 YAML"),
            both(
                "Says who sees and does what; in effect he may read all records.",
                "决定谁能看什么、做什么；实际上等同可读全部记录",
            ),
            both(
                "Run code or SQL, read files, keys or the program's variables, call the inner network.",
                "不能运行代码或 SQL，不能读取文件、密钥或程序变量，不能访问内网",
            ),
        ),
        (
            both("Administrator: right `configure`", "管理员：`configure` 权限"),
            both(
                "Gives roles and exceptions, makes links for passwords, takes a second factor away; each stands in the audit.",
                "分配角色与例外、生成密码链接、取消双因素验证；每次都记入审计",
            ),
            both(
                "See passwords, keys or secrets of second factors; change the configuration or the audit.",
                "看不到密码、密钥和双因素验证密钥；不能修改配置和审计日志",
            ),
        ),
        (
            both("User: roles and scopes", "用户：角色与范围"),
            both(
                "What his roles grant, on pages, in files, by search and API alike.",
                "角色所授予的内容，页面、文件、搜索和 API 一致",
            ),
            both(
                "Learn that a record out of his scope exists, or what a hidden field holds, by filter, order, count or error.",
                "不能得知范围外的记录是否存在，也不能通过筛选、排序、计数或报错推知隐藏字段",
            ),
        ),
        (
            both("Outsider: no login", "外部人员：无登录"),
            both(
                "The login, one-time links of mails, signed hooks, health.",
                "登录页、邮件中的一次性链接、带签名的回调、健康检查",
            ),
            both("Anything else, or find out who has a login.", "其余一概不能，也无法得知谁有账号"),
        ),
    )
    columns = (both("Who", "身份"), both("May", "可以"), both("Can't", "不可以"))
    return Table("trusted", both("Who is trusted with what", "信任级别"), Text(), columns, rows)


def _defended() -> Table:
    rows = (
        (
            both("Records and fields", "记录与字段"),
            both(
                "The database session carries the scope; one write path asks before and after; absent and forbidden look the same.",
                "范围由数据库会话携带；唯一的写入路径在写入前后都检查权限；不存在与无权限的回答相同",
            ),
        ),
        (
            both("Injection", "注入"),
            both(
                "Values are parameters; expressions and templates have grammars of their own, with limits.",
                "值一律作为参数；表达式和模板使用自有语法，并有上限",
            ),
        ),
        (
            both("Pages", "页面"),
            both(
                "Everything is escaped; no inline scripts; each change needs a token of the person's own page; nothing is cached.",
                "全部转义；禁止内联脚本；每次修改需本人页面的令牌；不被缓存",
            ),
        ),
        (
            both("Files", "文件"),
            both(
                "Type by content; never run by a browser; each download asks for its record; cells of CSV are no formulas.",
                "按内容识别类型；浏览器不会执行；每次下载都检查所属记录；CSV 单元格不会成为公式",
            ),
        ),
        (
            both("Login", "登录"),
            both(
                "argon2id, growing locks, TOTP and recovery codes, sessions that end at once everywhere, keys with scope and end.",
                "argon2id、递增锁定、TOTP 与恢复码、会话即时在各处失效、带范围和期限的密钥",
            ),
        ),
        (
            both("Calls to other systems", "对外调用"),
            both("https and public addresses alone; no redirects.", "仅限 https 和公网地址；不跟随重定向"),
        ),
        (
            both("Audit", "审计"),
            both(
                "Sealed each minute; `crm audit verify` names what was altered.",
                "每分钟封存；`crm audit verify` 指出被改动之处",
            ),
        ),
    )
    return Table(
        "defended",
        both("What stands against what", "防护措施"),
        Text(),
        (both("Of", "方面"), both("How", "方式")),
        rows,
    )


def _undefended() -> Table:
    rows = (
        (
            both(
                "Who holds the data folder and the secret key reads all: use an encrypted disk, keep the backup key elsewhere.",
                "持有数据目录和密钥者可读全部内容：请使用加密磁盘，备份密钥另行保管",
            ),
        ),
        (
            both(
                "How often a person who is logged in asks is not limited: use a proxy that limits.",
                "已登录者的请求频率不受限制：请在前面使用带限流的代理",
            ),
        ),
        (both("Files are not searched for viruses.", "不扫描文件病毒"),),
        (
            both(
                "Who may read and export may take it with him; the audit tells.",
                "有读取和导出权限者可带走数据；审计会记录",
            ),
        ),
    )
    return Table("undefended", both("What is not defended", "未防护的方面"), Text(), (both("What", "内容"),), rows)


def _deployed() -> Table:
    rows = (
        (
            "CRM_BASE_URL",
            both(
                "https, behind a proxy that ends TLS: secure cookies, HSTS.",
                "使用 https，由代理终止 TLS：安全 Cookie、HSTS",
            ),
        ),
        ("CRM_TRUSTED_PROXIES", both("That proxy and nobody else.", "仅填写该代理")),
        (
            "CRM_SECRET_KEY",
            both("By a secret store, or left to the program; never shared.", "由密钥系统提供或交给程序生成；不可共用"),
        ),
        ("CRM_BACKUP_DIR", both("On another machine; the key apart from it.", "放在另一台机器上；密钥分开保管")),
        ("CRM_OUTBOUND_ALLOW", both("Empty, unless a hook needs an inner host.", "留空，除非回调需要内网主机")),
        (
            "security.two_factor.roles",
            both("Every role that may configure, export or assign.", "所有可配置、导出或分配的角色"),
        ),
        ("crm audit verify, crm doctor", both("Each week.", "每周运行")),
    )
    columns = (both("Setting", "设置"), both("How", "方式"))
    return Table("deployed", both("A deployment that holds", "部署加固"), Text(), columns, rows)
