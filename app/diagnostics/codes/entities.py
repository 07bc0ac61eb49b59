"""CFG43x and CFG44x: what entities, picklists, pipelines and roles say, taken together."""

from __future__ import annotations

from app.diagnostics.codes.code import error, warning

ENTITIES = (
    error(
        "CFG431",
        ("An option stands twice in the tree", "选项在树中出现两次"),
        (
            "Options that are nested stand beside the others, each naming its parent: their keys must differ.",
            "嵌套的选项与其他选项并列，各自指明上级：它们的键不能相同。",
        ),
    ),
    error(
        "CFG432",
        ("The options do not depend on what they name", "选项的依赖关系不成立"),
        (
            (
                "`parent` of an option is an option of the field that `depends_on` names, or of its own list where no field "
                "depends on another; `replaced_by` is another option of the same list. A field with `depends_on` needs options "
                "that name a parent."
            ),
            "选项的 `parent` 必须是 `depends_on` 所指字段的选项；没有依赖时则为本列表的选项。`replaced_by` 必须是同一列表中的另一个选项。",
        ),
    ),
    error(
        "CFG433",
        ("The pipelines of a field stand in the wrong order", "同一字段的流程顺序不对"),
        (
            "A record follows the first pipeline whose `when` holds: all but the last need a `when`, and the last has none.",
            "记录采用第一个 `when` 成立的流程：除最后一个外都要有 `when`，最后一个不能有。",
        ),
    ),
    error(
        "CFG434",
        ("Two transitions speak of one move", "两个转换针对同一移动"),
        (
            (
                "For one pair of stages there is one transition; one without `from` is about every move from an open stage. "
                "A transition leads to another stage."
            ),
            "每一对阶段只能有一个转换；没有 `from` 的转换针对从所有进行中阶段出发的移动。转换必须通向另一个阶段。",
        ),
    ),
    warning(
        "CFG435",
        ("A stage that no record reaches or leaves", "阶段无法到达或无法离开"),
        (
            (
                "Follow `moves` and the transitions from the first stage: every stage ought to be reached, and an open one left. "
                "Leaving a closed stage always needs a transition that names it."
            ),
            "请从第一个阶段起检查 `moves` 和转换：每个阶段都应能到达，进行中的阶段都应能离开。离开已关闭的阶段必须有指明它的转换。",
        ),
    ),
    warning(
        "CFG436",
        ("A role may enter a stage but not fill what it needs", "角色能进入阶段却无法填写所需字段"),
        (
            "People who have this role alone will be refused. Grant the field with write, or don't let the role move records there.",
            "只有该角色的人将被拒绝。请授予该字段的写权限，或不允许该角色移动记录。",
        ),
    ),
)
