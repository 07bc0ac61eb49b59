"""CFG2xx: the shape of what is written."""

from __future__ import annotations

from app.diagnostics.codes.code import error, note

SHAPE = (
    error(
        "CFG201",
        ("Unknown key", "未知的键"),
        (
            "The language has no such key at this place. Look at the hint for the nearest one.",
            "此处没有这个键。提示中给出了最接近的键。",
        ),
    ),
    error(
        "CFG202",
        ("A key is missing", "缺少键"),
        ("A thing of this kind must state this key.", "此类对象必须写明该键。"),
    ),
    error(
        "CFG203",
        ("The value is of the wrong kind", "值的类型不对"),
        (
            "For example a list where a text belongs, or a number without quotes where a text belongs.",
            "例如应为文本却写了列表，或应为文本的数字没有加引号。",
        ),
    ),
    error(
        "CFG204",
        ("The word is none of those allowed", "不在允许的取值之中"),
        ("This key takes one of a closed list of words.", "该键只能取固定列表中的一个词。"),
    ),
    error(
        "CFG205",
        ("The number is too small or too great", "数字超出范围"),
        ("The message says between which limits it must be.", "消息中给出了允许的范围。"),
    ),
    error(
        "CFG206",
        ("The text has the wrong form", "文本格式不对"),
        ("The message says which form it must have.", "消息中给出了要求的格式。"),
    ),
    error(
        "CFG207",
        ("A name stands twice in a list", "列表中名称重复"),
        ("Each name may stand in this list once.", "该列表中每个名称只能出现一次。"),
    ),
    error(
        "CFG208",
        ("The attribute does not fit the type of the field", "该属性不适用于此字段类型"),
        ("Remove the attribute, or choose a type that it fits.", "请删除该属性，或改用适合的字段类型。"),
    ),
    error(
        "CFG209",
        ("Two keys do not go together", "两个键不能同时出现"),
        (
            "Of several ways to say a thing exactly one is written, with what belongs to it. Remove the other.",
            "同一件事有多种写法时，只能选用其中一种及其附属的键。请删除另一种。",
        ),
    ),
    error(
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
    error(
        "CFG211",
        ("A name has the wrong form", "名称格式不对"),
        (
            "Keys of things begin with a small letter and hold small letters, digits and _, at most 40 characters.",
            "对象的键以小写字母开头，只含小写字母、数字和下划线，最长 40 个字符。",
        ),
    ),
    error(
        "CFG212",
        ("The name is reserved", "名称已被保留"),
        ("The system uses this name itself. Choose another one.", "系统自身使用了该名称，请另选一个。"),
    ),
    error(
        "CFG213",
        ("Two files describe one thing", "两个文件描述同一对象"),
        ("Remove one of them: one thing is one file.", "一个对象只对应一个文件，请删除其中之一。"),
    ),
    error(
        "CFG214",
        ("A secret stands in a file", "文件中写有密钥"),
        (
            (
                "Files of a pack are kept in git, in revisions and in backups. Write `${env:NAME}`, and set the variable in the "
                "environment of the program. Change the secret that stood here: others may have read it."
            ),
            "配置文件会保存在 git、版本和备份中。请写 `${env:NAME}`，并在程序的运行环境中设置该变量。此处出现过的密钥可能已泄露，请更换。",
        ),
    ),
    error(
        "CFG221",
        ("The overlay patches something that no base has", "覆盖包修改了基础包中不存在的内容"),
        (
            "Correct the name. A new field states its type; a new entity states its fields.",
            "请更正名称。新字段需写明 type，新实体需写明 fields。",
        ),
    ),
    error(
        "CFG222",
        ("Only an overlay may say this", "只有覆盖包可以这样写"),
        (
            "null and keys that begin with $ change what a base says; a pack that extends nothing has no base.",
            "null 和以 $ 开头的键用于修改基础包的内容；没有 extends 的配置包没有基础包。",
        ),
    ),
    error(
        "CFG223",
        ("The instruction to the merge can't be followed", "合并指令无法执行"),
        (
            "$place is first, last, after x or before x; lists take {$add: {x: after y}, $remove: [z]}; the names must exist.",
            "$place 可取 first、last、after x 或 before x；列表可写 {$add: {x: after y}, $remove: [z]}；所用名称必须存在。",
        ),
    ),
    error(
        "CFG224",
        ("The base has locked this", "基础包已锁定此处"),
        (
            "A layer below marked it $locked: it can't be changed by an overlay.",
            "下层配置包已用 $locked 锁定，覆盖包不能修改。",
        ),
    ),
    note(
        "CFG225",
        ("Something goes along with what was removed", "随删除一并移除"),
        (
            "What hangs on a removed thing goes with it. This is for you to look at; nothing needs to be done.",
            "依附于被删除对象的内容会一并移除。仅供查看，无需处理。",
        ),
    ),
    error(
        "CFG226",
        ("The packs extend each other in a circle", "配置包循环继承"),
        (
            "Follow `extends` from pack to pack: it must end at a pack that extends nothing.",
            "请沿 extends 逐个检查：最终必须到达一个没有 extends 的配置包。",
        ),
    ),
)
