"""The function table: what each function takes and gives, what blanks do to it, and where it runs.

A parameter is a word: a base of `types.Base`, several joined by `|`, `scalar` for what can be written as text, `any`, or
`constant` for a literal text. `?` behind it: may be left out; `*`: the last one, once or more often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from app.definition.text import Text
from app.expression.types import BOOL, DATE, DATETIME, TEXT, Type, common_type, number
from app.frozen import dataclass

Blanks = Literal["passes", "never", "own"]
"""`passes`: blank when an operand is blank; `never`: never blank; `own`: as its help says."""
Target = Literal["python", "sql", "browser"]
EVERYWHERE: frozenset[Target] = frozenset({"python", "sql", "browser"})
NOT_SQL: frozenset[Target] = frozenset({"python", "browser"})
FORMATS = ("email", "phone", "mobile_cn", "url", "uscc", "postcode_cn", "id_card_cn", "bank_card")
BROWSER_FORMATS = frozenset(FORMATS) - {"phone", "email"}
SCALAR = ("number", "text", "date", "choice", "bool")


@dataclass(frozen=True)
class Function:
    """One function. `examples` are (expression, its value as `plain_json` writes it), two at least."""

    name: str
    params: tuple[str, ...]
    result: Callable[[list[Type]], Type]
    blanks: Blanks
    help: Text
    examples: tuple[tuple[str, object], ...]
    targets: frozenset[Target] = EVERYWHERE

    @property
    def signature(self) -> str:
        """How it is called: `round(number, number?)`."""
        return f"{self.name}({', '.join(self.params)})"


def _fixed(result: Type) -> Callable[[list[Type]], Type]:
    return lambda args: result.maybe(blank=any(each.blank for each in args)) if result.blank else result


def _first(args: list[Type]) -> Type:
    return args[0]


def _common(args: list[Type]) -> Type:
    return common_type(args) or args[0]


def _whole_of(args: list[Type]) -> Type:
    return number(args[0].precision - args[0].scale + 1, 0, blank=args[0].blank)


def _count(digits: int) -> Type:
    return number(digits, 0, blank=False)


def _text_of(en: str, zh: str) -> Text:
    return Text({"en": en, "zh": zh})


_TABLE = (
    Function(
        "is_blank", ("any",), _fixed(BOOL), "never",
        _text_of("Whether there is no value, no text, or nothing in a list. 0 and false are values.", "是否没有值（空文本、空列表也算）；0 和 false 不算空"),
        (('is_blank("")', True), ("is_blank(0)", False)),
    ),
    Function(
        "coalesce", ("any*",), _common, "own",
        _text_of("The first that is not blank.", "第一个非空的值"),
        (("coalesce(null, 5)", "5"), ('coalesce("a", "b")', "a")),
    ),
    Function(
        "if", ("bool", "any", "any"), _common, "own",
        _text_of("The second where the first holds, else the third.", "条件成立取第二个值，否则取第三个"),
        (("if(1 < 2, 10, 20)", "10"), ('if(false, "a", "b")', "b")),
    ),
    Function(
        "contains", ("text", "text"), _fixed(BOOL), "never",
        _text_of("Whether the text holds the other, case counts. A blank text holds nothing.", "文本是否包含另一段文本（区分大小写）；空文本不包含任何内容"),
        (('contains("张三丰", "三")', True), ('contains("100%", "%0")', False)),
    ),
    Function(
        "icontains", ("text", "text"), _fixed(BOOL), "never",
        _text_of("As `contains`, but upper and lower case count as equal.", "与 contains 相同，但不区分大小写"),
        (('icontains("Acme", "ACM")', True), ('icontains("Acme", "b")', False)),
    ),
    Function(
        "starts_with", ("text", "text"), _fixed(BOOL), "never",
        _text_of("Whether the text begins with the other.", "文本是否以另一段文本开头"),
        (('starts_with("ACC-1", "ACC-")', True), ('starts_with("ACC-1", "acc")', False)),
    ),
    Function(
        "ends_with", ("text", "text"), _fixed(BOOL), "never",
        _text_of("Whether the text ends with the other.", "文本是否以另一段文本结尾"),
        (('ends_with("甲公司", "公司")', True), ('ends_with("甲公司", "集团")', False)),
    ),
    Function(
        "len", ("text",), lambda _: _count(9), "never",
        _text_of("How many characters the text has; 0 of a blank one.", "文本的字符数；空文本为 0"),
        (('len("张三")', "2"), ('len("")', "0")),
    ),
    Function(
        "lower", ("text",), _first, "passes", _text_of("In lower case.", "转为小写"),
        (('lower("ABC")', "abc"), ('lower("É")', "é")),
    ),
    Function(
        "upper", ("text",), _first, "passes", _text_of("In upper case.", "转为大写"),
        (('upper("abc")', "ABC"), ('upper("é")', "É")),
    ),
    Function(
        "trim", ("text",), lambda _: TEXT, "passes", _text_of("Without blanks at both ends.", "去掉首尾空白"),
        (('trim("  a b ")', "a b"), ('is_blank(trim("  "))', True)),
    ),
    Function(
        "concat", ("scalar*",), lambda _: TEXT, "own",
        _text_of("The texts behind each other; blanks are left out.", "依次连接文本，空值略过"),
        (('concat("甲", "-", "乙")', "甲-乙"), ('concat("a", null, 1.50)', "a1.5")),
        NOT_SQL,
    ),
    Function(
        "left", ("text", "number"), lambda _: TEXT, "passes", _text_of("So many characters from the beginning.", "开头的若干个字符"),
        (('left("张三丰", 2)', "张三"), ('left("a", 5)', "a")), NOT_SQL,
    ),
    Function(
        "right", ("text", "number"), lambda _: TEXT, "passes", _text_of("So many characters from the end.", "末尾的若干个字符"),
        (('right("13812345678", 4)', "5678"), ('is_blank(right("a", 0))', True)), NOT_SQL,
    ),
    Function(
        "substr", ("text", "number", "number"), lambda _: TEXT, "passes",
        _text_of("From a place, counted from 1, so many characters.", "从第几个字符（从 1 数起）开始取若干个字符"),
        (('substr("abcdef", 2, 3)', "bcd"), ('substr("张三丰", 3, 9)', "丰")), NOT_SQL,
    ),
    Function(
        "replace", ("text", "text", "text"), lambda _: TEXT, "own",
        _text_of("The text with every occurrence of the second replaced by the third; a blank third removes it.", "把文本中的第二个参数全部替换为第三个；第三个为空则删除"),
        (('replace("a-b-c", "-", "/")', "a/b/c"), ('replace("a b", " ", "")', "ab")), NOT_SQL,
    ),
    Function(
        "to_text", ("scalar",), lambda _: TEXT, "passes",
        _text_of("Written as text: numbers without needless zeros, dates as 2026-01-31, options by their key.", "转为文本：数字去掉多余的零，日期如 2026-01-31，选项用其键"),
        (("to_text(12.50)", "12.5"), ('to_text(date("2026-01-31"))', "2026-01-31")), NOT_SQL,
    ),
    Function(
        "matches_format", ("text", "constant"), _fixed(BOOL), "never",
        _text_of("Whether the text is written as the format says; a blank one is not.", "文本是否符合指定格式；空文本不符合"),
        (('matches_format("13812345678", "mobile_cn")', True), ('matches_format("12345", "mobile_cn")', False)), NOT_SQL,
    ),
    Function(
        "abs", ("number",), _first, "passes", _text_of("Without its sign.", "绝对值"), (("abs(-5)", "5"), ("abs(2.5)", "2.5")),
    ),
    Function(
        "min", ("number|date|datetime*",), _common, "passes", _text_of("The least of them.", "其中最小的"),
        (("min(3, 1, 2)", "1"), ("is_blank(min(3, null))", True)),
    ),
    Function(
        "max", ("number|date|datetime*",), _common, "passes", _text_of("The greatest of them.", "其中最大的"),
        (("max(3, 1, 2)", "3"), ('max(date("2026-01-01"), date("2026-02-01"))', "2026-02-01")),
    ),
    Function(
        "round", ("number", "digits?"), _whole_of, "passes",
        _text_of("To so many digits after the point (none: to a whole number); a half goes away from zero.", "四舍五入到小数点后若干位（不写则取整）"),
        (("round(2.5)", "3"), ("round(-1.255, 2)", "-1.26")), NOT_SQL,
    ),
    Function(
        "floor", ("number",), _whole_of, "passes", _text_of("The next whole number below.", "向下取整"),
        (("floor(2.7)", "2"), ("floor(-2.1)", "-3")), NOT_SQL,
    ),
    Function(
        "ceil", ("number",), _whole_of, "passes", _text_of("The next whole number above.", "向上取整"),
        (("ceil(2.1)", "3"), ("ceil(-2.7)", "-2")), NOT_SQL,
    ),
    Function(
        "today", (), lambda _: DATE.maybe(blank=False), "never", _text_of("The company's calendar day.", "公司所在时区的今天"),
        (("days_between(today(), today())", "0"), ("today() == date(now())", True)),
    ),
    Function(
        "now", (), lambda _: DATETIME.maybe(blank=False), "never", _text_of("This moment, the same for a whole save.", "当前时刻，一次保存中保持不变"),
        (("now() == now()", True), ("hours_between(now(), now())", "0.00")),
    ),
    Function(
        "date", ("constant|datetime",), lambda args: DATE.maybe(blank=args[0].blank), "passes",
        _text_of("A day that is written as text, or the company's day of a moment.", "文本写成的日期，或某一时刻在公司时区的日期"),
        (('date("2026-01-31")', "2026-01-31"), ("date(add_days(now(), 1)) == add_days(today(), 1)", True)),
    ),
    Function(
        "add_days", ("date|datetime", "number"), lambda args: args[0].maybe(blank=True), "passes",
        _text_of("So many days later; earlier with a negative number.", "若干天之后（负数为之前）"),
        (('add_days(date("2026-01-31"), 1)', "2026-02-01"), ('add_days(date("2026-03-01"), -1)', "2026-02-28")),
    ),
    Function(
        "add_months", ("date|datetime", "number"), lambda args: args[0].maybe(blank=True), "passes",
        _text_of("So many months later, at most the month's last day.", "若干个月之后，超过月末则取月末"),
        (('add_months(date("2026-01-31"), 1)', "2026-02-28"), ('add_months(date("2024-02-29"), 12)', "2025-02-28")),
    ),
    Function(
        "add_hours", ("datetime", "number"), lambda args: args[0].maybe(blank=True), "passes",
        _text_of("So many hours later.", "若干小时之后"),
        (("hours_between(now(), add_hours(now(), 5))", "5.00"), ("add_hours(now(), 24) == add_days(now(), 1)", True)),
    ),
    Function(
        "days_between", ("date|datetime", "date|datetime"), lambda args: number(8, 0, blank=any(each.blank for each in args)), "passes",
        _text_of("How many days from the first to the second; moments count by the company's day.", "从第一个到第二个相差的天数；时刻按公司时区的日期计算"),
        (('days_between(date("2026-01-01"), date("2026-03-01"))', "59"), ('days_between(date("2026-03-01"), date("2026-02-28"))', "-1")),
    ),
    Function(
        "working_days_between", ("date|datetime", "date|datetime"), lambda args: number(8, 0, blank=any(each.blank for each in args)), "passes",
        _text_of("How many working days of the company's calendar come after the first until the second, which counts.", "从第一个日期之后到第二个日期（含）的工作日天数，按公司日历计算"),
        (('working_days_between(date("2026-11-20"), date("2026-11-23"))', "1"), ('working_days_between(date("2026-11-27"), date("2026-11-20"))', "-5")), frozenset({"python"}),
    ),
    Function(
        "hours_between", ("datetime", "datetime"), lambda args: number(14, 2, blank=any(each.blank for each in args)), "passes",
        _text_of("How many hours from the first to the second, to the hundredth.", "从第一个到第二个相差的小时数（两位小数）"),
        (("hours_between(now(), add_hours(now(), 2))", "2.00"), ("hours_between(now(), add_days(now(), -1))", "-24.00")), NOT_SQL,
    ),
    *(
        Function(
            name, ("date",), lambda args, digits=digits: number(digits, 0, blank=args[0].blank), "passes", _text_of(en, zh), examples  # type: ignore[misc]
        )
        for name, digits, en, zh, examples in (
            ("year", 4, "The year.", "年份", (('year(date("2026-01-31"))', "2026"), ("is_blank(year(null))", True))),
            ("month", 2, "The month, 1 to 12.", "月份（1–12）", (('month(date("2026-12-31"))', "12"), ('month(date("2026-01-31"))', "1"))),
            ("day", 2, "The day of the month.", "几号", (('day(date("2026-12-31"))', "31"), ('day(date("2026-01-01"))', "1"))),
            ("weekday", 1, "The day of the week: 1 is Monday, 7 Sunday.", "星期几（1 为周一，7 为周日）", (('weekday(date("2026-11-22"))', "7"), ('weekday(date("2026-11-23"))', "1"))),
        )
    ),
    *(
        Function(name, ("date",), _first, "passes", _text_of(en, zh), examples)
        for name, en, zh, examples in (
            ("start_of_month", "The first day of its month.", "所在月份的第一天", (('start_of_month(date("2026-02-15"))', "2026-02-01"), ('start_of_month(date("2026-02-01"))', "2026-02-01"))),
            ("end_of_month", "The last day of its month.", "所在月份的最后一天", (('end_of_month(date("2024-02-15"))', "2024-02-29"), ('end_of_month(date("2026-12-01"))', "2026-12-31"))),
            ("start_of_week", "The Monday of its week.", "所在周的周一", (('start_of_week(date("2026-11-22"))', "2026-11-16"), ('start_of_week(date("2026-11-23"))', "2026-11-23"))),
            ("start_of_year", "The first day of its year.", "所在年份的第一天", (('start_of_year(date("2026-11-22"))', "2026-01-01"), ('start_of_year(date("2026-01-01"))', "2026-01-01"))),
        )
    ),
    Function(
        "has_any", ("choices", "list"), _fixed(BOOL), "never", _text_of("Whether the list holds one of these.", "列表是否包含其中任意一个"),
        (('has_any(null, ["a"])', False), ('not has_any(null, ["a", "b"])', True)),
    ),
    Function(
        "has_all", ("choices", "list"), _fixed(BOOL), "never", _text_of("Whether the list holds all of these.", "列表是否包含全部这些"),
        (('has_all(null, ["a"])', False), ('not has_all(null, ["a"])', True)),
    ),
    Function(
        "count", ("choices|refs",), lambda _: _count(9), "never", _text_of("How many the list holds.", "列表中的个数"),
        (("count(null)", "0"), ("count(null) + 1", "1")),
    ),
)  # fmt: skip

FUNCTIONS: Mapping[str, Function] = MappingProxyType({each.name: each for each in _TABLE})
"""By name. `is_new is_changed changed_to has_role is_mine completeness` are read by the checker itself: see `check`."""

OF_RECORD: Mapping[str, Text] = MappingProxyType(
    {
        "is_new()": _text_of("Whether the record is being created.", "记录是否正在新建"),
        "is_changed(field)": _text_of("Whether the save changes the field; true of every field of a new record.", "本次保存是否改变该字段；新建时恒为真"),
        "changed_to(field, value)": _text_of("Whether the save changes the field to this value.", "本次保存是否把该字段改为此值"),
        "has_role(name)": _text_of("Whether the acting person has the role.", "当前用户是否拥有该角色"),
        "is_mine()": _text_of("Whether the acting person owns the record.", "记录负责人是否为当前用户"),
        "completeness()": _text_of("The share of the weights of its fields that are filled, in percent; what a condition hides is left out.", "已填字段权重占总权重的百分比；被条件隐藏的字段不计"),
    }
)  # fmt: skip

OF_RELATED: Mapping[str, Text] = MappingProxyType(
    {
        "count_of(list where …)": _text_of("How many related records there are.", "相关记录的条数"),
        "exists(list where …)": _text_of("Whether there is one.", "是否存在相关记录"),
        "sum_of(list.field where …)": _text_of("The sum of a field; 0 of none.", "某字段的合计；没有记录时为 0"),
        "min_of(list.field where …)": _text_of("The least value; blank of none.", "最小值；没有记录时为空"),
        "max_of(list.field where …)": _text_of("The greatest value; blank of none.", "最大值；没有记录时为空"),
        "latest_of(list.field where …)": _text_of("The field of the newest record.", "最新一条记录的该字段"),
    }
)  # fmt: skip
"""Values over related records. Names behind `where` are theirs."""
