"""Texts of reports, charts and the cards of the start page."""

from __future__ import annotations

CHARTS: dict[str, tuple[str, str]] = {
    "charts.reports": ("Reports", "报表"),
    "charts.reports_help": (
        "Figures of what you may see. Each opens its list.",
        "按您可查看的数据统计，点击数字可打开对应列表。",
    ),
    "charts.no_reports": ("No reports", "暂无报表"),
    "charts.no_reports_help": (
        "Reports of the configuration that are for you appear here.",
        "配置中您可查看的报表会显示在这里。",
    ),
    "charts.count": ("Number", "数量"),
    "charts.total": ("Total", "合计"),
    "charts.blank": ("(none)", "（空）"),
    "charts.table": ("As a table", "以表格查看"),
    "charts.table_of": ("{what}, as a table", "{what}（表格）"),
    "charts.png": ("Save as picture", "保存为图片"),
    "charts.print": ("Print", "打印"),
    "charts.measure": ("Figure", "指标"),
    "charts.nothing": ("Nothing to count yet", "暂无数据"),
    "charts.nothing_help": ("There are no records of this kind that you may see.", "没有您可查看的相关记录。"),
    "charts.cut": ("Only {most} are shown in each direction.", "每个方向最多显示 {most} 项。"),
    "charts.partial": ("There are too many figures to add up. Ask for fewer.", "数据过多，无法合计，请缩小范围。"),
    "charts.series_cut": (
        "The chart shows the first {most}; the table has all.",
        "图表仅显示前 {most} 项，表格显示全部。",
    ),
    "charts.funnel_help": ("Bar: {whole}. Dark part: {part}.", "条形为{whole}，深色部分为{part}。"),
    "charts.open": ("Open", "查看"),
}
