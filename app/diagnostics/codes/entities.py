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
    warning(
        "CFG437",
        ("A variant that nobody sees", "无人可见的布局变体"),
        (
            "The first variant counts whose roles fit. Move this one before the others, or give it other roles.",
            "采用第一个角色相符的变体。请把此变体移到其他变体之前，或改用其他角色。",
        ),
    ),
    error(
        "CFG438",
        ("The value would come from two places", "值有两个来源"),
        (
            (
                "A field is computed by a `formula` or by `points`, and then has no `default`; `override` is for computed fields. "
                "Points count whole numbers or decimals, and bands rise from the lowest to the last, which has no `below`."
            ),
            (
                "字段由 `formula` 或 `points` 之一计算，此时不能有 `default`；`override` 只用于计算字段。"
                "`bands` 从低到高排列，最后一段没有 `below`。"
            ),
        ),
    ),
    warning(
        "CFG439",
        ("This stage has no age that counts", "该阶段不计停留时间"),
        (
            (
                "`stale_after` is for stages in which work goes on, and counts in hours, days, weeks, months, years or working "
                "days. A closing stage has none."
            ),
            "`stale_after` 用于进行中的阶段，以小时、天、周、月、年或工作日计；关闭类阶段不设置。",
        ),
    ),
    warning(
        "CFG440",
        ("Hidden, but not protected", "隐藏但未受保护"),
        (
            (
                "`visible_when` is presentation: the value is still read in lists, exports and the API. A sensitive field needs "
                "`restricted: true`, or a grant that hides or masks it."
            ),
            "`visible_when` 只影响显示，列表、导出和 API 仍可读取该值。敏感字段需要 `restricted: true`，或在角色中设为隐藏或掩码。",
        ),
    ),
    error(
        "CFG465",
        ("An encrypted field can't do this", "加密字段不支持此用法"),
        (
            (
                "`sensitive: {encrypt: true}` keeps the values of `text`, `long_text`, `email`, `phone` and `url` encrypted. The "
                "database can't sort, search, compare or reckon with them: an expression may only ask whether there is one "
                "(`is_blank(mobile)`). With `unique: true` or `indexed: true` a record is found by the whole value."
            ),
            (
                "`sensitive: {encrypt: true}` 会加密保存 `text`、`long_text`、`email`、`phone` 和 `url` 的值。数据库无法对其排序、"
                "搜索、比较或计算：表达式只能询问是否有值（`is_blank(mobile)`）。设置 `unique: true` 或 `indexed: true` 后，"
                "可按完整值查找记录。"
            ),
        ),
    ),
    error(
        "CFG499",
        ("A timeline that can't be kept", "时间线无法建立"),
        (
            (
                "`timeline:` says by which moment (`at`, a datetime) the records of an entity stand in the timelines of what they "
                "point to, which picklist (`kind`) tells them apart, and which text is read. Parts stand in none."
            ),
            (
                "`timeline:` 说明实体的记录按哪个时刻（`at`，datetime 字段）出现在所指向记录的时间线中，用哪个选项列表（`kind`）区分，"
                "显示哪段文本。明细不能单独出现在时间线中。"
            ),
        ),
    ),
    error(
        "CFG441",
        ("A module is not what it says", "模块的写法不对"),
        (
            "A module is written out in the pack that has its things; a pack that extends it may write `false` (or `true`).",
            "模块在拥有其内容的配置包中完整写出；扩展它的配置包可以写 `false`（或 `true`）。",
        ),
    ),
    warning(
        "CFG442",
        ("An old name is used", "使用了旧名称"),
        (
            "The base has renamed this. The old name still works here; write the new one.",
            "基础包已将其改名。旧名称在此仍然有效，请改用新名称。",
        ),
    ),
    error(
        "CFG443",
        ("`renamed_from` does not fit", "`renamed_from` 用法不对"),
        (
            (
                "It names the key that a thing of the same pack had before: one that is gone. An overlay does not rename a thing "
                "of its base; it changes its label."
            ),
            "它指同一配置包中该对象以前的键，且该键已不存在。覆盖包不能给基础包的对象改名，只能修改其标签。",
        ),
    ),
    error(
        "CFG444",
        ("Not to be compared", "无法用于查重"),
        (
            "A duplicate rule compares short single values: texts, numbers, dates, options, references. Only texts may be similar.",
            "查重规则比较单个短值：文本、数字、日期、选项、引用；只有文本可以按相似度比较。",
        ),
    ),
    warning(
        "CFG445",
        ("A move that nobody can make", "无人能完成的阶段变更"),
        (
            (
                "The condition of a transition is asked of the record as it will be, in the stage that it moves to: one that "
                "asks for another stage never holds. Its roles need `transition` on the entity, themselves or by what they "
                "include."
            ),
            (
                "变更条件针对变更后的记录（已处于目标阶段）判断：要求处于其他阶段的条件永远不成立。"
                "其角色自身或所包含的角色须有该实体的 `transition` 权限。"
            ),
        ),
    ),
)
