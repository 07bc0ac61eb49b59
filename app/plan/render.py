"""A plan as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.diagnostics import Span
from app.plan.check import counted
from app.plan.step import Block, Plan, Step

_GAP = "  "
FORMAT = 1


def render_text(plan: Plan) -> str:
    """The plan in aligned columns: what, where, how, the line of YAML, what it does to the data."""
    if plan.is_empty:
        return f"Nothing to do: catalog {plan.after[:8]} is applied (revision {plan.revision}, database {plan.database}).\n"
    before = plan.before[:8] or "none"
    head = f"Plan for {plan.pack or 'the pack'} (catalog {before} → {plan.after[:8]}, database {plan.database})"
    return "\n".join([head, "", *_lines(plan.steps), "", _verdict(plan), *_remedies(plan), ""])


def _lines(steps: Sequence[Step]) -> list[str]:
    rows = [(f"{s.kind.symbol} {s.kind.words}", s.target, s.detail, _place(s.origin), _words_on_data(s)) for s in steps]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines: list[str] = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)]
        lines.append(("  " + _GAP.join(cells)).rstrip())
    return lines


def _words_on_data(step: Step) -> str:
    words = [step.impact]
    if step.blocks:
        words = [step.blocks.reason, f"BLOCKS {step.blocks.code}"]
    elif step.risk != "safe":
        words.append(step.risk.upper() if step.risk == "destructive" else step.risk)
    return _GAP.join(word for word in words if word)


def _place(origin: Span | None) -> str:
    return f"{origin.file}:{origin.line}" if origin else ""


def _remedies(plan: Plan) -> list[str]:
    """What to do about each kind of block, once."""
    found = dict.fromkeys((step.blocks.code, step.blocks.remedy) for step in plan.steps if step.blocks)
    return [f"  {code}  {remedy}" for code, remedy in found if remedy]


def _verdict(plan: Plan) -> str:
    steps = counted(len(plan.steps), "step")
    if plan.blocked:
        blocked = len(plan.blocked)
        return f"  {blocked} of {steps} block{'s' if blocked == 1 else ''}. Nothing was changed."
    flags = " ".join(f"--allow-destructive {step.name}" for step in plan.destructive)
    return f"  {steps}. Nothing was changed yet: crm apply{' ' + flags if flags else ''}"


def render_json(plan: Plan) -> str:
    """The plan as JSON, also the form in which it is saved."""
    return json.dumps(plan_to_json(plan), ensure_ascii=False, indent=2) + "\n"


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Plain values of a plan."""
    return {
        "format": FORMAT,
        "pack": plan.pack,
        "database": plan.database,
        "catalog": {"before": plan.before, "after": plan.after},
        "revision": plan.revision,
        "fingerprint": plan.fingerprint,
        "blocked": bool(plan.blocked),
        "steps": [step_to_json(step) for step in plan.steps],
    }


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


def _block_to_json(block: Block) -> dict[str, str]:
    return {"code": block.code, "reason": block.reason, "remedy": block.remedy}


def saved_plan(text: str) -> Plan:
    """What a saved plan is bound to (its steps are planned again when it is applied). Raises ValueError for another file."""
    try:
        saved = json.loads(text)
        if saved["format"] != FORMAT:
            raise ValueError(f"a plan of format {saved['format']}, not {FORMAT}")
        catalog: Mapping[str, str] = saved["catalog"]
        return Plan(
            pack=saved["pack"],
            before=catalog["before"],
            after=catalog["after"],
            revision=saved["revision"],
            fingerprint=saved["fingerprint"],
            database=saved["database"],
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not a saved plan") from error
