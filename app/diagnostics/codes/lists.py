"""CFG46x: fields that hold a list, and lookups to one of several entities."""

from __future__ import annotations

from app.diagnostics.codes.code import error

LISTS = (
    error(
        "CFG461",
        ("A list of values can't be used like this", "多值字段不能这样使用"),
        (
            (
                "A field that holds a list (`many: true`, tags) or points to one of several entities can't be unique, part of "
                "a key or sorted by. Only links of many have `link_fields`; they never cascade. "
                "Rich text, addresses and JSON can't be part of a key or sorted by either; a place can't be sorted by."
            ),
            (
                "保存多个值的字段（`many: true`、标签）或指向多种实体之一的查找字段，不能设为唯一、不能作为键的一部分，也不能用于排序。"
                "只有多值关联可以有 `link_fields`；多值关联不能级联删除。"
                "富文本、地址和 JSON 也不能作为键的一部分或用于排序；位置不能用于排序。"
            ),
        ),
    ),
)
