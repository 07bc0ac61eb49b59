"""CFG486: what automations do."""

from __future__ import annotations

from app.diagnostics.codes.code import error

ACTIONS = (
    error(
        "CFG486",
        ("An action that can't be carried out", "无法执行的动作"),
        (
            (
                "The action would be refused for every record. It writes a field that is computed or that the system keeps, makes "
                "a record without something that is required, tags records that have no field of type tags, is given to a path that "
                "leads to no person, works on a record that is deleted, or names an approval, review or form of another entity. "
                "Where several lookups of a new record could lead to the one that started it, state the others in `values`."
            ),
            (
                "该动作对任何记录都会被拒绝：写入由系统计算或维护的字段，新建记录时缺少必填内容，给没有 tags 类型字段的实体打标签，"
                "负责人或收件人路径不指向人员，处理已删除的记录，或引用了其他实体的审批、复查或表单。"
                "新记录有多个关联字段可指向触发记录时，须在 `values` 中写明其余字段。"
            ),
        ),
    ),
)
