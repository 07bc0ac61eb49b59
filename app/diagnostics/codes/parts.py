"""CFG45x: records that are part of another, and values that a lookup fills in."""

from __future__ import annotations

from app.diagnostics.codes.code import error

PARTS = (
    error(
        "CFG451",
        ("A part does not stand for itself", "组成部分不能独立存在"),
        (
            (
                "`parent: {field: quote, part: true}` makes records part of another: the lookup is required and points to an "
                "entity that is no part itself. A part has no stages, no list and no menu entry, and nothing points to it."
            ),
            (
                "`parent: {field: quote, part: true}` 使记录成为另一记录的组成部分：该查找字段必填，且所指实体本身不是组成部分。"
                "组成部分没有阶段、列表和菜单项，其他字段也不能指向它。"
            ),
        ),
    ),
    error(
        "CFG452",
        ("What is filled does not fit", "带入的值不匹配"),
        (
            (
                "`fills: {price: list_price}` copies `list_price` of the chosen record into `price`: both hold the same kind of "
                "value; lookups point to one entity, and options come from one shared picklist."
            ),
            (
                "`fills: {price: list_price}` 会把所选记录的 `list_price` 带入 `price`：两者的值类型相同，"
                "查找字段指向同一实体，选项来自同一选项列表。"
            ),
        ),
    ),
    error(
        "CFG453",
        ("A part has the access of its whole", "组成部分沿用整体的权限"),
        (
            "Whoever may read the whole reads its parts, and who may update it changes them. A role says only `fields:` of a part.",
            "能读取整体的人即可读取其组成部分，能修改整体的人即可修改。角色对组成部分只能写 `fields:`。",
        ),
    ),
)
