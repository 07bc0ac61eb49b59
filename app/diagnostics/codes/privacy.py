"""CFG455 to CFG460, CFG462: data of people, how long it is kept, and what they agreed to."""

from __future__ import annotations

from app.diagnostics.codes.code import error, warning

PRIVACY = (
    warning(
        "CFG455",
        ("An unknown kind of personal data", "未知的个人信息类别"),
        (
            "The register of personal data groups by these kinds. One that is not known is listed under Other.",
            "个人信息清单按类别归类；未知类别会列入“其他”。",
        ),
    ),
    warning(
        "CFG456",
        ("Personal data that is kept without an end", "个人信息没有保存期限"),
        (
            (
                "Data of people may be kept as long as its purpose needs it. Write `retention: {after: 5 years, action: "
                "anonymise}` at the entity, `personal: {…, retention: 5 years}` at the field, or `kept_by_law:` with the reason."
            ),
            (
                "个人信息的保存期限应为实现目的所必需的最短时间。请在实体上写 `retention: {after: 5 years, action: anonymise}`，"
                "或在字段上写 `personal: {…, retention: 5 years}`；法律要求保留的，请用 `kept_by_law:` 写明理由。"
            ),
        ),
    ),
    error(
        "CFG457",
        ("A retention that can't be carried out", "无法执行的保存期限"),
        (
            "`since` names a date of the record; parts go with their whole; `archive` needs a bin.",
            "`since` 须为记录的日期字段；明细随主记录一起处理；`archive` 需要回收站。",
        ),
    ),
    error(
        "CFG458",
        ("Personal, but not entered by anybody", "标记为个人信息的字段不是录入的值"),
        (
            "Computed fields, numbers and stages can't be erased by themselves. Mark the fields that they follow from.",
            "计算字段、编号和阶段无法单独删除。请标记它们所依据的字段。",
        ),
    ),
    warning(
        "CFG459",
        ("A retention that meets what the law keeps", "保存期限涉及依法保留的记录"),
        (
            "A cascade leads to an entity with `kept_by_law`. Records on which such ones hang are not put away.",
            "级联删除会涉及带 `kept_by_law` 的实体。关联着这类记录的记录不会被清理。",
        ),
    ),
    error(
        "CFG460",
        ("A consent that nobody gives", "无人作出的同意"),
        (
            "Consent is an act of a person. A default, a backfill or a formula gives it without one, and parts keep no record of it.",
            "同意须由本人作出。默认值、回填或公式会在无人同意的情况下写入；明细记录不保存同意的凭据。",
        ),
    ),
    warning(
        "CFG462",
        ("A marketing mail that asks for no consent", "营销邮件未检查同意"),
        (
            (
                "The entity keeps consents, and none of them is to marketing. Name a field by `consent:` of the template, or give "
                "one the purpose `marketing`: then all marketing mails and mails to many ask for it."
            ),
            (
                "该实体记录了同意，但没有用于营销的同意。请在模板中用 `consent:` 指定字段，或将某个同意的 purpose 设为 `marketing`："
                "此后所有营销邮件和群发邮件都会检查它。"
            ),
        ),
    ),
)
