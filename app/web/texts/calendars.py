"""Texts of calendars of records."""

from __future__ import annotations

CALENDARS: dict[str, tuple[str, str]] = {
    "list.as_calendar": ("Calendar", "日历"),
    "calendar.title": ("Calendar", "日历"),
    "calendar.which": ("Calendars", "日历列表"),
    "calendar.per": ("Show by", "显示范围"),
    "calendar.day": ("Day", "日"),
    "calendar.week": ("Week", "周"),
    "calendar.month": ("Month", "月"),
    "calendar.today": ("Today", "今天"),
    "calendar.previous": ("Before", "上一段"),
    "calendar.next": ("After", "下一段"),
    "calendar.of": ("{what}, {when}", "{what}，{when}"),
    "calendar.rest": ("{count} more", "还有 {count} 条"),
    "calendar.rest_of": ("{count} more on {day}", "{day}还有 {count} 条"),
    "calendar.new_on": ("New on {day}", "在{day}新建"),
    "calendar.holiday": ("Day off", "休"),
    "calendar.workday": ("Workday", "班"),
    "calendar.continued": ("{name} (continued)", "{name}（续）"),
    "calendar.legend": ("Colours by {field}", "颜色：{field}"),
    "calendar.help": (
        "Space lifts, the arrow keys move, Shift with up and down changes the length, Space puts down, Escape puts back.",
        "按空格键拿起，方向键移动，Shift 加上下键调整时长，再按空格键放下，Esc 键放回。",
    ),
    "calendar.length": ("{minutes} minutes long", "时长 {minutes} 分钟"),
    "calendar.stays": ("“{name}” stays as it was.", "“{name}”未更改。"),
    "calendar.move": ("Another time for {name}", "为“{name}”改期"),
    "calendar.move_title": ("Move to another time", "改期"),
    "calendar.none": ("Nothing here in this time.", "这段时间没有记录。"),
    "calendar.too_many": (
        "The first {count} are shown. Filters or fewer days show the rest.",
        "仅显示前 {count} 条。请使用筛选，或缩短显示范围。",
    ),
}
