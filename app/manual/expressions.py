"""The page of the expression language: grammar in plain words, types, places, blanks, limits, and the functions' own table."""

from __future__ import annotations

from app.definition import Text
from app.definition.attributes import Profile
from app.definition.composite import ADDRESS_PARTS
from app.expression.functions import FORMATS, FUNCTIONS, OF_RECORD, OF_RELATED, Function
from app.expression.lexer import LONGEST_SOURCE
from app.expression.names import MOST_HOPS
from app.expression.parser import DEEPEST, LONGEST_LIST, MOST_NODES
from app.expression.stage_facts import CATEGORIES
from app.loading.shape import Plain
from app.manual.reference import records
from app.manual.table import Table, both

TITLE = both("Expressions", "表达式")
ABOUT = both(
    "Conditions and formulas. One text means the same in forms, on every write and in lists. In YAML put it into single quotes "
    "where it begins with a quote or holds `: ` or ` #`, or write it below `|`. `true`, `false` and numbers need none.",
    "用于条件和公式。同一段文本在表单、每次写入和列表中含义相同。在 YAML 中，若以引号开头，或含有 `: `、` #`，请整体放入单引号，"
    "或写在 `|` 之下。`true`、`false` 和数字无需引号。",
)


def expressions() -> tuple[Table, ...]:
    """The parts of the page."""
    return (_writing(), _names(), _types(), _places(), _blanks(), _functions(), _of_records(), _limits())


def _writing() -> Table:
    rows = (
        (
            "a and b, a or b, not a",
            both(
                "Both hold, one holds, it does not hold. `not` binds closest, then `and`, then `or`.",
                "并且、或者、非；`not` 优先，其次 `and`，再次 `or`",
            ),
        ),
        (
            "a == b, a != b",
            both("Equal, not equal. Options are compared by their key.", "等于、不等于；选项按键名比较"),
        ),
        (
            "a < b, a <= b, a > b, a >= b",
            both(
                "Of numbers, dates and moments. Comparisons do not follow on each other.",
                "用于数字、日期和时刻；不能连续比较",
            ),
        ),
        ('a in ["x", "y"], a not in […]', both("One of these, none of these.", "属于其中之一、不属于其中任何一个")),
        ('a has "x"', both("A field that holds a list holds this.", "多值字段包含该值")),
        ("+  -  *  /", both("Numbers. Texts are joined by `concat`.", "数字运算；文本用 `concat` 连接")),
        ("( )", both("What belongs together.", "分组")),
        (
            "\"text\", 'text', 12.50, true, false, null",
            both("Values that are written out; `null` is nothing.", "直接写出的值；`null` 表示空"),
        ),
        (
            "&&  ||  !",
            both(
                "Understood as `and or not`; `crm fmt` writes the words.", "等同于 `and or not`；`crm fmt` 会改写为单词"
            ),
        ),
    )
    return Table(
        "writing", both("How it is written", "写法"), Text(), _columns(("Written", "写法"), ("Means", "含义")), rows
    )


def _names() -> Table:
    rows = (
        (
            "amount",
            both(
                "A field of the record, also `id owner department team created_at created_by updated_at updated_by version`.",
                "本记录的字段，也包括系统字段",
            ),
        ),
        (
            "account.level",
            both(
                f"A field of the record behind a lookup, over at most {MOST_HOPS} lookups; blank without one.",
                f"查找字段所指记录的字段，最多 {MOST_HOPS} 层；没有所指记录时为空",
            ),
        ),
        ("old.amount", both("As it was before this save; blank on create.", "保存前的值；新建时为空")),
        ("user, user.department", both("The acting person, and fields of theirs.", "当前用户及其字段")),
        (
            "stage.category, stage.probability",
            both(
                f"Of a stage; a category is one of {', '.join(CATEGORIES)}.",
                f"阶段的类别和概率；类别为 {'、'.join(CATEGORIES)} 之一",
            ),
        ),
        (
            "stage.since, stage.days",
            both(
                "The moment at which the record came into its stage, and how many of the company's days ago that was.",
                "记录进入当前阶段的时刻，以及距今天数（按公司时区的日期计算）",
            ),
        ),
        (
            "stage.is_stale",
            both(
                "Whether it is there for longer than the stage's `stale_after`: false of a stage without one.",
                "停留时间是否超过该阶段的 `stale_after`；未设置时为假",
            ),
        ),
        ("stage.pipeline", both("The pipeline that the record follows.", "记录所遵循的流程")),
        (
            "about.entity, about.name, about.owner",
            both(
                "Of a lookup to several entities: which of them the record belongs to, its name and its owner.",
                "指向多种实体的查找字段：所指记录属于哪种实体、其名称和负责人",
            ),
        ),
        (
            "amount.original",
            both(
                "Money in the record's currency; `amount` is in the company's.",
                "以记录币种表示的金额；`amount` 为公司币种",
            ),
        ),
        (", ".join(f"address.{each}" for each in ADDRESS_PARTS), both("Parts of an address.", "地址的各部分")),
    )
    return Table("names", both("Names", "名称"), Text(), _columns(("Name", "名称"), ("What it is", "含义")), rows)


