"""Lengths of time as people read them."""

from __future__ import annotations

from app.definition import Text
from app.definition.grammars import parse_duration
from app.manual.table import both

_UNITS = {"minutes": "分钟", "hours": "小时", "days": "天", "weeks": "周", "months": "个月", "years": "年"}
_WORKING = {"hours": "个工作小时", "days": "个工作日"}


def length_text(written: str) -> Text:
    """A duration of the configuration, such as `2 working days`: in English as it is written, and so is what is none."""
    length = parse_duration(written)
    if length is None:
        return both(written, written)
    unit = _WORKING.get(length.unit) if length.working else None
    return both(written, f"{length.count}{unit or _UNITS[length.unit]}")
