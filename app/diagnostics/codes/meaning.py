"""CFG4xx: the meaning of what is written."""

from __future__ import annotations

from app.diagnostics.codes.code import error, warning

MEANING = (
    warning(
        "CFG401",
        ("A label is missing", "缺少标签"),
        (
            "The key in words is shown instead. Write a label for people to read.",
            "将以键名代替显示。请写一个供人阅读的标签。",
        ),
    ),
    warning(
        "CFG402",
        ("A label is missing in a language", "标签缺少某种语言"),
        ("People who use that language see the text of another one.", "使用该语言的人会看到另一种语言的文本。"),
    ),
    error(
        "CFG403",
        ("Two lookups have the same other side", "两个查找字段的反向名称相同"),
        ("Give each lookup an `inverse:` of its own.", "请为每个查找字段写明各自的 `inverse:`。"),
    ),
    error(
        "CFG404",
        ("A required field is on no layout", "必填字段不在任何布局中"),
        (
            "No one could save a new record in the form. Put the field into a section, give it a default, or don't require it.",
            "表单中将无法保存新记录。请把字段放入某个分区、设置默认值，或取消必填。",
        ),
    ),
    error(
        "CFG405",
        ("Stage field and pipeline don't fit together", "阶段字段与流程不匹配"),
        (
            "A field of type stage needs a pipeline that names it, and a pipeline needs a field of type stage.",
            "stage 类型的字段需要有流程指向它，流程也必须指向 stage 类型的字段。",
        ),
    ),
    error(
        "CFG406",
        ("The value does not fit the field", "值与字段不符"),
        (
            "A default, smallest or greatest value must be one that the field could hold.",
            "默认值、最小值和最大值必须是该字段可以保存的值。",
        ),
    ),
    error(
        "CFG407",
        ("The smallest exceeds the greatest", "最小值大于最大值"),
        ("No value could satisfy both.", "没有任何值能同时满足两者。"),
    ),
    error(
        "CFG408",
        ("The field can't name a record", "该字段不能作为名称字段"),
        ("`name_field` must be a field that holds one line of text.", "`name_field` 必须是单行文本类字段。"),
    ),
    error(
        "CFG409",
        ("Roles include each other in a circle", "角色循环包含"),
        ("Remove one of the `includes`.", "请删除其中一个 `includes`。"),
    ),
    error(
        "CFG410",
        ("The parent is not a lookup", "parent 不是查找字段"),
        (
            "`parent` names a field of type lookup, whose record decides about access.",
            "`parent` 必须是 lookup 类型的字段，其指向的记录决定访问权限。",
        ),
    ),
    error(
        "CFG411",
        ("The section shows nothing, or two things", "分区没有内容或内容冲突"),
        ("A section has either `fields` or `related`.", "分区应有 `fields` 或 `related` 之一。"),
    ),
    error(
        "CFG412",
        ("The scope parent needs a parent", "parent 范围需要 parent"),
        (
            "The scope `parent` means: whoever may read the record that `parent` points to. The entity states no `parent`.",
            "parent 范围表示：能读取 `parent` 所指记录的人。该实体没有写明 `parent`。",
        ),
    ),
    error(
        "CFG413",
        ("A field that the system needs has the wrong type", "系统所需字段的类型不对"),
        (
            "The system itself uses these fields of user, department and team.",
            "系统自身会使用 user、department、team 的这些字段。",
        ),
    ),
    error(
        "CFG414",
        ("A sequence never counts", "编号规则没有序号"),
        (
            "The pattern must hold {seq} or {seq:05}, and may hold {yyyy} {yy} {mm} {dd}.",
            "pattern 必须包含 {seq} 或 {seq:05}，可以包含 {yyyy} {yy} {mm} {dd}。",
        ),
    ),
    error(
        "CFG415",
        ("The field grant says two things", "字段授权自相矛盾"),
        (
            "A field is granted by `access` or by `mask`, not by both; `write` goes with `mask`; a mask fits texts.",
            "字段授权使用 `access` 或 `mask` 之一；`write` 与 `mask` 一起使用；掩码只适用于文本。",
        ),
    ),
    error(
        "CFG416",
        ("A duration or time zone is not understood", "时长或时区无法识别"),
        (
            "Write durations as `15 minutes` or `30 days`, time zones as `Asia/Shanghai`.",
            "时长写作 `15 minutes`、`30 days`，时区写作 `Asia/Shanghai`。",
        ),
    ),
    error(
        "CFG417",
        ("A list of options or stages is empty", "选项或阶段列表为空"),
        ("There must be at least one that may be chosen.", "至少要有一个可以选择的值。"),
    ),
    warning(
        "CFG418",
        ("A field stands in two places of the form", "字段在表单中出现两次"),
        ("The form shows it once, at the first place.", "表单只在第一个位置显示它。"),
    ),
    error(
        "CFG419",
        ("Names collide", "名称冲突"),
        (
            "The other side of a lookup has the name of a field of the entity that it points to.",
            "查找字段的反向名称与其所指实体的字段同名。",
        ),
    ),
    error(
        "CFG420",
        ("A required field can be written by nobody", "没有人能填写必填字段"),
        (
            "The field is restricted, and no role grants it with write; no one could save a new record.",
            "该字段是受限字段，且没有角色授予其写权限，因此无法保存新记录。",
        ),
    ),
    warning(
        "CFG430",
        ("Understood, but not carried out yet", "可以识别，但尚未执行"),
        (
            (
                "What is written here is right and is kept with the configuration, but this version does not act on it. "
                "Nothing needs to be changed; nothing happens either."
            ),
            "此处的写法正确，并会随配置一起保存，但当前版本尚不执行。无需修改，但也不会产生任何效果。",
        ),
    ),
    error(
        "CFG484",
        ("A notification or mail can't be filled in", "通知或邮件模板无法填写"),
        (
            (
                "A template for notifications or mails holds plain words: fields of its record as {{ record.name }}, those behind "
                "lookups as {{ record.account.name }}, {{ entity }}, "
                "{{ today }}, conditions and a few filters. It can't repeat, call or count anything, so that filling it in "
                "for thousands of people is quick. The action that sends it must be about records of the same entity. "
                "A mail has a subject, and goes to people or to e-mail addresses."
            ),
            (
                "通知和邮件模板只包含普通文字：记录字段如 {{ record.name }}、关联记录的字段如 {{ record.account.name }}、"
                "{{ entity }}、{{ today }}，以及条件和少量过滤器；"
                "不能循环、调用或计算，因此可以快速发送给大量人员。使用它的动作必须针对同一实体的记录。邮件需要主题，并发给人员或邮箱地址。"
            ),
        ),
    ),
    warning(
        "CFG485",
        ("The pack lacks what a company needs to begin", "配置包缺少公司启用系统所需的内容"),
        (
            (
                "Before the first record is entered three things should be settled: what is collected of customers (entities "
                "with fields), through which steps a sale goes (a pipeline), and who may see and do what (a role without the "
                "right to configure). A pack with a menu is meant to be used, and this one lacks one of them."
            ),
            (
                "录入第一条数据之前，应先确定三件事：收集客户的哪些资料（实体及字段）、销售经过哪些环节（销售流程）、"
                "谁可以查看和操作什么（不带配置权限的角色）。带有菜单的配置包即将投入使用，而其中缺少一项。"
            ),
        ),
    ),
    error(
        "CFG490",
        ("A check of an extension found an error", "扩展的检查发现错误"),
        (
            "The check belongs to a module that your company added; its message says what it wants.",
            "该检查属于贵公司添加的扩展模块，具体要求见消息内容。",
        ),
    ),
    warning(
        "CFG491",
        ("A check of an extension has a doubt", "扩展的检查给出提醒"),
        (
            "The check belongs to a module that your company added; the pack can be used as it is.",
            "该检查属于贵公司添加的扩展模块；配置包仍可使用。",
        ),
    ),
    error(
        "CFG492",
        ("An extension is not loaded", "扩展未加载"),
        (
            (
                "A pack may use what a Python module registered only where who runs the server permits it: the module is "
                "installed beside the program and named in CRM_EXTENSIONS."
            ),
            "只有在服务器管理者许可时，配置包才能使用 Python 模块注册的内容：该模块须安装在程序环境中，并写入 CRM_EXTENSIONS。",
        ),
    ),
)
