"""Every door that names a field or shows one: how it is tried, and what it must answer.

A reading is one answer that holds many fields; an asking names one field in the request. What may not be seen must be answered
as a field that the entity does not have.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from tests.security.company import ASKING, ENTITIES, POSITIONS, Thing
from tests.security.company_figures import OF
from tests.security.doors import Cell, normal, one, path, twin
from tests.security.matrix import difference, position_of
from tests.security.oracle import Answer
from tests.security.site import Heard, Site

Right = Literal["seen", "clear", "written"]
Answers = dict[tuple[str, ...], tuple[Heard, list[str]]]
SHOWN = {"seen": {"masked", "read", "write"}, "clear": {"read", "write"}}
FRESH = {
    "text": "Quite new", "long_text": "Quite new", "phone": "+8613700001111", "url": "https://new.example.com", "date": "2021-03-04",
    "email": "new@example.com", "money": "12.00", "boolean": False, "picklist": "", "tags": ["new"],
}  # fmt: skip
"""A value for each type of field that needs no other record."""


@dataclass(frozen=True)
class Reading:
    """A door whose answer shows fields: `holds` says whether it shows this one in some form; None where only its value tells."""

    name: str
    send: Callable[[Cell], Heard]
    needs: Callable[[Cell], Answer]
    holds: Callable[[Cell, str, Heard], bool | None]
    right: Right = "seen"
    entities: tuple[str, ...] = ENTITIES


@dataclass(frozen=True)
class Asking:
    """A door that is asked about a field. `ok` are the answers to one that has the right."""

    name: str
    send: Callable[[Cell, str], Heard]
    right: Right
    ok: frozenset[int] = frozenset({200})
    denied: frozenset[int] = frozenset({403})
    unseen: frozenset[int] = frozenset({400})
    positions: tuple[str, ...] = ("mine",)
    changes: bool = False
    verb: str = "read"
    kinds: frozenset[str] = frozenset()  # of which types the field must be; none: of any
    entities: tuple[str, ...] = ENTITIES


def record_needs(verb: str) -> Callable[[Cell], Answer]:
    """That he may use the verb on the record."""

    def needs(cell: Cell) -> Answer:
        assert cell.thing is not None
        return cell.site.oracle.allowed(cell.site.people[cell.asker], verb, cell.entity, cell.thing.id)  # type: ignore[return-value]

    return needs


def has_right(cell: Cell, key: str, right: Right) -> bool:
    """Whether he has the right on the field, wherever he has it at all."""
    person, oracle = cell.site.people[cell.asker], cell.site.oracle
    if right == "written":
        return oracle.writes(person, cell.entity, key)
    return oracle.sight(person, cell.entity, key) in SHOWN[right]


def in_json(_cell: Cell, key: str, heard: Heard) -> bool:
    return heard.status == 200 and key in json.loads(heard.body)["result"]


def in_row(cell: Cell, key: str, heard: Heard) -> bool:
    rows = json.loads(heard.body).get("result", []) if heard.status == 200 else []
    return any(row["id"] == str(cell.id) and key in row for row in rows)


def as_input(cell: Cell, key: str, heard: Heard) -> bool | None:
    if cell.site.oracle.described(cell.entity, key).get("type") == "file":
        return None  # sent in parts of its own
    return f' name="{key}"' in heard.body


def by_value(_cell: Cell, _key: str, _heard: Heard) -> None:
    return None


def of_description(_cell: Cell, key: str, heard: Heard) -> bool:
    return any(each["name"] == key for each in json.loads(heard.body).get("fields", []))


def in_schema(cell: Cell, key: str, heard: Heard) -> bool:
    schema = json.loads(heard.body)["components"]["schemas"].get(cell.entity.capitalize())
    return bool(schema) and key in schema["properties"]


def value_in(cell: Cell, key: str, heard: Heard) -> bool | None:
    """Whether the value stands there; None where it is nothing that could be found."""
    text = cell.thing.canaries.get(key) if cell.thing else None
    if text is None:
        return None
    bare = text.removeprefix("https://").removeprefix("+86")
    return bare in re.sub(r"(?<=\d)[ ,](?=\d)", "", heard.body) or bare in heard.body


def one_row(cell: Cell) -> Heard:
    """The row of the record in a file with all columns."""
    keys = ",".join(cell.site.oracle.fields(cell.entity))
    heard = cell.page("GET", f"/{cell.entity}/csv?columns={keys}")
    word = cell.word
    rows = [row for row in csv.reader(io.StringIO(heard.body)) if word in row]
    return Heard(heard.status, "\n".join(",".join(row) for row in rows), heard.headers)


READ, UPDATE = record_needs("read"), record_needs("update")
READINGS = (
    Reading("field.api.get", lambda c: c.api("GET", one(c)), READ, in_json),
    Reading("field.api.list", lambda c: c.api("GET", f"{c.entity}/?filter=id=={c.id}"), READ, in_row),
    Reading("field.page.record", lambda c: c.page("GET", path(c)), READ, by_value),
    Reading("field.page.peek", lambda c: c.page("GET", path(c, "/peek")), READ, by_value),
    Reading("field.page.edit", lambda c: c.page("GET", path(c, "/edit")), UPDATE, as_input, "written"),
)
"""Of a record in every position."""

DESCRIPTIONS = (
    Reading("field.api.info", lambda c: c.api("GET", f"{c.entity}/_info"), READ, of_description),
    Reading("field.api.openapi", lambda c: c.api("GET", "openapi.json"), READ, in_schema),
    Reading("field.page.list", lambda c: c.page("GET", f"/{c.entity}/"), READ, by_value),
    Reading("field.page.csv", one_row, record_needs("export"), by_value),
    Reading(
        "field.page.calendar",
        lambda c: c.page("GET", f"/{c.entity}/calendar/?per=day&on={c.day}&q={c.word}"),
        READ,
        by_value,
        entities=(OF,),
    ),
)
"""Of a whole entity: asked with the record that is one's own."""

