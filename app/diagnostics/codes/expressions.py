"""EXP1xx: expressions, wherever they stand."""

from __future__ import annotations

from app.diagnostics.codes.code import error, warning

EXPRESSIONS = (
    error(
        "EXP101",
        ("The expression can't be read", "表达式无法解析"),
        (
            (
                "Something is missing, or stands where it means nothing. Words are `and or not in has`, texts stand in quotes. "
                "In YAML put an expression that holds quotes, `: ` or ` #` into single quotes, or write it below `|`."
            ),
            (
                "缺少内容，或出现了没有意义的符号。可用的连接词是 `and or not in has`，文本要加引号。"
                "在 YAML 中，若表达式含引号、`: ` 或 ` #`，请整体放入单引号，或写在 `|` 之下。"
            ),
        ),
    ),
    error(
        "EXP102",
        ("There is no such name", "名称不存在"),
        (
            (
                "Names in an expression are fields of the record, of records behind its lookups (`account.level`), of the "
                "acting person (`user.department`), and related lists within `count_of(…)` and the like."
            ),
            (
                "表达式中的名称是：本记录的字段、查找字段所指记录的字段（`account.level`）、当前用户的字段（`user.department`），"
                "以及 `count_of(…)` 等函数中的相关列表。"
            ),
        ),
    ),
    error(
        "EXP103",
        ("There is no such function", "函数不存在"),
        ("The reference of the language lists all functions.", "所有函数见语言参考。"),
    ),
    error(
        "EXP104",
        ("Types don't fit together", "类型不匹配"),
        (
            (
                "Only values of one kind are compared or calculated with: numbers with numbers, dates with dates. A condition "
                "is a comparison or a question, not a value."
            ),
            "只有同类的值才能比较或运算：数字与数字、日期与日期。条件应是比较或判断，而不是一个值。",
        ),
    ),
    error(
        "EXP105",
        ("An option, role or format does not exist", "选项、角色或格式不存在"),
        (
            "Options and stages are compared by their key, never by their label.",
            "选项和阶段按键名比较，而不是按显示名称。",
        ),
    ),
    error(
        "EXP106",
        ("The number of arguments is wrong", "参数个数不对"),
        ("The hint shows how the function is called.", "提示中给出了函数的写法。"),
    ),
    error(
        "EXP107",
        ("It can't be used in this place", "此处不能使用"),
        (
            (
                "Conditions of forms and rules run in the browser too, and see the record and one lookup further. "
                "Filters (`where`) run in the database, and know nothing of a save. Formulas may use everything."
            ),
            (
                "表单和规则的条件也在浏览器中运行，只能使用本记录和一层查找字段；"
                "筛选条件（`where`）在数据库中运行，不了解保存过程；公式可以使用全部功能。"
            ),
        ),
    ),
    error(
        "EXP108",
        ("The expression is too large", "表达式过大"),
        (
            (
                "At most 2,000 characters, 300 parts, 40 levels, 200 values in a list and 3 lookups in a path. Store a part of "
                "it as a formula field, and use that."
            ),
            "最多 2,000 个字符、300 个组成部分、40 层嵌套、列表 200 个值、路径 3 层查找。请把一部分存为公式字段再引用。",
        ),
    ),
    error(
        "EXP109",
        ("The result has the wrong type", "结果类型不对"),
        (
            "A condition gives true or false; a formula gives what its field holds.",
            "条件应得出真或假；公式的结果应与字段类型一致。",
        ),
    ),
    error(
        "EXP110",
        ("A full-width sign", "使用了全角符号"),
        (
            'Outside of texts in quotes the signs of expressions are ASCII: ( ) , = " instead of （ ） ， ＝ “.',
            '除引号内的文本外，表达式的符号须为半角：( ) , = " 而不是 （ ） ， ＝ “。',
        ),
    ),
    error(
        "EXP111",
        ("Comparisons follow on each other", "连续比较"),
        ("Write `a < b and b < c`.", "请写作 `a < b and b < c`。"),
    ),
    error(
        "EXP112",
        ("There is no order of these", "这些值没有大小顺序"),
        (
            "Which text comes first differs between languages; only numbers, dates and moments are compared by `<` and `>`.",
            "文本的先后次序因语言而异；只有数字、日期和时刻能用 `<`、`>` 比较。",
        ),
    ),
    error(
        "EXP113",
        ("Nothing follows behind this name", "该名称之后不能再接字段"),
        (
            (
                "A point leads through a lookup of one record. Of a stage `category` and `probability` are known; behind a lookup "
                "to several entities `entity`, `name` and `owner`, which all of them have."
            ),
            (
                "点号只能通过指向单条记录的查找字段继续；阶段之后可用 `category` 和 `probability`；"
                "指向多种实体的查找字段之后可用各实体共有的 `entity`、`name` 和 `owner`。"
            ),
        ),
    ),
    error(
        "EXP115",
        ("Not a date", "不是日期"),
        ('Write it as `date("2026-01-31")`.', '请写作 `date("2026-01-31")`。'),
    ),
    error(
        "EXP116",
        ("Formulas depend on each other in a circle", "公式循环依赖"),
        (
            "None of them could be computed first. Break the circle: let one of the fields be entered.",
            "无法确定先计算哪一个。请打破循环，例如让其中一个字段由人填写。",
        ),
    ),
    warning(
        "EXP117",
        ("A rule compares a field that can be blank", "规则比较了可能为空的字段"),
        (
            (
                "A comparison by `<` or `>` with a blank never holds, so that the rule refuses records whose field is blank. "
                "If blanks are fine write `is_blank(x) or …`; if they are not, write `not is_blank(x) and …` or require the field."
            ),
            (
                "与空值用 `<`、`>` 比较永不成立，因此字段为空的记录会被规则拒绝。"
                "若允许为空，请写 `is_blank(x) or …`；若不允许，请写 `not is_blank(x) and …` 或把字段设为必填。"
            ),
        ),
    ),
    error(
        "EXP118",
        ("The rule can never hold", "规则永远不成立"),
        (
            "Whatever is entered, the rule refuses the record.",
            "无论填写什么，该规则都会拒绝记录。",
        ),
    ),
)
