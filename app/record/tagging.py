"""Tags of records: some are added, some taken away, whatever else a record has stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.access import Actor
from app.frozen import dataclass
from app.orm.store import Store
from app.record.decide import read_rows
from app.record.lists import fold
from app.record.many import add_lists
from app.record.refusal import Change, Door, Refused, Saved
from app.record.unit import Unit, in_unit
from app.record.write import update_in


def retagged(tags: Iterable[str] | None, add: Iterable[str], remove: Iterable[str]) -> list[str]:
    """The tags of a record without some, and with others behind them that it does not have yet, however these are written."""
    gone = {fold(each) for each in remove}
    kept = [each for each in tags or () if fold(each) not in gone]
    known = {fold(each) for each in kept}
    return [*kept, *(each for each in add if fold(each) not in known)]


@dataclass(frozen=True)
class Retag:
    """What is done to the tags that a field holds."""

    field: str
    add: Sequence[str] = ()
    remove: Sequence[str] = ()


def retag(store: Store, actor: Actor, entity: str, ids: Sequence[int], wish: Retag, *, door: Door) -> Saved | Refused:
    """Adds and takes away tags of records: of all of them or of none. Their rows are locked before they are read, so that what
    others tag meanwhile is not lost.

    The field must be one that the actor reads in clear: what he does not see of a record would go. Raises StaleRevision.
    """

    def work(unit: Unit) -> Saved | Refused:
        rows = read_rows(unit, entity, ids, ())
        add_lists(unit, unit.blueprint(entity), rows, (wish.field,))
        tags = {record: retagged(rows.get(record, {}).get(wish.field), wish.add, wish.remove) for record in ids}
        return update_in(unit, entity, [Change(record, {wish.field: said}) for record, said in tags.items()])

    return in_unit(store, actor, door, work)
