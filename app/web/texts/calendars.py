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
    "calendar.previous": ("Earlier", "上一段"),
    "calendar.next": ("Later", "下一段"),
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
    "feeds.subscribe": ("Subscribe", "订阅"),
    "feeds.title": ("Calendar addresses", "日历订阅地址"),
    "feeds.help": (
        "A calendar that knows such an address shows what you see here, to whoever has it. It ends when API keys do.",
        "日历软件凭此地址显示您在此可见的内容，知道地址的人均可查看。API 密钥失效时地址一并失效。",
    ),
    "feeds.calendar": ("Calendar", "日历"),
    "feeds.name": ("Where it is used", "用于何处"),
    "feeds.name_wrong": (
        "Say where it is used, in at most {limit} characters.",
        "请填写用于何处，最多 {limit} 个字符。",
    ),
    "feeds.make": ("Make an address", "生成地址"),
    "feeds.made": ("Keep this address now", "请立即保存此地址"),
    "feeds.made_help": (
        "It is shown only now. Subscribe to it in your calendar: 90 days back to a year ahead, to read. Give it to nobody.",
        "地址仅显示这一次。请在日历软件中订阅此地址：过去90天至未来一年，只读。请勿转给他人。",
    ),
    "feeds.none": ("No addresses", "暂无地址"),
    "feeds.none_help": (
        "Your phone shows a calendar from here once it has an address of it.",
        "手机获得地址后即可显示此处的日历。",
    ),
    "feeds.closed": ("not open to you", "无权查看"),
    "feeds.too_many": (
        "You have as many addresses as one may have. Revoke one first.",
        "地址数量已达上限，请先撤销一个。",
    ),
    "feeds.none_there": ("There is no such calendar, or it has ended.", "日历不存在或已失效。"),
    "feeds.step": (
        "Log in on the web page first: the password is too old, a second factor is missing, or the last login is too long ago.",
        "请先在网页登录：密码已过期、尚未设置双因素验证，或距上次登录过久。",
    ),
    "profile.feed_ended": ("The address is revoked.", "地址已撤销。"),
    "calendar.none": ("Nothing here in this time.", "这段时间没有记录。"),
    "calendar.too_many_now": (
        "The first {count} are shown, those from today on before what is over. Filters or fewer days show the rest.",
        "仅显示 {count} 条，优先显示今天及以后的。请使用筛选，或缩短显示范围。",
    ),
    "calendar.too_many": (
        "The first {count} are shown. Filters or fewer days show the rest.",
        "仅显示前 {count} 条。请使用筛选，或缩短显示范围。",
    ),
}
