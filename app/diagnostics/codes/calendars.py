"""CFG48x: working hours and holidays."""

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
)
