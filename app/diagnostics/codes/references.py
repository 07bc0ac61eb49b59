"""CFG3xx: names that refer to something."""

from __future__ import annotations

from app.diagnostics.codes.code import error

REFERENCES = (
    error(
        "CFG301",
        ("Unknown picklist", "未知的选项列表"),
        (
            "The name after `options:` must be a file in picklists/, here or in the base.",
            "`options:` 后的名称必须是本包或基础包 picklists/ 中的文件。",
        ),
    ),
    error(
        "CFG302", ("Unknown field", "未知的字段"), ("The entity has no field of that name.", "该实体没有此名称的字段。")
    ),
    error(
        "CFG303",
        ("Unknown entity", "未知的实体"),
        ("There is no entity of that name, here or in the base.", "本包和基础包中都没有此名称的实体。"),
    ),
    error(
        "CFG304",
        ("Unknown role", "未知的角色"),
        ("There is no role of that name, here or in the base.", "本包和基础包中都没有此名称的角色。"),
    ),
    error(
        "CFG305",
        ("Unknown inverse", "未知的反向关系"),
        (
            "`related:` names the other side of a lookup that points to this entity.",
            "`related:` 应为指向本实体的查找字段的反向名称。",
        ),
    ),
    error(
        "CFG306",
        ("Unknown option", "未知的选项"),
        ("The picklist has no option of that name.", "该选项列表没有此名称的选项。"),
    ),
    error(
        "CFG307",
        ("The pack that is extended is not found", "找不到被继承的配置包"),
        (
            "Packs are looked for beside the pack, then in CRM_PACKS, then in the product.",
            "依次在本包旁边、CRM_PACKS 和产品自带目录中查找。",
        ),
    ),
    error(
        "CFG308",
        ("Unknown name in a text", "文本中的名称未知"),
        (
            "A text may hold {entity:key}, {plural:key} and {field:key}, which are replaced by labels.",
            "文本中可以使用 {entity:key}、{plural:key} 和 {field:key}，它们会被替换为相应的标签。",
        ),
    ),
    error(
        "CFG309",
        ("Unknown name", "未知的名称"),
        (
            (
                "The name must be that of a file in the folder of its kind (templates/, views/, reports/ …), or of a calendar or "
                "hook of pack.yaml, here or in the base."
            ),
            "名称必须是本包或基础包相应目录（templates/、views/、reports/ 等）中的文件名，或 pack.yaml 中的工作日历或入站接口。",
        ),
    ),
    error(
        "CFG310",
        ("Unknown stage", "未知的阶段"),
        ("No pipeline of the entity has a stage of that name.", "该实体的任何流程中都没有此名称的阶段。"),
    ),
)
