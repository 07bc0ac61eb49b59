"""Every code of a diagnostic about the configuration: defined once, never reused, with a title and a page of help.

CFG1xx the text of a file (YAML), CFG2xx its shape, CFG3xx references, CFG4xx meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True)
class Code:
    """A kind of problem. `title` and `help` are by language (`en`, `zh`)."""

    name: str
    severity: Literal["error", "warning", "note"]
    title: Mapping[str, str]
    help: Mapping[str, str]


def _error(name: str, title: tuple[str, str], help_: tuple[str, str]) -> Code:
    return Code(name, "error", _by_language(title), _by_language(help_))


def _warning(name: str, title: tuple[str, str], help_: tuple[str, str]) -> Code:
    return Code(name, "warning", _by_language(title), _by_language(help_))


def _note(name: str, title: tuple[str, str], help_: tuple[str, str]) -> Code:
    return Code(name, "note", _by_language(title), _by_language(help_))


def _by_language(texts: tuple[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(zip(("en", "zh"), texts, strict=True)))


_TEXT_OF_A_FILE = (
    _error(
        "CFG101",
        ("The file is not valid YAML", "文件不是有效的 YAML"),
        (
            (
                "The reader could not understand the file from this place on. Look for a quote or bracket that is not closed, "
                "a second colon in a line, or lines that are indented differently."
            ),
            "读取器从此处起无法理解文件。请检查未闭合的引号或括号、同一行中的第二个冒号，或缩进不一致的行。",
        ),
    ),
    _error(
        "CFG102",
        ("A tab indents a line", "使用了制表符缩进"),
        (
            "YAML is indented with spaces only. Replace the tab by spaces.",
            "YAML 只能用空格缩进，请将制表符替换为空格。",
        ),
    ),
    _error(
        "CFG103",
        ("A key stands twice", "键重复"),
        (
            "The same key stands twice in one map; other tools would silently take the last one. Remove or rename one of them.",
            "同一映射中出现了两个相同的键，其他工具会悄悄采用最后一个。请删除或重命名其中之一。",
        ),
    ),
    _error(
        "CFG104",
        ("Nothing stands behind the colon", "冒号后没有内容"),
        (
            (
                'A key without a value says nothing. Give it a value, remove the line, or write "" for an empty text. '
                "In an overlay, null removes what the base has."
            ),
            '没有值的键没有意义。请填写值、删除该行，或用 "" 表示空文本。在覆盖包中，null 表示删除基础包的内容。',
        ),
    ),
    _error(
        "CFG105",
        ("A # cut the text off", "# 截断了文本"),
        (
            (
                "After a space, # begins a comment, so that the rest of the text is lost. Put the text in quotes, or write a "
                "space after # if a comment is meant."
            ),
            "空格后的 # 会开始注释，其后的文本会丢失。请给文本加引号；若确为注释，请在 # 后加空格。",
        ),
    ),
    _error(
        "CFG106",
        ("A comma cut the text off", "逗号截断了文本"),
        (
            "Within { } a comma ends the value. Put a text that holds a comma in quotes.",
            "在 { } 中逗号会结束当前值。含有逗号的文本请加引号。",
        ),
    ),
    _error(
        "CFG107",
        ("The file is too large", "文件过大"),
        (
            "A file of configuration holds at most 1 MB and 100,000 values, aliases counted with all that they repeat.",
            "单个配置文件最大 1 MB、最多 100,000 个值（别名按其展开后的内容计算）。",
        ),
    ),
    _error(
        "CFG108",
        ("The file is nested too deeply", "嵌套过深"),
        ("Values may be nested at most 40 levels deep.", "值最多嵌套 40 层。"),
    ),
    _error(
        "CFG109",
        ("An alias holds itself", "别名包含自身"),
        (
            "An alias (*name) may only repeat a value that is complete where the alias stands.",
            "别名（*name）只能引用在其之前已完整的值。",
        ),
    ),
    _error(
        "CFG110",
        ("The file is not UTF-8 text", "文件不是 UTF-8 文本"),
        (
            "Save the file as UTF-8. Control characters such as NUL are not allowed.",
            "请将文件保存为 UTF-8 编码，且不允许包含 NUL 等控制字符。",
        ),
    ),
    _error(
        "CFG111",
        ("The file holds more than one document", "文件包含多个文档"),
        ("One file is one thing: remove the line ---.", "一个文件只描述一个对象：请删除 --- 行。"),
    ),
    _error(
        "CFG112",
        ("A tag is used", "使用了标签"),
        (
            "Tags such as !name are not part of the language. Write the plain value.",
            "本语言不支持 !name 之类的标签，请直接写值。",
        ),
    ),
    _error(
        "CFG113",
        ("A key is not a text", "键不是文本"),
        (
            "Keys are texts. Put a number or a word such as true in quotes; write out what a merge key << would copy.",
            "键必须是文本。数字或 true 之类的词请加引号；不支持合并键 <<，请直接写出内容。",
        ),
    ),
    _error(
        "CFG114",
        ("Other tools misread this key", "其他工具会误读此键"),
        (
            "Many YAML tools read yes, no, on and off as true or false. Put the key in quotes.",
            "许多 YAML 工具会把 yes、no、on、off 读作真或假。请给键加引号。",
        ),
    ),
    _error(
        "CFG115",
        ("A full-width character stands where YAML needs an ASCII one", "使用了全角符号"),
        (
            "A Chinese keyboard writes ：，（）“” as characters of their own. YAML needs : , ( ) and straight quotes.",
            "中文输入法的 ：，（）“” 与 YAML 所需的半角 : , ( ) 及直引号不同，请改为半角。",
        ),
    ),
    _error(
        "CFG116",
        ("The number can't be used", "数字无法使用"),
        (
            "Numbers have at most 40 digits and are finite. Put digits that are a text, such as a code, in quotes.",
            "数字最多 40 位且必须有限。若数字实为文本（如编码），请加引号。",
        ),
    ),
    _error(
        "CFG117",
        ("A file or folder can't be read", "文件或文件夹无法读取"),
        ("Check that it exists and may be read.", "请检查其是否存在以及是否有读取权限。"),
    ),
)

_SHAPE = (
    _error(
        "CFG201",
        ("Unknown key", "未知的键"),
        (
            "The language has no such key at this place. Look at the hint for the nearest one.",
            "此处没有这个键。提示中给出了最接近的键。",
        ),
    ),
    _error(
        "CFG202",
        ("A key is missing", "缺少键"),
        ("A thing of this kind must state this key.", "此类对象必须写明该键。"),
    ),
    _error(
        "CFG203",
        ("The value is of the wrong kind", "值的类型不对"),
        (
            "For example a list where a text belongs, or a number without quotes where a text belongs.",
            "例如应为文本却写了列表，或应为文本的数字没有加引号。",
        ),
    ),
    _error(
        "CFG204",
        ("The word is none of those allowed", "不在允许的取值之中"),
        ("This key takes one of a closed list of words.", "该键只能取固定列表中的一个词。"),
    ),
    _error(
        "CFG205",
        ("The number is too small or too great", "数字超出范围"),
        ("The message says between which limits it must be.", "消息中给出了允许的范围。"),
    ),
    _error(
        "CFG206",
        ("The text has the wrong form", "文本格式不对"),
        ("The message says which form it must have.", "消息中给出了要求的格式。"),
    ),
    _error(
        "CFG207",
        ("A name stands twice in a list", "列表中名称重复"),
        ("Each name may stand in this list once.", "该列表中每个名称只能出现一次。"),
    ),
    _error(
        "CFG208",
        ("The attribute does not fit the type of the field", "该属性不适用于此字段类型"),
        ("Remove the attribute, or choose a type that it fits.", "请删除该属性，或改用适合的字段类型。"),
    ),
    _error(
        "CFG210",
        ("Unknown file or folder", "未知的文件或文件夹"),
        (
            (
                "The name of a folder in a pack says what its files are. Only files of known kinds, ending in .yaml or .json, "
                "may stand there; texts (.md, .txt) and names that begin with a dot are left alone."
            ),
            "配置包中文件夹的名称决定其中文件的种类。只允许已知种类、以 .yaml 或 .json 结尾的文件；.md、.txt 和以点开头的文件会被忽略。",
        ),
    ),
    _error(
        "CFG211",
        ("A name has the wrong form", "名称格式不对"),
        (
            "Keys of things begin with a small letter and hold small letters, digits and _, at most 40 characters.",
            "对象的键以小写字母开头，只含小写字母、数字和下划线，最长 40 个字符。",
        ),
    ),
    _error(
        "CFG212",
        ("The name is reserved", "名称已被保留"),
        ("The system uses this name itself. Choose another one.", "系统自身使用了该名称，请另选一个。"),
    ),
    _error(
        "CFG213",
        ("Two files describe one thing", "两个文件描述同一对象"),
        ("Remove one of them: one thing is one file.", "一个对象只对应一个文件，请删除其中之一。"),
    ),
    _error(
        "CFG221",
        ("The overlay patches something that no base has", "覆盖包修改了基础包中不存在的内容"),
        (
            "Correct the name. A new field states its type; a new entity states its fields.",
            "请更正名称。新字段需写明 type，新实体需写明 fields。",
        ),
    ),
    _error(
        "CFG222",
        ("Only an overlay may say this", "只有覆盖包可以这样写"),
        (
            "null and keys that begin with $ change what a base says; a pack that extends nothing has no base.",
            "null 和以 $ 开头的键用于修改基础包的内容；没有 extends 的配置包没有基础包。",
        ),
    ),
    _error(
        "CFG223",
        ("The instruction to the merge can't be followed", "合并指令无法执行"),
        (
            "$place is first, last, after x or before x; lists take {$add: {x: after y}, $remove: [z]}; the names must exist.",
            "$place 可取 first、last、after x 或 before x；列表可写 {$add: {x: after y}, $remove: [z]}；所用名称必须存在。",
        ),
    ),
    _error(
        "CFG224",
        ("The base has locked this", "基础包已锁定此处"),
        (
            "A layer below marked it $locked: it can't be changed by an overlay.",
            "下层配置包已用 $locked 锁定，覆盖包不能修改。",
        ),
    ),
    _note(
        "CFG225",
        ("Something goes along with what was removed", "随删除一并移除"),
        (
            "What hangs on a removed thing goes with it. This is for you to look at; nothing needs to be done.",
            "依附于被删除对象的内容会一并移除。仅供查看，无需处理。",
        ),
    ),
    _error(
        "CFG226",
        ("The packs extend each other in a circle", "配置包循环继承"),
        (
            "Follow `extends` from pack to pack: it must end at a pack that extends nothing.",
            "请沿 extends 逐个检查：最终必须到达一个没有 extends 的配置包。",
        ),
    ),
)

_REFERENCES = (
    _error(
        "CFG301",
        ("Unknown picklist", "未知的选项列表"),
        (
            "The name after `options:` must be a file in picklists/, here or in the base.",
            "`options:` 后的名称必须是本包或基础包 picklists/ 中的文件。",
        ),
    ),
    _error(
        "CFG302", ("Unknown field", "未知的字段"), ("The entity has no field of that name.", "该实体没有此名称的字段。")
    ),
    _error(
        "CFG303",
        ("Unknown entity", "未知的实体"),
        ("There is no entity of that name, here or in the base.", "本包和基础包中都没有此名称的实体。"),
    ),
    _error(
        "CFG304",
        ("Unknown role", "未知的角色"),
        ("There is no role of that name, here or in the base.", "本包和基础包中都没有此名称的角色。"),
    ),
    _error(
        "CFG305",
        ("Unknown inverse", "未知的反向关系"),
        (
            "`related:` names the other side of a lookup that points to this entity.",
            "`related:` 应为指向本实体的查找字段的反向名称。",
        ),
    ),
    _error(
        "CFG306",
        ("Unknown option", "未知的选项"),
        ("The picklist has no option of that name.", "该选项列表没有此名称的选项。"),
    ),
    _error(
        "CFG307",
        ("The pack that is extended is not found", "找不到被继承的配置包"),
        (
            "Packs are looked for beside the pack, then in CRM_PACKS, then in the product.",
            "依次在本包旁边、CRM_PACKS 和产品自带目录中查找。",
        ),
    ),
    _error(
        "CFG308",
        ("Unknown name in a text", "文本中的名称未知"),
        (
            "A text may hold {entity:key}, {plural:key} and {field:key}, which are replaced by labels.",
            "文本中可以使用 {entity:key}、{plural:key} 和 {field:key}，它们会被替换为相应的标签。",
        ),
    ),
)

_MEANING = (
    _warning(
        "CFG401",
        ("A label is missing", "缺少标签"),
        (
            "The key in words is shown instead. Write a label for people to read.",
            "将以键名代替显示。请写一个供人阅读的标签。",
        ),
    ),
    _warning(
        "CFG402",
        ("A label is missing in a language", "标签缺少某种语言"),
        ("People who use that language see the text of another one.", "使用该语言的人会看到另一种语言的文本。"),
    ),
    _error(
        "CFG403",
        ("Two lookups have the same other side", "两个查找字段的反向名称相同"),
        ("Give each lookup an `inverse:` of its own.", "请为每个查找字段写明各自的 `inverse:`。"),
    ),
    _error(
        "CFG404",
        ("A required field is on no layout", "必填字段不在任何布局中"),
        (
            "No one could save a new record in the form. Put the field into a section, give it a default, or don't require it.",
            "表单中将无法保存新记录。请把字段放入某个分区、设置默认值，或取消必填。",
        ),
    ),
    _error(
        "CFG405",
        ("Stage field and pipeline don't fit together", "阶段字段与流程不匹配"),
        (
            "A field of type stage needs exactly one pipeline that names it, and a pipeline needs a field of type stage.",
            "stage 类型的字段需要且只需要一个指向它的流程，流程也必须指向 stage 类型的字段。",
        ),
    ),
    _error(
        "CFG406",
        ("The value does not fit the field", "值与字段不符"),
        (
            "A default, smallest or greatest value must be one that the field could hold.",
            "默认值、最小值和最大值必须是该字段可以保存的值。",
        ),
    ),
    _error(
        "CFG407",
        ("The smallest exceeds the greatest", "最小值大于最大值"),
        ("No value could satisfy both.", "没有任何值能同时满足两者。"),
    ),
    _error(
        "CFG408",
        ("The field can't name a record", "该字段不能作为名称字段"),
        ("`name_field` must be a field that holds one line of text.", "`name_field` 必须是单行文本类字段。"),
    ),
    _error(
        "CFG409",
        ("Roles include each other in a circle", "角色循环包含"),
        ("Remove one of the `includes`.", "请删除其中一个 `includes`。"),
    ),
    _error(
        "CFG410",
        ("The parent is not a lookup", "parent 不是查找字段"),
        (
            "`parent` names a field of type lookup, whose record decides about access.",
            "`parent` 必须是 lookup 类型的字段，其指向的记录决定访问权限。",
        ),
    ),
    _error(
        "CFG411",
        ("The section shows nothing, or two things", "分区没有内容或内容冲突"),
        ("A section has either `fields` or `related`.", "分区应有 `fields` 或 `related` 之一。"),
    ),
    _error(
        "CFG412",
        ("The scope parent needs a parent", "parent 范围需要 parent"),
        (
            "The scope `parent` means: whoever may read the record that `parent` points to. The entity states no `parent`.",
            "parent 范围表示：能读取 `parent` 所指记录的人。该实体没有写明 `parent`。",
        ),
    ),
    _error(
        "CFG413",
        ("A field that the system needs has the wrong type", "系统所需字段的类型不对"),
        (
            "The system itself uses these fields of user, department and team.",
            "系统自身会使用 user、department、team 的这些字段。",
        ),
    ),
    _error(
        "CFG414",
        ("A sequence never counts", "编号规则没有序号"),
        (
            "The pattern must hold {seq} or {seq:05}, and may hold {yyyy} {yy} {mm} {dd}.",
            "pattern 必须包含 {seq} 或 {seq:05}，可以包含 {yyyy} {yy} {mm} {dd}。",
        ),
    ),
    _error(
        "CFG415",
        ("The field grant says two things", "字段授权自相矛盾"),
        (
            "A field is granted by `access` or by `mask`, not by both; `write` goes with `mask`; a mask fits texts.",
            "字段授权使用 `access` 或 `mask` 之一；`write` 与 `mask` 一起使用；掩码只适用于文本。",
        ),
    ),
    _error(
        "CFG416",
        ("A duration or time zone is not understood", "时长或时区无法识别"),
        (
            "Write durations as `15 minutes` or `30 days`, time zones as `Asia/Shanghai`.",
            "时长写作 `15 minutes`、`30 days`，时区写作 `Asia/Shanghai`。",
        ),
    ),
    _error(
        "CFG417",
        ("A list of options or stages is empty", "选项或阶段列表为空"),
        ("There must be at least one that may be chosen.", "至少要有一个可以选择的值。"),
    ),
    _warning(
        "CFG418",
        ("A field stands in two places of the form", "字段在表单中出现两次"),
        ("The form shows it once, at the first place.", "表单只在第一个位置显示它。"),
    ),
    _error(
        "CFG419",
        ("Names collide", "名称冲突"),
        (
            "The other side of a lookup has the name of a field of the entity that it points to.",
            "查找字段的反向名称与其所指实体的字段同名。",
        ),
    ),
    _error(
        "CFG420",
        ("A required field can be written by nobody", "没有人能填写必填字段"),
        (
            "The field is restricted, and no role grants it with write; no one could save a new record.",
            "该字段是受限字段，且没有角色授予其写权限，因此无法保存新记录。",
        ),
    ),
)

CODES: Mapping[str, Code] = MappingProxyType(
    {code.name: code for code in (*_TEXT_OF_A_FILE, *_SHAPE, *_REFERENCES, *_MEANING)}
)
