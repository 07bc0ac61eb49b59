"""A step of an approval: who is asked, and whether enough of them agreed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa

from app.automation.approval_rows import AGREED, WAITING, Ask, Asked, company_day
from app.automation.approval_terms import moment_after
from app.automation.notices import Notice, tell
from app.automation.who import people_of
from app.definition import Catalog
from app.definition.grammars import Duration
from app.definition.people import Who
from app.orm.framework import approval, approval_ask, deputy
from app.record import Refusal, Refused, Unit

PASSED_ON = "passed_on"
BY, COMMENT = "by", "comment"  # among the parameters of a notice
Said = tuple[int | None, str | None]
NOTHING_SAID: Said = (None, None)


def begin_step(unit: Unit, asked: Asked, name: str) -> Refused | None:
    """Asks the people of a step. Refused where there are not enough of them."""
    step = asked.terms.step(name)
    needed = step.need if isinstance(step.need, int) else 1
    people = people_to_ask(unit, asked, step.approvers)
    if len(people) < needed and step.escalate is not None:
        people = tuple(dict.fromkeys((*people, *people_to_ask(unit, asked, step.escalate.to))))
    if len(people) < needed:
        label = step.label.in_language(unit.actor.language) or step.key
        return Refused(
            (
                Refusal(
                    "transition.needs_approval",
                    asked.field,
                    {"step": label},
                    record=asked.record,
                    entity=asked.entity,
                    variant="nobody",
                ),
            )
        )
    unit.connection.execute(
        sa.update(approval).where(approval.c.id == asked.id).values(step=name, changed_seq=unit.changed_seq)
    )
    write_asks(unit, asked, name, people)
    return None


def ask_further(unit: Unit, asked: Asked) -> bool:
    """Where nobody is asked any more in a step that is not agreed: asks those to whom it escalates. False where they are not
    enough either.
    """
    name = str(asked.step)
    step = asked.terms.step(name)
    people = people_to_ask(unit, asked, step.escalate.to) if step.escalate is not None else ()
    agreed = agreed_in(asked, name)
    if isinstance(step.need, int):
        people = tuple(each for each in people if each not in agreed)
    lacking = step.need - len(agreed) if isinstance(step.need, int) else 1
    if len(people) < lacking:
        return False
    last = max((each.id for each in asked.asks if each.step == name), default=None)
    write_asks(unit, asked, name, people, last)
    return True


def agreed_in(asked: Asked, step: str) -> frozenset[int | None]:
    """Who agreed in a step, each once for however many he did."""
    return frozenset(each.decided_by for each in asked.asks if each.step == step and each.state == AGREED)


def people_to_ask(unit: Unit, asked: Asked, whos: Sequence[Who]) -> tuple[int, ...]:
    """The active people who are meant; who asked is not among them, unless he may agree himself."""
    known = [each for each in whos if _is_known(unit.catalog, asked.entity, each)]
    found = people_of(unit, asked.entity, [asked.record], known)[asked.record]
    return tuple(each for each in found if asked.terms.self_approval or each != asked.asked_by)


def _is_known(catalog: Catalog, entity: str, who: Who) -> bool:
    """Whether its paths still lead somewhere: an approval may be older than the configuration."""
    inner = (*who.map.values(), *((who.otherwise,) if who.otherwise is not None else ()))
    paths = (path for path in (who.path, who.field) if path is not None)
    return all(_leads(catalog, entity, path) for path in paths) and all(
        _is_known(catalog, entity, each) for each in inner
    )


def _leads(catalog: Catalog, entity: str, path: str) -> bool:
    here: str | None = entity
    for key in path.split("."):
        described = catalog.entities.get(here or "")
        field = described.every_field.get(key) if described is not None else None
        if field is None:
            return False
        here = field.target
    return True


def write_asks(unit: Unit, asked: Asked, step: str, people: Iterable[int], instead_of: int | None = None) -> None:
    """Asks people, and tells them and who stands in for them."""
    wanted = list(people)
    if not wanted:
        return
    due = moment_after(unit.catalog, asked.terms.step(step).within, unit.at)
    rows = [
        {
            "approval_id": asked.id,
            "step": step,
            "user_id": each,
            "asked_at": unit.at,
            "due": due,
            "state": WAITING,
            "instead_of": instead_of,
            "changed_seq": unit.changed_seq,
        }
        for each in wanted
    ]
    unit.connection.execute(sa.insert(approval_ask), rows)
    told = dict.fromkeys((*wanted, *_deputies_of(unit, wanted)))
    others = [each for each in told if each != asked.asked_by]
    mark = step if instead_of is None else f"{step}/{instead_of}"
    tell_people(unit, asked, "approval.asked", others, mark, (asked.asked_by, asked.comment))


def _deputies_of(unit: Unit, people: Sequence[int]) -> tuple[int, ...]:
    today = company_day(unit.catalog, unit.at)
    query = sa.select(deputy.c.deputy_id).where(
        deputy.c.user_id.in_(people), deputy.c.first_day <= today, deputy.c.last_day >= today
    )
    return tuple(unit.connection.execute(query.order_by(deputy.c.id)).scalars())


def tell_people(
    unit: Unit, asked: Asked, kind: str, people: Iterable[int | None], mark: object = "", said: Said = NOTHING_SAID
) -> None:
    """Tells people what became of an approval, each once; `said`: by whom and what, shown to who reads the record."""
    params = {key: value for key, value in zip((BY, COMMENT), said, strict=True) if value is not None}
    notices = [
        Notice(
            user=each,
            kind=kind,
            mark=f"{kind}:{asked.id}:{mark}",
            entity=asked.entity,
            record=asked.record,
            params=params,
        )
        for each in people
        if each is not None
    ]
    tell(unit.connection, notices, unit.at, unit.catalog)


def is_agreed(asked: Asked, asks: Sequence[Ask], step: str) -> bool:
    """Whether enough people agreed in a step. Where all must, one of those to whom it went on is enough in place of who did
    not answer.
    """
    need = asked.terms.step(step).need
    here = [each for each in asks if each.step == step]
    agreed = [each for each in here if each.state == AGREED]
    if need != "all":
        return len({each.decided_by for each in agreed}) >= (need if isinstance(need, int) else 1)
    first = [each for each in here if each.instead_of is None]
    passed_on = any(each.state == PASSED_ON for each in first)
    stood_in = any(each.instead_of is not None for each in agreed)
    return bool(agreed) and all(each.state in (AGREED, PASSED_ON) for each in first) and (stood_in or not passed_on)


def needed_people(asks: Iterable[Ask]) -> Iterator[int]:
    """Who is still asked."""
    return (each.user for each in asks if each.state == WAITING)


def due_moment(ask: Ask, catalog: Catalog, after: Duration | None) -> dt.datetime | None:
    """When a question goes on to others: when it was due, or so long after."""
    if ask.due is None:
        return None
    return moment_after(catalog, after, ask.due) or ask.due
