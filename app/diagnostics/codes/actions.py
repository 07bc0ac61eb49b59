"""CFG486 to CFG488: what automations do."""

from __future__ import annotations

from app.diagnostics.codes.code import error, warning

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
    error(
        "CFG487",
        ("Automations start each other without end", "自动化无休止地互相触发"),
        (
            (
                "Each of them makes a record that starts the next one, and the last one starts the first, whatever the records hold. At "
                "run time a chain is stopped after eight automations, and the log shows it; but nobody wants these records. A `when` on "
                "one of them says where it ends."
            ),
            (
                "其中每个自动化新建的记录都会触发下一个，最后一个又触发第一个，与记录内容无关。运行时自动化链达到八个后会停止并记入日志，"
                "但这些记录并无用处。请在其中一个上用 `when` 写明何时结束。"
            ),
        ),
    ),
    warning(
        "CFG488",
        ("Automations may start each other in a circle", "自动化可能循环触发"),
        (
            (
                "What the last of them does may start the first again, and each time something may be different: a formula reads what they "
                "write, two of them write the same field differently, or records are made. Where a condition ends it, all is well; else "
                "the chain is stopped after eight automations, which the log shows."
            ),
            (
                "最后一个自动化的动作可能再次触发第一个，而且每次都可能产生变化：公式读取了它们写入的字段，两个自动化对同一字段写入不同的值，"
                "或新建了记录。若有条件使其结束则没有问题；否则自动化链达到八个后会停止，并记入日志。"
            ),
        ),
    ),
)
