"""CFG47x: several currencies."""

from __future__ import annotations

from app.diagnostics.codes.code import error, warning

CURRENCIES = (
    error(
        "CFG471",
        ("Unknown currency", "未知的币种"),
        (
            "Currencies are written by their code of three letters in ISO 4217, such as CNY, USD or EUR.",
            "币种使用 ISO 4217 的三位字母代码，例如 CNY、USD、EUR。",
        ),
    ),
    error(
        "CFG472",
        ("Not a currency of the company", "不是公司使用的币种"),
        (
            "What an entity allows is the company's currency or one of the `others` in pack.yaml: only these have rates.",
            "实体允许的币种必须是公司本位币，或 pack.yaml 中 `others` 列出的币种：只有这些币种才有汇率。",
        ),
    ),
    error(
        "CFG473",
        ("The rate date is no date", "汇率日期不是日期字段"),
        (
            "`rate_date` names a field of type date of the same entity; without it the rate of the day of the change counts.",
            "`rate_date` 必须是同一实体中类型为 date 的字段；不填写时使用更改当天的汇率。",
        ),
    ),
    warning(
        "CFG474",
        ("Currencies without money", "没有金额却设置了币种"),
        (
            "The entity says `currency:` but has no field of type money that could be in one.",
            "该实体设置了 `currency:`，但没有 money 类型的字段。",
        ),
    ),
    error(
        "CFG475",
        ("A name that several currencies need", "名称被多币种占用"),
        (
            (
                "An entity with `currency:` gets the field `currency`, and beside each amount its value in the company's "
                "currency (`amount_company`); the entity of rates needs `currency`, `valid_from` and `rate`. Use other names "
                "for your own fields, or leave the types of these as they are."
            ),
            (
                "设置了 `currency:` 的实体会自动获得字段 `currency`，每个金额旁还有折合本位币的值（`amount_company`）；"
                "汇率实体需要 `currency`、`valid_from` 和 `rate`。请为自己的字段另取名称，或保持这些字段的类型。"
            ),
        ),
    ),
    error(
        "CFG476",
        ("A part has the currency of its whole", "组成部分使用整体的币种"),
        (
            "`currency: {}` at a part says that its amounts are in the currency of the record that it is part of, by its rate.",
            "在组成部分上写 `currency: {}`，表示其金额使用所属记录的币种和汇率。",
        ),
    ),
)
