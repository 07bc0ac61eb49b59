"""The action `run`: what an extension registered is called as deliveries are, outside of any transaction and at least once."""

from __future__ import annotations

from typing import Any

from app.automation.deliveries import Answer, Delivery, ToDeliver, queue
from app.automation.doing import Act, Doing
from app.automation.given import formula_of, rows_for
from app.delivery.lines import one_line
from app.extension import of_pack
from app.insight.wire import value_to_wire
from app.orm.store import Store
from app.record import Saved
from app.settings import Settings

KIND = "extension"


def _read(doing: Doing) -> dict[int, dict[str, Any]]:
    """By record what the action is given: literals as they are written, what formulas say of the record."""
    values, unit = doing.action.with_, doing.unit
    return {
        record: {
            key: value.literal
            if value.formula is None
            else value_to_wire(formula_of(unit, doing.entity, value).evaluate(row, row, unit.context))
            for key, value in values.items()
        }
        for record, row in rows_for(doing, values.values()).items()
    }


def _queue(doing: Doing, given: dict[int, dict[str, Any]]) -> Saved:
    name = str(doing.action.run)
    wanted = [
        ToDeliver(
            key=doing.key(record), kind=KIND, target=name, host=f"{KIND}.{name}",
            content={"action": name, "values": given[record]}, record=record,
        )
        for record in doing.records
        if record in given
    ]  # fmt: skip
    made = queue(doing, wanted)
    return Saved((0,) * made, (0,) * made)  # so many; no records


RUN = Act(_queue, _read)


def run(delivery: Delivery, store: Store, _settings: Settings) -> Answer:
    """Calls it. What it raises is an attempt that failed, of which the kind is told: the text may hold anything."""
    name = str(delivery.content["action"])
    action = of_pack(store.catalog.pack).actions.get(name)
    if action is None:
        return Answer(False, f"no extension of the pack has registered '{one_line(name)}'")
    action.run(delivery.content["values"], delivery.key)
    return Answer(True, "done")
