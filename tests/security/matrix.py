"""One cell of the matrix: a try, judged by the oracle."""

from __future__ import annotations

from collections.abc import Iterator

from tests.security.company import ASKING, POSITIONS
from tests.security.doors import TRIES, Cell, Try, normal, twin
from tests.security.site import Heard, Site

Twins = dict[tuple[str, str, str], tuple[int, str]]


def cells(site: Site) -> Iterator[tuple[Try, Cell]]:
    """The whole product."""
    for a_try in TRIES:
        for entity in a_try.entities:
            for asker in ASKING:
                for position in POSITIONS:
                    yield a_try, Cell(site, asker, entity, site.thing(entity, position, asker))


def judge(a_try: Try, cell: Cell, twins: Twins) -> list[str]:
    """What is wrong with the answer; nothing when it is as the oracle says. The database is left as it was."""
    site = cell.site
    expected = a_try.expect(cell)
    heard = a_try.send(cell)
    wrong = [f"tells {each}" for each in site.leaks(cell.asker, heard, sent=cell.word)]
    if heard.status >= 500:
        wrong.append(f"fault {heard.status}")
    changed = site.wrote()
    if a_try.found is not None:
        wrong += _judge_list(a_try, cell, heard, expected, twins)
    elif expected == "yes":
        wrong += [] if heard.status in a_try.ok else [f"refused with {heard.status}"]
        lazy = a_try.changes and heard.status in a_try.ok and not changed and not a_try.idle(cell)
        wrong += ["changed nothing"] if lazy else []
    elif expected == "deny":
        wrong += [] if heard.status in a_try.denied else [f"answers {heard.status}, not one of {sorted(a_try.denied)}"]
    else:
        wrong += _differs(a_try, cell, heard, twins)
    if changed and not (a_try.changes and expected == "yes"):
        wrong.append(f"changed {', '.join(site.changed()) or 'nothing, but wrote'}")
    if changed:
        site.put_back()
    return [f"{a_try.name} {cell.asker} {cell.entity} {_position(cell)} ({expected}): {each}" for each in wrong]


def _judge_list(a_try: Try, cell: Cell, heard: Heard, expected: str, twins: Twins) -> list[str]:
    assert a_try.found is not None
    found = a_try.found(cell, heard)
    if expected == "yes":
        return [] if found else [f"does not show it ({heard.status})"]
    if found:
        return ["shows it"]
    whole = a_try.name in {"page.bin", "api.bin", "api.related"}  # what they show does not depend on this record
    return [] if whole else _differs(a_try, cell, heard, twins)


def _differs(a_try: Try, cell: Cell, heard: Heard, twins: Twins) -> list[str]:
    """Whether the answer differs from that about a record that does not exist."""
    key = (a_try.name, cell.asker, cell.entity)
    if key not in twins:
        other = twin(cell)
        twins[key] = normal(other, a_try.send(other))
    got = normal(cell, heard)
    if got == twins[key]:
        return []
    return [f"differs from what does not exist: {got[0]} {_difference(got[1], twins[key][1])} ({twins[key][0]})"]


def _difference(one: str, other: str) -> str:
    place = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"…{one[max(0, place - 40) : place + 60]}… / …{other[max(0, place - 40) : place + 60]}…"


def _position(cell: Cell) -> str:
    return cell.thing.position if cell.thing else "absent"