def _types() -> Table:
    rows = (
        (both("true or false", "真假"), "boolean", "and or not == !="),
        (both("number", "数字"), "integer decimal money percent rating", "== != < > + - * /"),
        (both("text", "文本"), "text long_text email phone url sequence", "== != in"),
        (both("date", "日期"), "date", "== != < >"),
        (both("date and time", "日期时间"), "datetime", "== != < >"),
        (both("option", "选项"), "picklist stage", "== != in"),
        (both("list of options", "多选"), "picklist (many), tags", "has in"),
        (both("record", "记录"), "lookup user", "== != ."),
        (both("list of records", "多条记录"), "lookup, user (many)", "has in"),
        (
            both("other", "其他"),
            "rich_text address json location file image time duration color",
            "is_blank is_changed",
        ),
    )
    about = both(
        "Only values of one kind are compared. Numbers have a fixed number of digits; a half is rounded away from zero.",
        "只有同类的值才能比较。数字位数固定，四舍五入。",
    )
    columns = _columns(("Kind", "类别"), ("Types of fields", "字段类型"), ("What can be done", "可用运算"))
    return Table("kinds", both("Kinds of values", "值的类别"), about, columns, rows)


KNOWS: dict[Profile, Text] = {
    "rule": both(
        "The record, `old`, `user`, one lookup further. Runs in the form while one types, and on every write.",
        "本记录、`old`、`user` 和一层查找字段；在填写表单时和每次写入时执行",
    ),
    "server": both(
        "All of it: several lookups, related records, every function. Formulas that need no more than the form knows "
        "are worked out while one types.",
        "全部功能：多层查找、相关记录和所有函数；仅用到表单已知内容的公式会在填写时实时计算",
    ),
    "filter": both(
        "The record, lookups, related records, `user`; nothing of a save, no `/`, no functions that make texts. Runs in the database.",
        "本记录、查找字段、相关记录、`user`；不能使用与保存有关的内容、`/` 和生成文本的函数；在数据库中执行",
    ),
}
PROFILES: dict[Profile, Text] = {
    "rule": both("form and write", "表单与写入"),
    "server": both("server", "服务器"),
    "filter": both("list", "列表筛选"),
}


def _places() -> Table:
    keys = {profile: _keys(profile) for profile in PROFILES}
    keys["rule"].append("default: {formula}")
    keys["server"].append("values: {formula}")
    rows = tuple((PROFILES[profile], ", ".join(keys[profile]), KNOWS[profile]) for profile in PROFILES)
    columns = _columns(("Runs in", "运行位置"), ("Written behind", "所在属性"), ("What it knows", "可用内容"))
    return Table("places", both("Where they stand", "使用位置"), Text(), columns, rows)


def _keys(profile: Profile) -> list[str]:
    """The keys of expressions that run somewhere; where the things decide, with these behind them."""
    owners: dict[str, dict[Profile, list[str]]] = {}
    for record in records():
        for key, place in record.attributes.items():
            if isinstance(place.shape, Plain) and place.shape.is_expression:
                owners.setdefault(key, {}).setdefault(place.attribute.profile, []).append(record.of.__name__)
    return [
        key if len(found) == 1 else f"{key} ({', '.join(found[profile])})"
        for key, found in owners.items()
        if profile in found
    ]