PLAIN = frozenset({"text", "url", "email", "phone"})
ORDERED = frozenset({"text", "money", "date", "boolean", "picklist", "email"})
SIMPLE = frozenset(FRESH) - {"picklist"}
SORTED = frozenset({200, 400})  # not every list has an order by each field that is in clear
TYPED = SIMPLE - {"tags"}  # what a form sends as one text


def fresh(cell: Cell, key: str) -> object:
    return FRESH.get(str(cell.site.oracle.described(cell.entity, key).get("type", "text")), "Quite new")


def as_form(cell: Cell, key: str) -> str:
    found = fresh(cell, key)
    if isinstance(found, list):
        return str(found[0])
    return str(found).lower() if isinstance(found, bool) else str(found)


ASKINGS = (
    Asking("field.api.filter", lambda c, f: c.api("GET", f"{c.entity}/?filter={f}=='zq'"), "clear", kinds=PLAIN),
    Asking("field.api.blank", lambda c, f: c.api("GET", f"{c.entity}/?filter=is_blank({f})&count=exact"), "clear"),
    Asking("field.api.rison", lambda c, f: c.api("GET", f"{c.entity}/?q=(filters:!((col:{f},opr:sw,value:zq)))"), "clear",
        kinds=PLAIN),
    Asking("field.api.sort", lambda c, f: c.api("GET", f"{c.entity}/?sort=-{f}"), "clear", SORTED, kinds=ORDERED),
    Asking("field.api.order", lambda c, f: c.api("GET", f"{c.entity}/?q=(order_column:{f},order_direction:asc)"), "clear",
        SORTED, kinds=ORDERED),
    Asking("field.api.columns", lambda c, f: c.api("GET", f"{c.entity}/?columns=id,{f}"), "seen"),
    Asking("field.page.sort", lambda c, f: c.page("GET", f"/{c.entity}/?sort={f}"), "clear", unseen=frozenset({200})),
    Asking("field.page.filter", lambda c, f: c.page("GET", f"/{c.entity}/?f.{f}=zq"), "clear", unseen=frozenset({200})),
    Asking("field.page.column", lambda c, f: c.page("GET", f"/{c.entity}/?columns=name,{f}"), "seen",
        unseen=frozenset({200})),
    Asking("field.page.input", lambda c, f: c.page("GET", f"/{c.entity}/input?field={f}"), "written",
        denied=frozenset({400, 403}), verb="update of any"),
    Asking("field.page.cell", lambda c, f: c.page("GET", path(c, f"/cell?field={f}")), "written",
        denied=frozenset({400, 403}), positions=("mine", "other", "far"), verb="update"),
    Asking("field.page.cell_save", lambda c, f: c.page("POST", path(c, f"/cell?field={f}"), **{f: as_form(c, f)}), "written",
        denied=frozenset({400, 403}), positions=("mine", "other"), changes=True, verb="update", kinds=TYPED),
    Asking("field.page.bulk", lambda c, f: c.page("POST", f"/{c.entity}/bulk/edit", id=c.id, field=f, value=as_form(c, f)),
        "written", frozenset({303}), frozenset({400, 403, 422}), frozenset({400, 403, 422}), changes=True, verb="update",
        kinds=TYPED),
    Asking("field.page.calendar_filter", lambda c, f: c.page("GET", f"/{c.entity}/calendar/?f.{f}=zq"), "clear",
        unseen=frozenset({200}), entities=(OF,)),
    Asking("field.page.calendar_where", lambda c, f: c.page("GET", f"/{c.entity}/calendar/?filter=is_blank({f})"), "clear",
        unseen=frozenset({200}), entities=(OF,)),
    Asking("field.page.calendar_on", lambda c, f: c.page("GET", f"/{c.entity}/calendar/?view=on_{f}"), "clear",
        unseen=frozenset({200}), kinds=frozenset({"date"}), entities=(OF,)),
    Asking("field.page.report", lambda c, f: c.page("GET", f"/reports/of_{f}"), "clear", unseen=frozenset({404}),
        entities=(OF,)),
    Asking("field.page.report_rows", lambda c, f: c.page("GET", f"/reports/by_{f}"), "clear", unseen=frozenset({404}),
        kinds=frozenset({"text"}), entities=(OF,)),
    Asking("field.page.card", lambda c, f: c.page("GET", f"/dashboards/every/of_{f}"), "clear", unseen=frozenset({404}),
        entities=(OF,)),
    Asking("field.api.patch", lambda c, f: c.api("PATCH", one(c), {f: fresh(c, f)}), "written", denied=frozenset({403, 422}),
        unseen=frozenset({422}), positions=("mine", "other", "far"), changes=True, verb="update", kinds=SIMPLE),
)  # fmt: skip


