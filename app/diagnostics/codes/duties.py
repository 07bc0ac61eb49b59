"""CFG483, CFG498: people's work that comes by itself, and time in tests of packs."""

from __future__ import annotations

from app.diagnostics.codes.code import error

DUTIES = (
    error(
        "CFG483",
        ("Reviews can't make tasks", "复查无法生成任务"),
        (
            (
                "A review makes a task for each record. For that the pack needs an entity `task` with a name that can be "
                "written, a field `due` of type date and a field `status` of type picklist with an option `done`; whatever "
                "else it requires has a default."
            ),
            (
                "复查会为每条记录生成任务。配置包需要实体 `task`：名称字段可填写，有 date 类型的 `due` 字段和含选项 `done` 的 "
                "picklist 类型 `status` 字段；其他必填字段须有默认值。"
            ),
        ),
    ),
    error(
        "CFG498",
        ("Time goes back in a test", "测试中的时间倒退"),
        (
            "`until` names a moment that is not before `now` of the test, nor before an `until` above it.",
            "`until` 指定的时刻不能早于测试的 `now`，也不能早于前面的 `until`。",
        ),
    ),
)
