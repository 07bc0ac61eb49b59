"""The four tables that every company keeps of its CRM: fields, stages, roles, backups; and the picklists they name."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import VERBS, Catalog, Entity, Field, Grant, Role, Stage, Text
from app.definition.backup import BackupPlan, Verification
from app.manual.lengths import length_text
from app.manual.table import Cell, Table, both, joined

NOTHING = "–"
SCOPES = {
    "none": both(NOTHING, NOTHING),
    "own": both("own", "本人"),
    "team": both("team", "本团队"),
    "subtree": both("department and below", "本部门及下级"),
    "all": both("all", "全部"),
    "parent": both("as its parent", "随上级记录"),
}
VERB_LABELS = {
    "create": both("Create", "新建"),
    "read": both("Read", "查看"),
    "update": both("Update", "修改"),
    "delete": both("Delete", "删除"),
    "restore": both("Restore", "恢复"),
    "export": both("Export", "导出"),
    "assign": both("Assign", "分配"),
    "share": both("Share", "共享"),
    "transition": both("Change stage", "变更阶段"),
    "merge": both("Merge", "合并"),
    "mail": both("Send bulk mail", "群发邮件"),
}
FIELD_ACCESS = {
    "hidden": both("hidden", "隐藏"),
    "mask": both("masked", "脱敏"),
    "read": both("read only", "只读"),
    "write": both("writable", "可写"),
}
RIGHT_LABELS = {
    "configure": both("configure", "系统配置"),
    "audit": both("audit", "审计"),
    "reports": both("reports", "报表"),
    "dashboards": both("dashboards", "仪表盘"),
    "bulk_edit": both("bulk edit", "批量修改"),
    "import_files": both("import files", "导入文件"),
    "saved_views": both("saved views", "保存视图"),
    "share_views": both("share views", "共享视图"),
}
CATEGORIES = {
    "open": both("open", "进行中"),
    "won": both("won", "赢单"),
    "lost": both("lost", "输单"),
    "done": both("done", "完成"),
}


def tables_of(catalog: Catalog) -> tuple[Table, ...]:
    """The tables in the order of the manual."""
    return (fields(catalog), stages(catalog), roles(catalog), backups(catalog), picklists(catalog))


FIELD_COLUMNS = (
    both("Key", "标识"),
    both("Label", "字段名称"),
    both("Type", "类型"),
    both("Required", "必填"),
    both("Unique", "唯一"),
    both("Limits", "限制"),
    both("Values", "取值"),
    both("Default", "默认值"),
    both("Formula and conditions", "公式与条件"),
    both("Help", "说明"),
)
STAGE_COLUMNS = (
    both("No.", "序号"),
    both("Key", "标识"),
    both("Stage", "阶段"),
    both("Category", "类别"),
    both("Probability %", "成功率 %"),
    both("Required to enter", "进入条件（必填）"),
    both("Stale after", "滞留期限"),
    both("What to do", "工作要点"),
)


def fields(catalog: Catalog) -> Table:
    """The field definition table: one row for each declared field."""
    columns = (both("Entity", "实体"), *FIELD_COLUMNS)
    rows = tuple(
        (entity.label, *field_row(catalog, entity, field))
        for entity in catalog.entities.values()
        for field in entity.fields.values()
    )
    about = both("Every field of every entity, in the order of the forms.", "所有实体的全部字段，按表单顺序排列。")
    return Table("fields", both("Field definition table", "字段定义表"), about, columns, rows, group=0)


def field_row(catalog: Catalog, entity: Entity, field: Field) -> tuple[Cell, ...]:
    """What there is to say of a field, below `FIELD_COLUMNS`."""
    default = field.default_formula or (None if field.default is None else str(field.default))
    options = catalog.choices(entity.key, field.key)
    chosen = options.get(default) if default is not None else None
    return (
        field.key,
        field.label,
        field.type,
        field.required,
        field.unique,
        _limits(field),
        _values(catalog, entity, field),
        chosen.label if chosen is not None else default,
        joined([both(f"{en}: {text}", f"{zh}：{text}") for (en, zh), text in _conditions(field)]),
        field.help,
    )


def _conditions(field: Field) -> Iterator[tuple[tuple[str, str], str]]:
    for words, text in (
        (("formula", "公式"), field.formula),
        (("required when", "必填条件"), field.required_when),
        (("visible when", "显示条件"), field.visible_when),
        (("read only when", "只读条件"), field.read_only_when),
    ):
        if text is not None:
            yield words, text


def _limits(field: Field) -> Text:
    found: list[Text] = []
    if field.max_length is not None or field.min_length is not None:
        least, most = field.min_length or 0, field.max_length
        length = (
            str(most)
            if least == most
            else f"{least}–{most}"
            if least and most
            else f"≤ {most}"
            if most
            else f"≥ {least}"
        )
        found.append(both(f"length {length}", f"长度 {length}"))
    for sign, limit in (("≥", field.min), ("≤", field.max)):
        if limit is not None:
            said = length_text(str(limit))
            found.append(Text({language: f"{sign} {text}" for language, text in _languages(said)}))
    if field.restricted:
        found.append(both("restricted", "受限"))
    return joined(found)


def _values(catalog: Catalog, entity: Entity, field: Field) -> Text:
    options = catalog.choices(entity.key, field.key)
    if options:
        return joined([each.label for each in options.values() if not each.retired])
    targets = [catalog.entities[key].label for key in field.targets if key in catalog.entities]
    return joined([Text({name: f"→ {text}" for name, text in _languages(each)}) for each in targets])


def _languages(text: Text) -> Iterator[tuple[str, str]]:
    return ((language, text.in_language(language)) for language in ("en", "zh"))


def stages(catalog: Catalog) -> Table:
    """The sales-stage table, of every pipeline."""
    columns = (both("Entity", "实体"), both("Pipeline", "流程"), *STAGE_COLUMNS)
    rows = tuple(
        (entity.label, pipeline.label, *stage_row(entity, number, stage))
        for entity in catalog.entities.values()
        for pipeline in entity.pipelines.values()
        for number, stage in enumerate(pipeline.stages.values(), 1)
    )
    about = both("Pipelines with their stages in order.", "各流程及其阶段，按先后顺序排列。")
    return Table("stages", both("Stage table", "流程阶段配置表"), about, columns, rows, group=0)


def stage_row(entity: Entity, number: int, stage: Stage) -> tuple[Cell, ...]:
    """What there is to say of a stage, below `STAGE_COLUMNS`."""
    category = CATEGORIES[stage.category]
    needed = joined([field.label for key in stage.required if (field := entity.every_field.get(key)) is not None])
    stale = length_text(str(stage.stale_after)) if stage.stale_after is not None else None
    return (
        number, stage.key, stage.label, category, stage.probability, needed, stale, stage.guide,
    )  # fmt: skip


def roles(catalog: Catalog) -> Table:
    """The role table: what each role may do with each entity, and how far."""
    columns = (
        both("Role", "角色"),
        both("Entity", "实体"),
        *(VERB_LABELS[verb] for verb in VERBS),
        both("Fields that differ, rights", "字段例外与功能权限"),
    )
    rows = tuple(row for role in catalog.roles.values() for row in _role(catalog, role))
    about = both(
        "What each role may do itself; what it has by including another role is listed with that.",
        "各角色自身的权限；通过包含其他角色获得的权限见相应角色。",
    )
    return Table("roles", both("Role table", "权限角色分配表"), about, columns, rows, group=0)


def _role(catalog: Catalog, role: Role) -> Iterator[tuple[Cell, ...]]:
    for entity in catalog.entities.values():
        grant = role.grant(entity.key)
        if grant is not None:
            yield _grant(role.label, entity, grant)
    yield _beside(catalog, role)


def _beside(catalog: Catalog, role: Role) -> tuple[Cell, ...]:
    """What a role has beside its grants: the roles that it includes, rights and limits."""
    included = [catalog.roles[key].label for key in role.includes if key in catalog.roles]
    includes = [
        Text({language: f"{also} {text}" for language, text, also in _with(each, {"en": "includes", "zh": "包含"})})
        for each in included
    ]
    rights = [RIGHT_LABELS.get(right, Text({"*": right})) for right in role.rights]
    limits = [both(f"{key} ≤ {limit:,}", f"{key} ≤ {limit:,}") for key, limit in role.limits.items()]
    return (role.label, both("Beside", "其他"), *(None for _ in VERBS), joined([*includes, *rights, *limits]))


def _with(text: Text, words: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    return ((language, text.in_language(language), word) for language, word in words.items())


def _grant(role: Text, entity: Entity, grant: Grant) -> tuple[Cell, ...]:
    scopes = [_scope(grant, verb) for verb in VERBS]
    differing = [
        Text({language: f"{_label(entity, key)[language]}: {access[language]}" for language in ("en", "zh")})
        for key, each in grant.fields.items()
        for access in [dict(_languages(FIELD_ACCESS["mask" if each.mask else each.access or "read"]))]
    ]
    return (role, entity.label, *scopes, joined(differing))


def _scope(grant: Grant, verb: str) -> Cell:
    if verb == "create":
        return grant.create
    scope = getattr(grant, verb)
    where = getattr(scope, "where", None)
    return where if where is not None else SCOPES[scope]


def _label(entity: Entity, key: str) -> dict[str, str]:
    field = entity.every_field.get(key)
    return dict(_languages(field.label if field is not None else Text({"*": key})))


def backups(catalog: Catalog) -> Table:
    """The backup plan."""
    columns = (
        both("What", "内容"),
        both("Every", "周期"),
        both("Day", "日期"),
        both("At", "时间"),
        both("Kept", "保留"),
        both("Encrypted", "加密"),
        both("Where", "存放位置"),
    )
    plan = catalog.backups
    kinds: tuple[tuple[Text, BackupPlan | Verification | None], ...] = (
        (both("Full backup", "全量备份"), plan.full),
        (both("Incremental backup", "增量备份"), plan.incremental),
        (both("Verified restore", "恢复验证"), plan.verify),
    )
    rows = tuple(
        (
            label,
            each.every,
            each.day,
            each.at,
            each.keep if isinstance(each, BackupPlan) else None,
            plan.encrypt if isinstance(each, BackupPlan) else None,
            "\n".join(plan.to),
        )
        for label, each in kinds
        if each is not None
    )
    about = (
        both("What is saved, when, and for how long.", "备份的内容、时间和保留期限。")
        if rows
        else both("The pack has no backup plan (backups.yaml).", "配置包没有备份计划（backups.yaml）。")
    )
    return Table("backups", both("Backup plan", "数据备份计划表"), about, columns, rows)


def picklists(catalog: Catalog) -> Table:
    """The shared picklists with their options."""
    columns = (
        both("Picklist", "选项列表"),
        both("Key", "标识"),
        both("Option", "选项"),
        both("Colour", "颜色"),
        both("Retired", "停用"),
    )
    rows = tuple(
        (picklist.label, option.key, option.label, option.color, option.retired)
        for picklist in catalog.picklists.values()
        for option in picklist.options.values()
    )
    about = both("Lists that several fields share.", "多个字段共用的选项列表。")
    return Table("picklists", both("Picklists", "选项列表"), about, columns, rows, group=0)
