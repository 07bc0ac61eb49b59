"""Tests of packs: what they name is there: entities, fields, options, records of the case, rules.

A company that changes what its base has need not keep the base's tests: only those of the pack itself are looked at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from app.definition import Entity, Field
from app.definition.pack_test import Case, Deed
from app.diagnostics import Diagnostic, Span, diagnostic, did_you_mean, nearest
from app.frozen import dataclass
from app.loading.checks.subject import Subject
from app.loading.node import Node, Path
from app.loading.wording import kind_of_value

SAID_OF_WRITES = ("errors", "warnings", "denied", "says")
LISTED = "listed"
MADE = "made"
SAID_OF_RECORDS = ("visible", "readable", "deleted", "asked", "told", "mailed")
PEOPLE = ("asked", "told", "mailed")
ME = "user.me"
TIMES = ("wait", "until")  # deeds that name no record
RULES = {"rule": "rule", "duplicate": "duplicate rule"}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every case of the pack's own tests."""
    extends = subject.tree.find("pack", "extends")
    home = folder_of(extends.span) if extends is not None else ""
    for test in subject.catalog.tests.values():
        yield from _now(subject, test.key, test.now)
        for key, case in test.cases.items():
            path = ("tests", test.key, "cases", key)
            node = subject.tree.find(*path)
            if node is None or not node.origin.file.startswith(home):
                continue
            if not any(each[: len(path)] == path for each in subject.cut):
                yield from _Checker(subject, case, path, test.now).problems(node)


def _now(subject: Subject, key: str, now: str | None) -> Iterator[Diagnostic]:
    if now is not None and not is_moment(now):
        node, path = subject.tree.find("tests", key, "now"), ("tests", key, "now")
        if node is not None:
            yield diagnostic("CFG206", f"'{now}' is no day of the calendar", node.span, path=path)


def is_moment(text: str) -> bool:
    """Whether it is a day that there is, or a moment of one."""
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def folder_of(place: Span) -> str:
    """The folder of the file of a place, with a slash behind it."""
    return place.file.rpartition("/")[0] + "/"


