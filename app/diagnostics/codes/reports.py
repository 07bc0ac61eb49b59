"""CFG463: reports, and the cards that show them."""

from __future__ import annotations

from app.diagnostics.codes.code import error

REPORTS = (
    error(
        "CFG463",
        ("A report can't be worked out", "报表无法计算"),
        (
            (
                "Sums and averages are of numbers; the smallest and the greatest of numbers or dates; `per` goes with dates. "
                "Records are grouped by fields with one value that a database can compare. A card compares the figure of a "
                "report that has a dimension with `per`."
            ),
            (
                "求和与平均只适用于数字，最小值与最大值适用于数字或日期，`per` 只用于日期。分组字段须为数据库可比较的单值字段。"
                "卡片的 `compare` 要求报表有带 `per` 的维度。"
            ),
        ),
    ),
)
