"""Texts of the frame around all pages: errors and what has no area of its own."""

from __future__ import annotations

CORE: dict[str, tuple[str, str]] = {
    "error.400.title": ("This request can’t be read", "无法识别该请求"),
    "error.400.text": ("Go back and try again.", "请返回后重试。"),
    "error.403.title": ("You may not do this", "您没有此操作的权限"),
    "error.403.text": ("If you need it for your work, ask your administrator.", "如工作需要，请联系管理员。"),
    "error.404.title": ("Not found", "未找到"),
    "error.404.text": (
        "It does not exist, was deleted, or is not yours to see.",
        "内容不存在、已被删除，或您无权查看。",
    ),
    "error.405.title": ("This can’t be done here", "此处不支持该操作"),
    "error.405.text": ("Go back and try again.", "请返回后重试。"),
    "error.413.title": ("Too large", "内容过大"),
    "error.413.text": ("At most {limit} MB can be sent at once.", "一次最多可发送 {limit} MB。"),
    "error.429.title": ("Too many requests", "请求过于频繁"),
    "error.429.text": ("Wait a moment and try again.", "请稍候再试。"),
    "error.500.title": ("Something went wrong", "出错了"),
    "error.500.text": (
        "It was noted. If you report it, give this number: {id}",
        "错误已被记录。如需反馈，请提供此编号：{id}",
    ),
    "error.504.title": ("This takes too long", "查询耗时过长"),
    "error.504.text": (
        "It was stopped, so that others can go on working. Ask for less: filter the list, or look for a whole word.",
        "为不影响他人使用，该查询已中止。请缩小范围：筛选列表，或输入更完整的关键词。",
    ),
    "error.503.title": ("Just being updated", "正在更新"),
    "error.503.text": ("Try again in a few seconds.", "请几秒后重试。"),
    "error.503.kept": ("What you entered is kept: send it again.", "您输入的内容已保留，请重新提交。"),
    "error.503.files": ("Choose files once more.", "文件需要重新选择。"),
    "error.503.again": ("Send again", "重新提交"),
    "error.home": ("To the start page", "返回首页"),
    "error.back": ("Back", "返回"),
}