def fields_of(site: Site, entity: str) -> list[str]:
    return site.oracle.fields(entity)


def readings(site: Site) -> Iterator[tuple[Reading, Cell, str]]:
    """The cells of all doors that show fields."""
    for each in (*READINGS, *DESCRIPTIONS):
        places = POSITIONS if each in READINGS else ("mine",)
        for entity in each.entities:
            for asker in ASKING:
                for position in places:
                    cell = Cell(site, asker, entity, site.thing(entity, position, asker))
                    for key in fields_of(site, entity):
                        yield each, cell, key


def askings(site: Site) -> Iterator[tuple[Asking, Cell, str]]:
    """The cells of all doors that are asked about a field."""
    for each in ASKINGS:
        for entity in each.entities:
            for asker in ASKING:
                for position in each.positions:
                    cell = Cell(site, asker, entity, site.thing(entity, position, asker))
                    for key in fields_of(site, entity):
                        kind = site.oracle.described(entity, key).get("type")
                        if not each.kinds or kind in each.kinds:
                            yield each, cell, key


def judge_reading(each: Reading, cell: Cell, key: str, answers: Answers) -> list[str]:
    """What is wrong with a field in an answer, which is asked for once for all its fields."""
    asked = (each.name, cell.asker, cell.entity, position_of(cell))
    if asked not in answers:
        answers.clear()
        heard = each.send(cell)
        cell.site.put_back()  # a file that is taken along is told to the audit
        answers[asked] = heard, [f"tells {leak}" for leak in cell.site.leaks(cell.asker, heard, sent=cell.word)]
    heard, leaks = answers[asked]
    place = f".{key}"
    wrong = [leak for leak in leaks if leak.endswith(place) and f"tells {cell.entity}/" in leak]
    may = each.needs(cell) == "yes"
    expected = may and has_right(cell, key, each.right)
    if each in DESCRIPTIONS and each.holds is not by_value:
        expected = cell.site.oracle.reads_any(cell.site.people[cell.asker], cell.entity) and has_right(
            cell, key, "seen"
        )
    held = each.holds(cell, key, heard)
    wrong += [f"{'hides' if expected else 'shows'} it"] if held is not None and held != expected else []
    if each.name == "field.page.record" and may and key in _laid_out(cell):
        told = value_in(cell, key, heard)
        wrong += ["hides its value"] if told is False and has_right(cell, key, "clear") else []
    return [f"{each.name} {cell.asker} {cell.entity}.{key} {position_of(cell)}: {line}" for line in wrong]