@dataclass(frozen=True)
class _Checker:
    """Checks one case."""

    subject: Subject
    case: Case
    path: Path
    now: str | None

    def problems(self, node: Node) -> Iterator[Diagnostic]:
        for entity, rows in node.entries_at("given").items():
            known = self.subject.catalog.entities.get(entity)
            if known is not None:  # an unknown one is told with the other names
                yield from self._rows(known, rows, ("given", entity))
        for way, deed in self._deeds():
            inside = node.find(*way)
            if inside is not None:
                yield from self._deed(inside, deed, way)
        yield from self._time(node)
        if self.case.as_ is not None:
            yield from self._acting(node)
        yield from self._people(node)
        yield from self._expected(node)

    def _deeds(self) -> Iterator[tuple[Path, Deed]]:
        if self.case.do is not None:
            yield ("do",), self.case.do
        for key, deed in self.case.then.items():
            yield ("then", key), deed

    def _records(self) -> dict[str, None]:
        """All that has a name in the case, in the order of the text."""
        found = dict.fromkeys(
            f"{entity}.{name}"
            for entity, rows in self.case.given.items()
            for name in (rows.literal if isinstance(rows.literal, Mapping) else {})
        )
        found.update(dict.fromkeys(str(deed.create) for _, deed in self._deeds() if "." in str(deed.create)))
        return {**found, ME: None} if self.case.as_ is not None else found

    def _rows(self, entity: Entity, rows: Node, way: Path) -> Iterator[Diagnostic]:
        if not isinstance(rows.value, dict):
            yield self._kind(rows, way, "a map of rows by name: {acme: {…}}")
        for name, row in rows.entries.items():
            if row.value is not None and not isinstance(row.value, dict):
                yield self._kind(row, (*way, name), "a map of fields: {name: …}")
            yield from self._values(entity, row, (*way, name))

    def _values(self, entity: Entity, row: Node, way: Path) -> Iterator[Diagnostic]:
        parts = self.subject.catalog.parts_of(entity.key)
        for key, value in row.entries.items():
            where = (*way, key)
            a_field = entity.every_field.get(key)
            if key in parts:
                part = self.subject.catalog.entities[parts[key].entity]
                for number, each in enumerate(value.items):
                    yield from self._values(part, each, (*where, str(number)))
            elif a_field is None:
                target = ("entities", entity.key, "fields", key)
                message = f"unknown field '{key}' of {entity.key}"
                yield from self.subject.unknown(
                    "CFG302", message, value.head, target, [*entity.every_field, *parts], (*self.path, *where)
                )
            else:
                for place, each in self._each(value):
                    yield from self._value(entity, a_field, each, (*where, *place))

    @staticmethod
    def _each(value: Node) -> Iterator[tuple[Path, Node]]:
        if isinstance(value.value, list):
            for number, each in enumerate(value.items):
                yield (str(number),), each
        else:
            yield (), value

    def _value(self, entity: Entity, a_field: Field, value: Node, way: Path) -> Iterator[Diagnostic]:
        if a_field.targets:
            yield from self._reference(a_field, value, way)
        elif a_field.holds in {"option", "options"} and value.value not in (None, ""):
            known = self.subject.catalog.choices(entity.key, a_field.key)
            if self.subject.catalog.knows_choices(entity.key, a_field.key) and str(value.value) not in known:
                code, what = ("CFG310", "stage") if a_field.type == "stage" else ("CFG306", "option")
                message = f"{entity.key}.{a_field.key} has no {what} '{value.value}'"
                hint = did_you_mean(nearest(str(value.value), known))
                yield diagnostic(code, message, value.span, path=(*self.path, *way), hint=hint)

    def _reference(self, a_field: Field, value: Node, way: Path) -> Iterator[Diagnostic]:
        named = value.find("id") if value.entries else value
        if named is None or named.text is None or named.text.isdigit():
            return
        known = self._records()
        if not any(each in known for each in (named.text, *(f"{target}.{named.text}" for target in a_field.targets))):
            message = f"the case has no {' or '.join(a_field.targets)} '{named.text}'"
            short = [each.partition(".")[2] for each in known if each.partition(".")[0] in a_field.targets]
            hint = did_you_mean(nearest(named.text, short)) or "name a row of `given`, or `me`"
            yield diagnostic("CFG309", message, named.span, path=(*self.path, *way), hint=hint)

    def _deed(self, node: Node, deed: Deed, way: Path) -> Iterator[Diagnostic]:
        kind = next((key for key in Deed.alternatives if getattr(deed, key) is not None), None)
        if kind is None or kind in TIMES:
            return
        record = str(getattr(deed, kind))
        if kind != "create":
            yield from self._record(record, node.entries[kind], (*way, kind))
        entity = self.subject.catalog.entities.get(record.partition(".")[0])
        if entity is None:
            if kind == "create":
                yield from self._no_entity(record, node.entries[kind], (*way, kind))
            return
        if "set" in node.entries:
            yield from self._values(entity, node.entries["set"], (*way, "set"))
        stages = [key for line in entity.pipelines.values() for key in line.stages]
        for key, known, code, what in (
            ("field", entity.fields, "CFG302", "field"),
            ("to", stages, "CFG310", "stage"),
        ):
            if key in node.entries and node.entries[key].text not in known:
                yield self._unknown(code, f"{entity.key} has no {what}", node.entries[key], known, (*way, key))
        for name, each in node.entries_at("confirm").items():
            rules = (*entity.rules, *entity.duplicates)
            if name not in rules:
                yield self._unknown("CFG309", f"{entity.key} has no rule", each, rules, (*way, "confirm", name), name)

    def _time(self, node: Node) -> Iterator[Diagnostic]:
        """Time goes forward alone."""
        last = self.now
        for way, deed in self._deeds():
            if deed.until is None:
                continue
            moment, path = node.find(*way, "until"), (*self.path, *way, "until")
            if moment is None:
                continue
            if not is_moment(deed.until):
                yield diagnostic("CFG206", f"'{deed.until}' is no day of the calendar", moment.span, path=path)
            elif last is not None and is_moment(last) and deed.until < last:
                message = f"'{deed.until}' is before {last}, and time goes forward"
                yield diagnostic("CFG498", message, moment.span, path=path)
            else:
                last = deed.until

    def _no_entity(self, record: str, node: Node, way: Path) -> Iterator[Diagnostic]:
        name = record.partition(".")[0]
        known = self.subject.catalog.entities
        yield from self.subject.unknown(
            "CFG303", f"unknown entity '{name}'", node.span, ("entities", name), known, (*self.path, *way)
        )

    def _record(self, name: str, node: Node, way: Path) -> Iterator[Diagnostic]:
        known = self._records()
        if name not in known:
            hint = did_you_mean(nearest(name, known)) or "name a row of `given`, as `account.acme`"
            message = f"the case has no record '{name}'"
            yield diagnostic("CFG309", message, node.head, path=(*self.path, *way), hint=hint)

    def _acting(self, node: Node) -> Iterator[Diagnostic]:
        for key, entity in (("department", "department"), ("team", "team"), ("user", "user")):
            named = node.find("as", key)
            if named is not None and named.text is not None and f"{entity}.{named.text}" not in self._records():
                yield from self._record(f"{entity}.{named.text}", named, ("as", key))

    def _people(self, node: Node) -> Iterator[Diagnostic]:
        """Those with roles, and those who are asked."""
        for name, role in node.entries_at("roles").items():
            yield from self._record(f"user.{name}", role, ("roles", name))
            if role.text is not None and role.text not in self.subject.catalog.roles:
                known = self.subject.catalog.roles
                yield self._unknown("CFG304", "there is no role", role, known, ("roles", name))
        for way, _ in self._deeds():
            by = node.find(*way, "by")
            if by is not None and by.text is not None:
                yield from self._record(f"user.{by.text}", by, (*way, "by"))

    def _expected(self, node: Node) -> Iterator[Diagnostic]:
        records = self._records()
        for key, value in node.entries_at("expect").items():
            way = ("expect", key)
            if key in SAID_OF_RECORDS:
                for name, each in value.entries.items():
                    yield from self._record(name, each, (*way, name))
                    for one in (*each.items, *((each,) if each.text else ())) if key in PEOPLE else ():
                        if key != "mailed" or "@" not in (one.text or ""):
                            yield from self._record(f"user.{one.text}", one, (*way, name))
                    if key == "visible":
                        yield from self._fields(name, each, (*way, name))
            elif key == LISTED:
                yield from self._listed(value, way)
            elif key == MADE:
                yield from self._made(value, way)
            elif key in SAID_OF_WRITES:
                yield from self._codes(value, way)
            elif "." in key:
                yield from self._record(key, value, way)
                entity = self.subject.catalog.entities.get(key.partition(".")[0])
                if entity is not None and key in records:
                    yield from self._values(entity, value, way)
            else:
                words = (*SAID_OF_WRITES, *SAID_OF_RECORDS, LISTED, MADE)
                hint = did_you_mean(nearest(key, words)) or f"here may stand records, and {', '.join(words)}"
                yield diagnostic("CFG201", f"unknown key '{key}'", value.head, path=(*self.path, *way), hint=hint)

    def _listed(self, node: Node, way: Path) -> Iterator[Diagnostic]:
        """Views, and records of the entity of each."""
        views = self.subject.catalog.views
        for key, records in node.entries.items():
            if key not in views:
                yield self._unknown("CFG309", "there is no view", records, views, (*way, key), key)
                continue
            for name, each in records.entries.items():
                yield from self._record(name, each, (*way, key, name))
                if name.partition(".")[0] != views[key].entity:
                    message = f"the view '{key}' lists {views[key].entity}, not '{name}'"
                    yield diagnostic("CFG309", message, each.head, path=(*self.path, *way, key, name))

    def _made(self, node: Node, way: Path) -> Iterator[Diagnostic]:
        """Lists of rows by entity."""
        for key, rows in node.entries.items():
            entity = self.subject.catalog.entities.get(key)
            if entity is None:
                yield from self._no_entity(key, rows, (*way, key))
            elif not isinstance(rows.value, list):
                yield self._kind(rows, (*way, key), "a list of rows: [{subject: Call}]")
            for number, row in enumerate(rows.items if entity is not None else ()):
                if isinstance(row.value, dict) and entity is not None:
                    yield from self._values(entity, row, (*way, key, str(number)))
                else:
                    yield self._kind(row, (*way, key, str(number)), "the fields of a record: {subject: Call}")

    def _fields(self, record: str, node: Node, way: Path) -> Iterator[Diagnostic]:
        entity = self.subject.catalog.entities.get(record.partition(".")[0])
        for key, each in node.entries.items() if entity is not None else ():
            if entity is not None and key not in entity.every_field:
                message = f"{entity.key} has no field"
                yield self._unknown("CFG302", message, each, entity.every_field, (*way, key), key)

    def _codes(self, node: Node, way: Path) -> Iterator[Diagnostic]:
        """Rules, for duplicates too, that are named by a code are there; other codes belong to the program."""
        entities = self.subject.catalog.entities.values()
        known = {
            "rule": dict.fromkeys(name for entity in entities for name in entity.rules),
            "duplicate": dict.fromkeys(name for entity in entities for name in entity.duplicates),
        }
        for each in (
            node,
            *node.items,
            *node.entries.values(),
            *(one for sub in node.entries.values() for one in sub.items),
        ):
            word, dot, name = (each.text or "").partition(".")
            if dot and name not in known.get(word, (name,)):
                yield self._unknown("CFG309", f"there is no {RULES[word]}", each, known[word], way, name)

    def _unknown(
        self, code: str, what: str, node: Node, known: Iterable[str], way: Path, name: str | None = None
    ) -> Diagnostic:
        word = name or str(node.text)
        span = node.head if name is not None and node.text is None else node.span
        hint = did_you_mean(nearest(word, known))
        return diagnostic(code, f"{what} '{word}'", span, path=(*self.path, *way), hint=hint)

    def _kind(self, node: Node, way: Path, wanted: str) -> Diagnostic:
        message = f"'{way[-1]}' must be {wanted}, not {kind_of_value(node)}"
        return diagnostic("CFG203", message, node.head, path=(*self.path, *way))