def _blanks() -> Table:
    rows = (
        (
            "a == b, a != b",
            both(
                "A blank equals a blank and no value; `!=` is the exact opposite.",
                "空等于空，不等于任何值；`!=` 恰好相反",
            ),
        ),
        ("a < b", both("Never holds where one of them is blank.", "任一为空时不成立")),
        ('a in ["x"]', both("A blank is in no list.", "空值不属于任何列表")),
        (
            "a + b, a * b",
            both("Blank where one of them is; a division by nothing is blank.", "任一为空则结果为空；除以零为空"),
        ),
        ("boolean", both("A blank counts as false.", "空视为假")),
        (
            "is_blank(a)",
            both(
                "Nothing, an empty text, an empty list. 0 and false are values.",
                "无值、空文本、空列表；0 和 false 是值",
            ),
        ),
        (
            "require: a >= b",
            both(
                "Refuses blanks: write `is_blank(a) or a >= b` where they are fine.",
                "会拒绝空值；若允许为空，请写 `is_blank(a) or a >= b`",
            ),
        ),
    )
    about = both(
        "Every condition holds or does not: there is no third answer, in the database neither.",
        "条件只有成立与不成立两种结果，在数据库中也是如此。",
    )
    return Table("blanks", both("Blanks", "空值"), about, _columns(("Written", "写法"), ("Means", "含义")), rows)


BLANKS = {
    "passes": both("blank where an operand is", "参数为空则为空"),
    "never": both("never blank", "结果不为空"),
    "own": both("as said", "见说明"),
}


def _functions() -> Table:
    columns = _columns(
        ("Function", "函数"),
        ("What it gives", "结果"),
        ("Blanks", "空值"),
        ("Runs in", "运行位置"),
        ("Examples", "示例"),
    )
    rows = tuple(
        (each.signature, Text(dict(each.help.by_language)), BLANKS[each.blanks], _runs_in(each), _examples(each))
        for each in FUNCTIONS.values()
    )
    about = both(
        f"`?`: may be left out. `*`: once or more often. Formats: {', '.join(FORMATS)}.",
        f"`?` 表示可省略，`*` 表示一个或多个。格式：{'、'.join(FORMATS)}。",
    )
    return Table("functions", both("Functions", "函数"), about, columns, rows)


def _runs_in(function: Function) -> Text:
    if "sql" in function.targets:
        return both("everywhere", "全部")
    if "browser" in function.targets:
        return both("forms, server", "表单、服务器")
    return both("server", "服务器")


def _examples(function: Function) -> str:
    return "\n".join(f"{source} → {_result(value)}" for source, value in function.examples)


def _result(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _of_records() -> Table:
    rows = tuple((key, Text(dict(each.by_language))) for key, each in (*OF_RECORD.items(), *OF_RELATED.items()))
    about = both(
        "`list` is the name of the other side of a lookup; names behind `where` are those of the related records, "
        "and the condition runs in the database.",
        "`list` 是查找字段的反向名称；`where` 之后的名称是相关记录的字段，条件在数据库中执行。",
    )
    title = both("The record, the save, related records", "记录、保存与相关记录")
    return Table("records", title, about, _columns(("Function", "函数"), ("What it gives", "结果")), rows)


def _limits() -> Table:
    rows = (
        (both("characters", "字符数"), f"{LONGEST_SOURCE:,}"),
        (both("parts", "组成部分"), str(MOST_NODES)),
        (both("levels", "嵌套层数"), str(DEEPEST)),
        (both("values of a list", "列表中的值"), str(LONGEST_LIST)),
        (both("lookups of a path", "路径中的查找层数"), str(MOST_HOPS)),
    )
    return Table("limits", both("Limits", "上限"), Text(), _columns(("At most", "最多"), ("", "")), rows)


def _columns(*columns: tuple[str, str]) -> tuple[Text, ...]:
    return tuple(both(en, zh) for en, zh in columns)