def _laid_out(cell: Cell) -> tuple[str, ...]:
    return tuple(cell.thing.canaries) if isinstance(cell.thing, Thing) else ()


def judge_asking(each: Asking, cell: Cell, key: str, twins: dict[tuple[str, ...], tuple[int, str]]) -> list[str]:
    """What is wrong with the answer to a question about a field. The database is left as it was."""
    site = cell.site
    heard = each.send(cell, key)
    wrong = [f"tells {leak}" for leak in site.leaks(cell.asker, heard, sent=f"{cell.word} {key}")]
    wrong += [f"tells the log: {line}" for line in site.logged()]
    changed = site.wrote()
    may, seen = _may(each, cell), has_right(cell, key, "seen")
    right = may == "yes" and has_right(cell, key, each.right)
    if heard.status >= 500:
        wrong.append(f"fault {heard.status}")
    elif right:
        wrong += [] if heard.status in each.ok else [f"refused with {heard.status}"]
    elif seen and each.right == "written" and may != "absent":
        wrong += [] if heard.status in each.denied else [f"answers {heard.status}, not one of {sorted(each.denied)}"]
    else:
        wrong += _differs(each, cell, key, heard, twins)
        if may == "yes" and heard.status not in each.unseen:
            wrong.append(f"answers {heard.status}, not one of {sorted(each.unseen)}")
    if changed and not (right and each.changes):
        wrong.append(f"changed {', '.join(site.changed())}")
    if right and each.changes and heard.status in each.ok and not changed:
        wrong.append("changed nothing")
    if changed:
        site.put_back()
    return [f"{each.name} {cell.asker} {cell.entity}.{key} {position_of(cell)} ({may}): {line}" for line in wrong]


def _may(each: Asking, cell: Cell) -> Answer:
    person, oracle = cell.site.people[cell.asker], cell.site.oracle
    if each.verb == "update":
        return record_needs("update")(cell)
    if each.verb == "update of any":
        return oracle.allowed(person, "update", cell.entity)  # type: ignore[return-value]
    return "yes" if oracle.reads_any(person, cell.entity) else "absent"


def _differs(
    each: Asking, cell: Cell, key: str, heard: Heard, twins: dict[tuple[str, ...], tuple[int, str]]
) -> list[str]:
    """Whether the answer differs from that about a record that does not exist or, where he sees the record or must not know of
    the field, from that about a field that does not.
    """
    known = has_right(cell, key, "seen") and _may(each, cell) == "absent" and each.verb == "update"
    other, unknown = (twin(cell), key) if known else (cell, "n" * len(key))
    asked = (each.name, cell.asker, cell.entity, position_of(other), unknown)
    if asked not in twins:
        twins[asked] = normal(other, each.send(other, unknown))
    expected = twins[asked][0], twins[asked][1].replace(unknown, key)
    got = normal(cell, heard)
    if got == expected:
        return []
    return [f"differs from what does not exist: {got[0]} {difference(got[1], expected[1])} ({expected[0]})"]
