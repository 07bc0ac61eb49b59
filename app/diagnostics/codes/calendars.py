"""CFG48x: working hours and holidays; records on a calendar."""

from __future__ import annotations

from app.diagnostics.codes.code import error

CALENDARS = (
    error(
        "CFG481",
        ("A calendar can't be followed", "工作日历无法使用"),
        (
            (
                "Hours of a day are written from the earlier to the later, each after the one before it; hours past midnight "
                "are two. A calendar has some working hours. `country` is an ISO 3166 code whose holidays are known. Each line "
                "of the file under `extra` is `date,name,workday` or `date,name,holiday`, each date once; days on which one "
                "works after all, such as China's make-up days, are workdays."
            ),
            (
                "一天的工作时段按先后书写，互不重叠；跨过午夜的时段要拆成两段。日历至少要有一段工作时间。"
                "`country` 是已知节假日的 ISO 3166 国家代码。`extra` 文件的每一行为 `日期,名称,workday` 或 `日期,名称,holiday`，"
                "每个日期只出现一次；调休上班日写作 workday。"
            ),
        ),
    ),
    error(
        "CFG482",
        ("A view can't be shown as a calendar", "视图无法显示为日历"),
        (
            (
                "A calendar begins at a date or datetime field. It ends at another of the same kind, or after a duration where it "
                "begins at a moment. `color_by` is a picklist or a stage, whose options say the colours. None of them is encrypted."
            ),
            (
                "日历的 `start` 是日期或日期时间字段；`end` 是同类的另一个字段，`start` 为日期时间时也可以是时长字段。"
                "`color_by` 是选项列表或阶段字段，颜色由其选项决定。这些字段都不能加密。"
            ),
        ),
    ),
)
