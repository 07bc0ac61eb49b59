"""CFG448: service levels."""

from __future__ import annotations

from app.diagnostics.codes.code import error

SERVICE_LEVELS = (
    error(
        "CFG448",
        ("A service level that can't be kept", "服务时限无法生效"),
        (
            (
                "Of the targets the first counts whose `when` holds: what stands behind one without `when` never does. The "
                "warning comes before the time is over, and after it has begun: `warn: {before: 1 working hour}` for a target "
                "within 4 working hours."
            ),
            (
                "目标按顺序匹配，第一个满足 `when` 的生效；排在没有 `when` 的目标之后的目标永远不会生效。预警须在计时开始之后、到期之前，"
                "例如时限为 4 个工作小时的目标可写 `warn: {before: 1 working hour}`。"
            ),
        ),
    ),
)
