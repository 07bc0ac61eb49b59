"""Texts of the page that shows the parts of pages."""

from __future__ import annotations

DESIGN = {
    "design.title": ("Parts of pages", "界面组件"),
    "design.help": (
        "Every part that pages are made of, in both themes. Change one here before you change it on a page.",
        "两种主题下的全部界面组件。修改页面之前，请先在此处调整组件。",
    ),
    "design.light": ("Light", "浅色"),
    "design.dark": ("Dark", "深色"),
    "design.type": ("Type", "文字"),
    "design.buttons": ("Buttons and chips", "按钮与标签"),
    "design.marks": ("Badges, avatars and icons", "徽标、头像与图标"),
    "design.cells": ("Values", "数值"),
    "design.inputs": ("Inputs", "输入框"),
    "design.said": ("Notes, toasts and dialogs", "提示、通知与对话框"),
    "design.cards": ("Cards, tabs and tables", "卡片、页签与表格"),
    "design.charts": ("Charts", "图表"),
    "design.name": ("Hainan Precision Works", "海纳精工股份有限公司"),
    "design.person": ("Lin Xiaoyu", "林晓雨"),
    "design.text": (
        "A sentence as people write it: two lines at least, so that its measure and its line height can be seen.",
        "一段普通的文字，至少两行，以便查看行宽与行高。一段普通的文字，至少两行，以便查看行宽与行高。",
    ),
    "design.do": ("Do it", "执行"),
    "design.wrong": ("This is not a number: write 1,860,000.", "不是有效数字，请输入如 1,860,000 的数值。"),
    "design.kind": ("Kind", "类型"),
    "design.shown": ("As it is shown", "显示效果"),
}
