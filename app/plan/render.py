"""Steps as aligned text for people and as plain values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.diagnostics import Span
from app.plan.step import Block, Step

_GAP = "  "
_WIDEST = 60  # characters; one long expression does not push every other line apart


def step_lines(steps: Sequence[Step]) -> list[str]:
    """A line for each step: what, where, how, the line of YAML, what it does to the data."""
    if not steps:
        return []
    rows = [(f"{s.kind.symbol} {s.kind.words}", s.target, s.detail, _place(s.origin), _words_on_data(s)) for s in steps]
    widths = [max((len(row[column]) for row in rows if len(row[column]) <= _WIDEST), default=0) for column in range(4)]
    aligned = (_GAP.join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)) for row in rows)
    return [f"  {line}".rstrip() for line in aligned]


def remedies(steps: Sequence[Step]) -> list[str]:
    """What to do about each kind of block, once."""
    found = {(step.blocks.code, step.blocks.remedy) for step in steps if step.blocks}
    return [f"  {code}  {remedy}" for code, remedy in sorted(found) if remedy]


def step_to_json(step: Step) -> dict[str, Any]:
    """Plain values of a step."""
    origin, blocks = step.origin, step.blocks
    return {
        "kind": step.kind.name.lower(),
        "symbol": step.kind.symbol,
        "what": step.kind.words,
        "target": step.target,
        "detail": step.detail,
        "risk": step.risk,
        "origin": {"file": origin.file, "line": origin.line, "column": origin.column} if origin else None,
        "impact": step.impact,
        "blocks": _block_to_json(blocks) if blocks else None,
    }


def _words_on_data(step: Step) -> str:
    if step.blocks:
        return f"{step.blocks.reason}{_GAP}BLOCKS {step.blocks.code}"
    risk = "" if step.risk == "safe" else step.risk
    return _GAP.join(word for word in (step.impact, risk) if word)


def _place(origin: Span | None) -> str:
    return f"{origin.file}:{origin.line}" if origin else ""


def _block_to_json(block: Block) -> dict[str, str]:
    return {"code": block.code, "reason": block.reason, "remedy": block.remedy}
