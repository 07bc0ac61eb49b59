"""CFG1xx: the text of a file."""

from __future__ import annotations

from app.diagnostics.codes.code import error

TEXT_OF_FILES = (
    error(
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
    error(
        "CFG102",
        ("A tab indents a line", "使用了制表符缩进"),
        (
            "YAML is indented with spaces only. Replace the tab by spaces.",
            "YAML 只能用空格缩进，请将制表符替换为空格。",
        ),
    ),
    error(
        "CFG103",
        ("A key stands twice", "键重复"),
        (
            "The same key stands twice in one map; other tools would silently take the last one. Remove or rename one of them.",
            "同一映射中出现了两个相同的键，其他工具会悄悄采用最后一个。请删除或重命名其中之一。",
        ),
    ),
    error(
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
    error(
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
    error(
        "CFG106",
        ("A comma cut the text off", "逗号截断了文本"),
        (
            "Within { } a comma ends the value. Put a text that holds a comma in quotes.",
            "在 { } 中逗号会结束当前值。含有逗号的文本请加引号。",
        ),
    ),
    error(
        "CFG107",
        ("The file is too large", "文件过大"),
        (
            "A file of configuration holds at most 1 MB and 100,000 values, aliases counted with all that they repeat.",
            "单个配置文件最大 1 MB、最多 100,000 个值（别名按其展开后的内容计算）。",
        ),
    ),
    error(
        "CFG108",
        ("The file is nested too deeply", "嵌套过深"),
        ("Values may be nested at most 40 levels deep.", "值最多嵌套 40 层。"),
    ),
    error(
        "CFG109",
        ("An alias holds itself", "别名包含自身"),
        (
            "An alias (*name) may only repeat a value that is complete where the alias stands.",
            "别名（*name）只能引用在其之前已完整的值。",
        ),
    ),
    error(
        "CFG110",
        ("The file is not UTF-8 text", "文件不是 UTF-8 文本"),
        (
            "Save the file as UTF-8. Control characters such as NUL are not allowed.",
            "请将文件保存为 UTF-8 编码，且不允许包含 NUL 等控制字符。",
        ),
    ),
    error(
        "CFG111",
        ("The file holds more than one document", "文件包含多个文档"),
        ("One file is one thing: remove the line ---.", "一个文件只描述一个对象：请删除 --- 行。"),
    ),
    error(
        "CFG112",
        ("A tag is used", "使用了标签"),
        (
            "Tags such as !name are not part of the language. Write the plain value.",
            "本语言不支持 !name 之类的标签，请直接写值。",
        ),
    ),
    error(
        "CFG113",
        ("A key is not a text", "键不是文本"),
        (
            "Keys are texts. Put a number or a word such as true in quotes; write out what a merge key << would copy.",
            "键必须是文本。数字或 true 之类的词请加引号；不支持合并键 <<，请直接写出内容。",
        ),
    ),
    error(
        "CFG114",
        ("Other tools misread this key", "其他工具会误读此键"),
        (
            "Many YAML tools read yes, no, on and off as true or false. Put the key in quotes.",
            "许多 YAML 工具会把 yes、no、on、off 读作真或假。请给键加引号。",
        ),
    ),
    error(
        "CFG115",
        ("A full-width character stands where YAML needs an ASCII one", "使用了全角符号"),
        (
            "A Chinese keyboard writes ：，（）“” as characters of their own. YAML needs : , ( ) and straight quotes.",
            "中文输入法的 ：，（）“” 与 YAML 所需的半角 : , ( ) 及直引号不同，请改为半角。",
        ),
    ),
    error(
        "CFG116",
        ("The number can't be used", "数字无法使用"),
        (
            "Numbers have at most 40 digits and are finite. Put digits that are a text, such as a code, in quotes.",
            "数字最多 40 位且必须有限。若数字实为文本（如编码），请加引号。",
        ),
    ),
    error(
        "CFG117",
        ("A file or folder can't be read", "文件或文件夹无法读取"),
        ("Check that it exists and may be read.", "请检查其是否存在以及是否有读取权限。"),
    ),
)
