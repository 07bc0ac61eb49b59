"""Handing a task to a colleague: its owner changes, he is told by whom and with which words, and its history says so."""

from __future__ import annotations

from app.access import Actor, field_rights
from app.automation.notices import Notice, tell
from app.definition.duty import TASK
from app.orm.store import Store
from app.record import Change, Door, Refused, Saved, Unit, in_unit, update_in
from app.record.paths import read_records

COMMENT = "handover"  # the field that keeps the words, where there is one
LONGEST_COMMENT = 300


def hand_over(store: Store, actor: Actor, task: int, to: int, comment: str, *, door: Door) -> Saved | Refused:
    """Makes a person the owner of a task, as far as the actor may, and tells him. Words that are too long are cut."""
    words = comment.replace("\0", "").strip()[:LONGEST_COMMENT]
    values: dict[str, object] = {"owner": str(to)}
    if words and COMMENT in field_rights(store.catalog, actor, TASK).updatable:
        values[COMMENT] = words

    def work(unit: Unit) -> Saved | Refused:
        before = read_records(unit, TASK, ("owner",), [task]).get(task, {})
        outcome = update_in(unit, TASK, [Change(task, values)])
        if isinstance(outcome, Saved) and before.get("owner") != to != actor.user_id:
            params = {"by": actor.user_id, "comment": words}
            mark = f"task.delegated:{task}:{unit.changed_seq}"
            tell(
                unit.connection,
                [Notice(user=to, kind="task.delegated", mark=mark, entity=TASK, record=task, params=params)],
                unit.at,
                unit.catalog,
            )
        return outcome

    return in_unit(store, actor, door, work)
