"""Texts of teams of records."""

from __future__ import annotations

TEAMS: dict[str, tuple[str, str]] = {
    "team.title": ("Colleagues", "协作人"),
    "team.who": ("Colleague", "同事"),
    "team.place": ("Place", "协作身份"),
    "team.give": ("Share", "共享"),
    "team.take": ("Take away", "移除"),
    "team.take_of": ("Take away: {who}", "移除：{who}"),
    "team.given": ("Given by {who}, {at}", "由{who}于{at}添加"),
    "team.nothing": ("No place any more", "已移出"),
    "team.was_given": ("Shared. Your colleague is told of it.", "已共享，并已通知对方。"),
    "team.was_left": ("You gave your place up.", "您已退出协作。"),
    "team.was_taken": ("The place was taken away.", "已移除。"),
}
