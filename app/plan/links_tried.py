"""What a formula of `backfill` gives own fields of links, tried while a plan is made, so that the plan says which links would get
no value that fits.

As of formulas of fields: one is tried that reads what the switch will find there, too. Any other is told by the switch, which
then changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy.engine import Connection

from app.expression import Checked
from app.expression.links import RECORD, TARGET
from app.orm.many import OWN_PREFIX, many_key
from app.orm.many import RECORD as RECORD_COLUMN
from app.orm.models import Models
from app.plan.links import links_to_give
from app.plan.links_given import given_to_links
from app.plan.question import Check, Held, LinksConvert, LinksFit, Merged, Restored
from app.plan.step import Step
from app.plan.trial import Unsettled, held_up, is_settled, unsettled
from app.record.values import Bad

Asked = LinksConvert | LinksFit


def with_link_trials(connection: Connection, before: Models, after: Models, steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, those held up whose formula gives some links no value that fits. `before` are the tables as they are, in the
    words of `after`.
    """
    for step in steps:
        check = step.check
        given = check.decision.given if isinstance(check, Asked) and not step.blocks else None
        if given is None or given.formula is None or not isinstance(check, Asked):
            yield step
            continue
        others = [each.check for each in steps if each is not step and each.check is not None]
        wrong: list[int] = []
        if _is_told(before, after, check, given.formula, others):
            links = links_to_give(connection, before, check)
            values = given_to_links(connection, before, after.catalog, check, given.formula, links)
            wrong = [link[RECORD_COLUMN] for link, value in values if isinstance(value, Bad)]
        yield held_up(step, len(wrong), sorted(set(wrong))) if wrong else step


def _is_told(before: Models, after: Models, check: Asked, formula: Checked, others: Sequence[Check]) -> bool:
    """Whether the links and their ends say already what the formula gives."""
    written, ends = unsettled(others), {RECORD: check.entity}
    targets = after.catalog.get_field(check.entity, check.field).targets
    ends |= {TARGET: targets[0]} if len(targets) == 1 else {}
    own = frozenset(_own_written(check, others))
    for key in formula.keys | formula.old_keys:
        end, _, rest = key.partition(".")
        if end not in ends:
            if key != check.own and not _stays(before, after, check, key, own):
                return False
        elif rest and not is_settled(before, after, ends[end], rest, written):
            return False
    return not _lists_written(check, written)


def _stays(before: Models, after: Models, check: Asked, own: str, written: Collection[str]) -> bool:
    """Whether an own field says at the switch what it says now."""
    columns = [each.many[many_key(check.entity, check.field)].table.c for each in (before, after)]
    key = OWN_PREFIX + own
    return own not in written and key in columns[0] and columns[0][key].name == columns[1][key].name


def _own_written(check: Asked, others: Sequence[Check]) -> Iterator[str]:
    """The own fields of the same links that the switch writes, too."""
    for each in others:
        if isinstance(each, Asked) and (each.entity, each.field) == (check.entity, check.field):
            yield each.own
        elif isinstance(each, Restored) and each.field is not None and each.entity == check.entity:
            field, _, own = each.field.partition(".")
            yield from [own] if field == check.field else []
        elif isinstance(each, Merged | Held):
            holders = each.fields if isinstance(each, Merged) else each.holders
            yield from (one[2] for one in holders if len(one) > 2 and one[:2] == (check.entity, check.field))


def _lists_written(check: Asked, written: Unsettled) -> bool:
    """Whether the links themselves come back or are written, so that some may be others by then."""
    return (check.entity, None) in written or (check.entity, check.field) in written
