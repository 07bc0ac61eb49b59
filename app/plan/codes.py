"""Why a plan can't be carried out: each code defined once, never reused, with a title and a page of help.

PLN50x the apply as a whole; PLN51x what the program can't do yet; PLN52x what the data contradicts. PLN511 and PLN512 were once.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.diagnostics import Code


def _code(name: str, title: tuple[str, str], help_: tuple[str, str]) -> Code:
    return Code(name, "error", {"en": title[0], "zh": title[1]}, {"en": help_[0], "zh": help_[1]})


_APPLYING = (
    _code(
        "PLN501",
        ("The plan is out of date", "计划已过期"),
        (
            (
                "The configuration, the applied revision or the tables have changed since the plan was made. "
                "Make a new plan with `crm plan` and read it before you apply it."
            ),
            "生成计划之后，配置、已应用的版本或数据表发生了变化。请用 `crm plan` 重新生成计划，查看后再应用。",
        ),
    ),
    _code(
        "PLN502",
        ("Another apply is at work", "另一个应用操作正在进行"),
        (
            "Someone else is applying, or a long transaction holds a table that must change. Try again in a moment.",
            "有人正在应用配置，或有长事务占用了需要修改的表。请稍后重试。",
        ),
    ),
    _code(
        "PLN503",
        ("A step needs your permission", "有步骤需要明确许可"),
        (
            "The step loses something that can't be made again. Allow it by its name: `--allow-destructive NAME`.",
            "该步骤会丢失无法重新生成的内容。请按名称许可：`--allow-destructive NAME`。",
        ),
    ),
    _code(
        "PLN504",
        ("A step is blocked", "有步骤被阻止"),
        (
            "The plan has steps that can't be carried out; each says why and what to do. Nothing was changed.",
            "计划中有无法执行的步骤，每一步都说明了原因和处理方法。未做任何更改。",
        ),
    ),
    _code(
        "PLN505",
        ("The data refused the change", "数据不允许此更改"),
        (
            "A record written since the plan was made breaks a new key. Nothing was changed. Make a new plan: it names the rows.",
            "生成计划之后写入的记录违反了新的唯一键。未做任何更改。请重新生成计划，其中会列出相关记录。",
        ),
    ),
    _code(
        "PLN506",
        ("The configuration has errors", "配置有错误"),
        ("Run `crm check`: it names each file and line.", "请运行 `crm check`，它会列出每个文件和行号。"),
    ),
    _code(
        "PLN507",
        ("The tables are not as the applied revision left them", "数据表与已应用版本不一致"),
        (
            "Someone changed the tables behind the program's back. `crm doctor` lists the differences; mend them first.",
            "有人绕过程序修改了数据表。`crm doctor` 会列出差异，请先修复。",
        ),
    ),
    _code(
        "PLN508",
        ("The backup before it failed", "应用前的备份失败"),
        (
            (
                "The plan loses something, so that a full backup is made before it, and that failed for the reason that is "
                "said. Nothing was changed. Mend it, or apply without a backup: `--no-backup`."
            ),
            "该计划会丢失内容，应用前须先完成一次全量备份，但备份因所示原因失败。未做任何更改。请先解决问题，或用 `--no-backup` 跳过。",
        ),
    ),
    _code(
        "PLN509",
        ("There is nothing to purge by that name yet", "该名称下尚无可清除的内容"),
        (
            (
                "Only what was removed can be purged, and only from its date on: `crm history --tombstones` lists both. How long "
                "it is kept is said by `tombstones:` of pack.yaml when it is removed."
            ),
            (
                "只能清除已删除的内容，并且须到期之后：`crm history --tombstones` 会列出名称和日期。"
                "保留多久由删除时 pack.yaml 中的 `tombstones:` 决定。"
            ),
        ),
    ),
    _code(
        "PLN510",
        ("The file is not a plan as it was saved", "该文件不是保存时的计划"),
        (
            "It was edited, cut or never one. Make it anew with `crm plan --out FILE`: what a plan does follows from the pack.",
            "文件被修改、截断，或本来就不是计划。请用 `crm plan --out FILE` 重新生成：计划的内容由配置决定。",
        ),
    ),
    _code(
        "PLN542",
        ("Values are still sealed by a former key", "仍有数据由旧密钥加密"),
        (
            (
                "While some values are sealed by the key of before, equal ones are not known to be equal: nothing is found by them, and a "
                "unique field would take a value twice. Run `crm keys rotate` before the servers and other commands."
            ),
            "只要仍有数据由旧密钥加密，就无法识别相同的值：按值查找会遗漏，唯一字段可能出现重复。请先运行 `crm keys rotate`。",
        ),
    ),
    _code(
        "PLN543",
        ("A value that must be unique is there more than once", "要求唯一的值存在重复"),
        (
            (
                "Two records have the same value in a unique encrypted field, each sealed by another key. The first that are named stay "
                "sealed by the key of before. Start the servers without CRM_SECRET_KEY_OLD, give them another "
                "value or delete them, and rotate again."
            ),
            (
                "两条记录在唯一的加密字段中有相同的值，但由不同密钥加密。首先列出的记录仍由旧密钥加密。"
                "请在不设置 CRM_SECRET_KEY_OLD 的情况下启动服务，为其填写其他值或将其删除，然后重新运行密钥轮换。"
            ),
        ),
    ),
    _code(
        "PLN541",
        ("Nothing in the plan has the name that is allowed", "计划中没有所许可的名称"),
        (
            "`--allow-destructive` names something that no step of this plan is about. Read the plan, and name what it names.",
            "`--allow-destructive` 给出的名称与计划中的任何步骤无关。请查看计划，并使用其中的名称。",
        ),
    ),
    _code(
        "PLN544",
        ("There is no room for the change", "空间不足，无法应用更改"),
        (
            (
                "The disk, or the limit of the database, is full. Nothing was changed. Make room: a change that writes every row "
                "of a table needs as much again as the table takes, for a while."
            ),
            "磁盘或数据库的空间已满。未做任何更改。请先腾出空间：会写入整张表的更改，应用期间还需要与该表大小相当的空间。",
        ),
    ),
)
_NOT_YET = (
    _code(
        "PLN513",
        ("The type of a field can't be changed like this", "不能这样更改字段类型"),
        (
            (
                "No value of the old type means one of the new. Keep the type and add a new field of the new type. Texts may become "
                "numbers, days, moments, addresses of all kinds and options, most values may become texts, numbers other "
                "numbers, and days moments."
            ),
            (
                "旧类型的值无法对应到新类型。请保留原类型，另加一个新类型的字段。文本可改为数字、日期、时间、各类地址和选项，"
                "多数类型可改为文本，数字之间、日期与时间之间也可互改。"
            ),
        ),
    ),
    _code(
        "PLN514",
        ("The target of a lookup can't be changed", "不能更改查找字段的目标"),
        (
            "The stored ids name records of the old target. Keep the field and add a new lookup.",
            "已保存的编号指向旧目标的记录。请保留该字段，另加一个新的查找字段。",
        ),
    ),
    _code(
        "PLN515",
        ("Decimals can't be changed like this", "不能这样更改小数位数"),
        (
            "Of amounts in several currencies they can't. Keep `scale` and add a new field.",
            "多币种金额不能更改。请保留 `scale`，另加一个新字段。",
        ),
    ),
    _code(
        "PLN517",
        ("One value can't become many like this, nor many one", "不能这样互换单值与多值"),
        (
            (
                "Options, files and links without fields of their own can; others can't. Take `link_fields` away first and apply "
                "that, or keep the field as it is and add a new one."
            ),
            "选项、文件以及不带自有字段的关联可以互换，其他不行。请先去掉 `link_fields` 并应用，或保留该字段，另加一个新字段。",
        ),
    ),
    _code(
        "PLN516",
        ("What an entity is part of can't be changed yet", "暂不支持更改组成关系"),
        (
            (
                "Records that stood for themselves would need a whole, and parts would need owners. Keep `parent:` as it was, "
                "or add a new entity that is a part."
            ),
            "独立的记录将需要整体，组成部分将需要负责人。请保留原来的 `parent:`，或新增一个作为组成部分的实体。",
        ),
    ),
    _code(
        "PLN518",
        ("Several currencies can't be changed like this", "多币种设置暂不能这样更改"),
        (
            (
                "Amounts are kept as entered and in the company's currency. Keep `currency:` of the entity and the company's "
                "currency as they were; adding a currency, or `currency:` to another entity, is always possible."
            ),
            "金额同时保存原币和本位币的值。请保留实体的 `currency:` 和公司本位币；随时可以增加币种，或为其他实体设置 `currency:`。",
        ),
    ),
    _code(
        "PLN519",
        ("A language of translated texts can't go yet", "暂不支持去掉翻译文本的语言"),
        (
            (
                "Fields with `translated: true` keep a text for each language, the first one in `languages` as the main one. Keep "
                "that first, keep the others and the attribute; adding a language is always possible."
            ),
            (
                "带有 `translated: true` 的字段为每种语言各保存一份文本，`languages` 中的第一种为主语言。"
                "请保留第一种语言、其他语言以及该属性；随时可以增加语言。"
            ),
        ),
    ),
)
_DATA = (
    _code(
        "PLN521",
        ("Records are empty where a value will be required", "记录缺少将要必填的值"),
        (
            (
                "Fill these records first: a list filtered by “is blank” finds them. A new required field needs a `default`, "
                "or is added first without `required`."
            ),
            "请先补全这些记录，可在列表中用“为空”筛选找到它们。新增必填字段需要 `default`，或先以非必填方式添加。",
        ),
    ),
    _code(
        "PLN522",
        ("Values do not fit the new length", "值不符合新的长度"),
        ("Change these values first, or keep the old limit.", "请先修改这些值，或保留原来的限制。"),
    ),
    _code(
        "PLN523",
        ("Values do not fit the new range", "值不在新的范围内"),
        ("Change these values first, or keep the old range.", "请先修改这些值，或保留原来的范围。"),
    ),
    _code(
        "PLN524",
        ("A removed option is in use", "被删除的选项仍在使用"),
        (
            (
                "Keep the option and write `retired: true`: old records keep it, nobody can choose it any more. With "
                "`replaced_by:` beside it they get another one, and it can be removed by the next change."
            ),
            (
                "请保留该选项并写上 `retired: true`：旧记录保留它，但不能再选择。若同时写上 `replaced_by:`，"
                "旧记录会改用另一个选项，下次更改时即可删除它。"
            ),
        ),
    ),
    _code(
        "PLN525",
        ("Values occur more than once", "值重复"),
        (
            (
                "A key holds for every record, so that none can be left alone. Make them different or merge the records; or write "
                "`existing: blank` at a field of the key that is not required: the oldest record of each keeps its value, the "
                "others are emptied."
            ),
            (
                "唯一键对所有记录有效，不能保留例外。请使其不同或合并这些记录；也可在该键的某个非必填字段上写 `existing: blank`："
                "每组中最早的记录保留其值，其余清空。"
            ),
        ),
    ),
    _code(
        "PLN526",
        ("Records would be refused, and nothing says what becomes of them", "现有记录不符合新规则，但未说明如何处理"),
        (
            (
                "Records break a new or changed rule, requirement or condition of an option: they could not be saved any more. "
                "Beside it write `existing: grandfather`, and they are left alone until a field that it reads changes, or "
                "`existing: fail`, and the change waits until they are mended. A field that is required from now on, or whose "
                "option is not allowed any more, may give them a value by `backfill:`; `existing: blank` empties the option."
            ),
            (
                "现有记录违反了新增或更改的规则、必填条件或选项条件，将无法再保存。请在该处写上 `existing: grandfather`"
                "（在其读取的字段变更之前不再检查这些记录），或 `existing: fail`（先修正这些记录，再应用更改）。"
                "若字段变为必填或其选项不再允许，也可用 `backfill:` 为这些记录填值；`existing: blank` 会清空该选项。"
            ),
        ),
    ),
    _code(
        "PLN527",
        ("Records must be mended first", "须先修正现有记录"),
        (
            "`existing: fail` says that no record may break the rule. Mend the records that are named, then plan again.",
            "`existing: fail` 表示不允许任何记录违反该规则。请先修正列出的记录，再重新生成计划。",
        ),
    ),
    _code(
        "PLN529",
        ("Values do not convert", "有值无法转换"),
        (
            (
                "The field gets another type, and these records hold values that mean nothing in it. Mend them, or say at the field "
                "what they get: `backfill: VALUE`, `backfill: {formula: …}`, or `existing: blank` to empty them."
            ),
            (
                "字段改为另一种类型，而这些记录的值在新类型中没有意义。请先修正，或在该字段写明它们得到什么："
                "`backfill: 值`、`backfill: {formula: …}`，或用 `existing: blank` 清空。"
            ),
        ),
    ),
    _code(
        "PLN532",
        ("What `backfill` gives does not fit", "`backfill` 给出的值不合适"),
        (
            "It must be a value that could be saved in the field. A formula reads the record alone and gives every row a value.",
            "它必须是可以保存在该字段中的值。公式只读取该记录，并须为每行给出值。",
        ),
    ),
    _code(
        "PLN531",
        ("The base has changed what a pack builds on", "基础配置更改了该配置包所依赖的内容"),
        (
            (
                "A pack overrides or completes something whose meaning its base has changed since. Read both, decide what the pack "
                "means now, and write it there."
            ),
            "该配置包覆盖或补充的内容，其含义已被基础配置更改。请对照两者，确定现在的含义并写入该配置包。",
        ),
    ),
    _code(
        "PLN528",
        ("Overruled values would be lost", "被覆盖的值会丢失"),
        (
            "People overrule the computed value of these records. Withdraw that first, or keep `override: true`.",
            "这些记录的计算值已被人工覆盖。请先撤回覆盖，或保留 `override: true`。",
        ),
    ),
    _code(
        "PLN535",
        ("It can't be told which records hold the renamed stage", "无法确定哪些记录处于被重命名的阶段"),
        (
            (
                "Another pipeline of the same field has a stage of the old name, too. Rename it there in the same way, or keep "
                "the key and change the label."
            ),
            "同一字段的另一条流程也有同名的旧阶段。请在那里以相同方式重命名，或保留键名，只修改标签。",
        ),
    ),
    _code(
        "PLN539",
        ("It can't be told which records are in the stage that is replaced", "无法确定哪些记录处于被替换的阶段"),
        (
            "Another pipeline of the same field has a stage of that key, too. Write the same `replaced_by` there.",
            "同一字段的另一条流程也有同名阶段。请在那里写上相同的 `replaced_by`。",
        ),
    ),
    _code(
        "PLN536",
        ("The new name is that of something removed, which is kept", "新名称属于已删除但仍保留的内容"),
        (
            "Its values could not be told from those of what gets the name. Take another name, or `crm purge` what was removed.",
            "两者的数据将无法区分。请换一个名称，或先用 `crm purge` 清除已删除的内容。",
        ),
    ),
    _code(
        "PLN537",
        ("A condition asks for an option that is renamed in the same plan", "条件用到了同一计划中被重命名的选项"),
        (
            (
                "Existing records still hold the old name, and this condition compares it in a way that can't be asked of them "
                "before the rename. Apply the rename first, then the condition."
            ),
            "现有记录仍保存旧名称，而该条件的比较方式无法在重命名之前对它们进行检查。请先应用重命名，再应用该条件。",
        ),
    ),
    _code(
        "PLN538",
        ("A name is that of something else than in the earlier revision", "该名称现在指的不是当时的内容"),
        (
            (
                "What had this name in the revision that you go back to is called otherwise today, or was removed, and something "
                "else has taken the name. Give today's another name by `renamed_from` and apply that; then roll back."
            ),
            (
                "在要回退到的版本中使用该名称的内容，如今已改名或已删除，而该名称已被其他内容占用。"
                "请先用 `renamed_from` 给现在的内容换一个名称并应用，然后再回退。"
            ),
        ),
    ),
)

PLAN_CODES: Mapping[str, Code] = MappingProxyType({code.name: code for code in (*_APPLYING, *_NOT_YET, *_DATA)})
