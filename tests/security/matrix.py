"""One cell of the matrix: a try, judged by the oracle.

Of each denied cell five things are asserted: the answer (status, headers, body) is that about a record that does not exist; no
byte of it is a canary that may not be told, nor does the log have one; no table changed, the outbox and the queues of mails and
calls among them; no file came or went; and the program asked the database the same (`same_work`, of a sample).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.security.company import ASKING, POSITIONS
from tests.security.doors import TRIES, Cell, Try, normal, twin
from tests.security.site import Heard, Site

Twins = dict[tuple[str, str, str], tuple[int, str]]


@dataclass
class Tally:
    """What a run came to; `make matrix` adds them up."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, wrong: list[str]) -> list[str]:
        """Counts a cell; `wrong` comes back."""
        self.counts["cells"] += 1
        self.counts["canaries"] += sum("tells " in each for each in wrong)
        self.counts["disagreements"] += bool(wrong)
        return wrong


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
    wrong += [f"tells the log: {line}" for line in site.logged()]
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
    told = changed and a_try.tells and site.changed() == ["tenon_audit"]
    if changed and not told and not (a_try.changes and expected == "yes"):
        wrong.append(f"changed {', '.join(site.changed()) or 'nothing, but wrote'}")
    if expected != "yes":
        wrong += [f"left the file {name}" for name in site.keeper.new_files()]
    if changed:
        site.put_back()
    return [f"{a_try.name} {cell.asker} {cell.entity} {position_of(cell)} ({expected}): {each}" for each in wrong]


def same_work(a_try: Try, cell: Cell) -> list[str]:
    """Whether the program asks the database the same about the record as about one that does not exist: what takes no other
    way takes no other time.
    """
    site, other = cell.site, twin(cell)
    for each in (cell, other, cell, other):  # what is made once is made by then
        a_try.send(each)
    asked = []
    for each in (cell, other):
        site.asked.clear()
        a_try.send(each)
        asked.append(list(site.asked))
    if asked[0] == asked[1]:
        return []
    return [f"{a_try.name} {cell.asker} {cell.entity} {position_of(cell)}: asks {len(asked[0])}, not {len(asked[1])}"]


def _judge_list(a_try: Try, cell: Cell, heard: Heard, expected: str, twins: Twins) -> list[str]:
    assert a_try.found is not None
    found = a_try.found(cell, heard)
    if expected == "yes":
        return [] if found else [f"does not show it ({heard.status})"]
    if found:
        return ["shows it"]
    return [] if a_try.whole else _differs(a_try, cell, heard, twins)


def _differs(a_try: Try, cell: Cell, heard: Heard, twins: Twins) -> list[str]:
    """Whether the answer differs from that about a record that does not exist."""
    key = (a_try.name, cell.asker, cell.entity)
    if key not in twins:
        other = twin(cell)
        twins[key] = normal(other, a_try.send(other))
    got = normal(cell, heard)
    if got == twins[key]:
        return []
    return [f"differs from what does not exist: {got[0]} {difference(got[1], twins[key][1])} ({twins[key][0]})"]


def difference(one: str, other: str) -> str:
    """Where two texts begin to differ."""
    place = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"…{one[max(0, place - 40) : place + 60]}… / …{other[max(0, place - 40) : place + 60]}…"


def position_of(cell: Cell) -> str:
    """In which position the record stands."""
    return cell.thing.position if cell.thing else "absent"
