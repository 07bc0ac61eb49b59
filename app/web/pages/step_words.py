"""What a plan says of its steps, for readers of Chinese: plans and the history keep it in English, as the command line says it."""

from __future__ import annotations

import re

_COUNTED = {
    "field": "{} 个字段", "option": "{} 个选项", "stage": "{} 个阶段", "grant": "{} 项授权", "row": "{} 行", "user": "{} 人",
    "record": "{} 条记录", "rule": "{} 条规则",
}  # fmt: skip
_WORDS = {
    "label": "名称", "plural": "复数名称", "help": "说明", "guide": "指引", "message": "提示", "fields": "字段", "options": "选项",
    "stages": "阶段", "pipelines": "流程", "rules": "规则", "required → optional": "必填 → 选填",
    "optional → required": "选填 → 必填", "no effect on tables or screens": "不影响数据表和页面",
}  # fmt: skip
_COUNT = re.compile(r"([\d,]+) ([a-z]+?)s?")


def step_text(text: str, language: str) -> str:
    """What is told of a step in a language; names of the configuration, and sentences that have no words here, stay."""
    if language != "zh" or not text:
        return text
    if text in _WORDS:
        return _WORDS[text]
    pieces = text.split(", ")
    told = [_piece(each) for each in pieces]
    return text if None in told else "、".join(filter(None, told))


def _piece(text: str) -> str | None:
    found = _COUNT.fullmatch(text)
    if found and found[2] in _COUNTED:
        return _COUNTED[found[2]].format(found[1])
    return _WORDS.get(text)
