"""The jobs of the audit: sealing it each minute, proving and anchoring it each day."""

from __future__ import annotations

import datetime as dt

from app.automation.runs import JobRefused
from app.definition import Text
from app.orm.store import Store
from app.record.proof import prove_audit
from app.record.seals import anchor_audit, anchors_outside, newest_outside, note_newest, seal_audit
from app.settings import Settings

SEALS = "audit_seals"


def seal(store: Store, settings: Settings) -> Text:
    """Seals what was written, and notes the newest seal outside."""
    sealed = seal_audit(store)
    note_newest(store, settings.data_dir)
    if sealed is None:
        return Text({"en": "others are writing; the next run goes on", "zh": "有写入尚未结束，下次继续"})
    return Text({"en": f"{sealed} lines", "zh": f"{sealed} 行"})


def anchor(store: Store, settings: Settings, day: dt.date) -> Text:
    """Proves what came since the last anchor and drops the next one. Raises JobRefused where something is wrong: then no
    anchor is dropped, so that the next day tells it again.
    """
    seal_audit(store)
    try:
        proof = prove_audit(store, anchors_outside(settings.data_dir), newest_outside(settings.data_dir), recent=True)
    except ValueError as error:
        raise JobRefused(Text({"en": str(error), "zh": f"锚点文件无法读取：{error}"})) from error
    if proof.wrong:
        raise JobRefused(
            Text(
                {
                    "en": f"{proof.wrong} wrong, first: {proof.named[0]} (`crm audit verify`)",
                    "zh": f"发现 {proof.wrong} 处异常，第一处：{proof.named[0]}（`crm audit verify`）",
                }
            )
        )
    note_newest(store, settings.data_dir)
    dropped = anchor_audit(store, day, settings.data_dir)
    seal_number = dropped.seal if dropped is not None else 0
    en, zh = f"{proof.lines} lines proven, seal {seal_number}", f"已校验 {proof.lines} 行，封存号 {seal_number}"
    return Text({"en": en, "zh": zh})
