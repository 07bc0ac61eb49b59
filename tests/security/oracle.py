"""Who may see and do what, worked out from the same YAML by other means.

It shares no line with the program: it reads the files by itself and follows the pages that describe the language. Where it
and the program disagree, one of them is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

Facts = Mapping[str, Any]
Sight = Literal["hidden", "masked", "read", "write"]
Answer = Literal["yes", "deny", "absent"]

SCOPES = {"is_mine() or team == user.team or team.manager == user": "seen"}
"""What the expressions of scopes are called here: as `team`, but no place on a record's team counts."""

SYSTEM_ENTITIES = {"user", "department", "team"}
ASSIGNED = ("owner", "department", "team")
PLACES = {*ASSIGNED, "id", "version", "created_at", "created_by", "updated_at", "updated_by"}
VERBS_OF_WHOLE = {"read": "read", "update": "update", "delete": "update", "restore": "restore", "export": "export"}
GENEROSITY = ("hidden", "masked", "read")


@dataclass(frozen=True)
class Person:
    """Who asks: id, roles as given, own department with those below it, teams that he is in or leads. `exceptions` are
    (entity, field or blank, verb, scope; blank where it is taken away), `away` the ids of those for whom he stands in.
    """

    key: str
    id: int
    roles: tuple[str, ...]
    subtree: frozenset[int] = frozenset()
    teams: frozenset[int] = frozenset()
    exceptions: tuple[tuple[str, str, str, str], ...] = ()
    away: frozenset[int] = frozenset()


class Oracle:
    """Answers for one pack. `facts` holds of each record the columns owner, department, team, deleted_at and lookups."""

    def __init__(self, folder: Path, facts: Mapping[tuple[str, int], Facts]) -> None:
        self.entities = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in folder.glob("entities/*.yaml")}
        self.roles = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in folder.glob("roles/*.yaml")}
        self.facts = facts

    def allowed(
        self, person: Person, verb: str, entity: str, record: int | None = None, field: str | None = None
    ) -> Answer | Sight:
        """`absent`: it must look like something that does not exist. With a field: how it is seen."""
        if field is not None:
            return self.sight(person, entity, field)
        if verb == "create":
            return self._create(person, entity)
        if record is None:
            return (
                "yes" if self.scopes(person, verb, entity) else "deny" if self.reads_any(person, entity) else "absent"
            )
        facts = self.facts.get((entity, record))
        if facts is None or not self.covers(person, "read", entity, record):
            return "absent"
        if verb == "restore" and facts["deleted_at"] is None:
            return "deny"
        if verb != "restore" and facts["deleted_at"] is not None:
            return "absent"
        return "yes" if self.covers(person, verb, entity, record) else "deny"

    def _create(self, person: Person, entity: str) -> Answer:
        if any(grant.get("create") for grant in self.grants(person, entity)):
            return "yes"
        return "deny" if self.reads_any(person, entity) else "absent"

    # Roles and rows

    def closure(self, roles: tuple[str, ...]) -> set[str]:
        """Roles with all that they include."""
        found: set[str] = set()
        waiting = list(roles)
        while waiting:
            role = waiting.pop()
            if role not in found:
                found.add(role)
                waiting += self.roles[role].get("includes", [])
        return found

    def grants(self, person: Person, entity: str) -> Iterator[dict[str, Any]]:
        """What each role grants on an entity: its own line, else the line for every entity."""
        for role in sorted(self.closure(person.roles)):
            lines = self.roles[role].get("grants") or {}
            found = lines.get(entity) or lines.get("*")
            whole = self.whole_of(entity)
            if whole:
                above = self._with_exceptions(person, whole[0], lines.get(whole[0]) or lines.get("*") or {})
                yield from (self._as_part(each, found or {}) for each in above)
            elif found:
                yield from self._with_exceptions(person, entity, found)

    @staticmethod
    def _with_exceptions(person: Person, entity: str, line: dict[str, Any]) -> list[dict[str, Any]]:
        """A role's line as it is for a person who has more than it says, or less."""
        mine = [(verb, scope) for key, field, verb, scope in person.exceptions if key == entity and not field]
        lost = {verb: False if verb == "create" else "none" for verb, scope in mine if not scope}
        more = [{**line, verb: True if verb == "create" else scope} for verb, scope in mine if scope and line]
        return [{**each, **lost} for each in (line, *more)]

    @staticmethod
    def _excepted(person: Person, entity: str, field: str) -> dict[str, bool]:
        """What exceptions say of a field: verbs, and whether it has them."""
        return {verb: bool(scope) for key, name, verb, scope in person.exceptions if (key, name) == (entity, field)}

    def whole_of(self, entity: str) -> tuple[str, str] | None:
        """What a part is part of, and the lookup that says so."""
        parent = self.entities.get(entity, {}).get("parent")
        if not isinstance(parent, dict) or not parent.get("part"):
            return None
        return self.entities[entity]["fields"][parent["field"]]["to"], parent["field"]

    @staticmethod
    def _as_part(whole: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
        """A part is read, changed and taken away by who may read and change the whole; its fields are its own affair."""
        found = {verb: whole.get(needed, "none") for verb, needed in VERBS_OF_WHOLE.items()}
        return {**found, "create": whole.get("create") or found["update"] != "none", "fields": own.get("fields")}

    def scopes(self, person: Person, verb: str, entity: str) -> set[str]:
        """The scopes in which a verb is granted."""
        stated = (grant.get(verb, "none") for grant in self.grants(person, entity))
        words = {SCOPES[each["where"]] if isinstance(each, dict) else each for each in stated}
        return words - {"none"}

    def reads_any(self, person: Person, entity: str) -> bool:
        """Whether he reads any record of the entity at all."""
        return bool(self.scopes(person, "read", entity))

    def covers(self, person: Person, verb: str, entity: str, record: int) -> bool:
        """Whether a verb is granted on a record, whatever else is."""
        facts = self.facts[entity, record]
        whole = self.whole_of(entity)
        if whole:
            return verb in VERBS_OF_WHOLE and self.covers(person, VERBS_OF_WHOLE[verb], whole[0], facts[whole[1]])
        placed = self._placed(person, verb, entity, facts)
        scopes = self.scopes(person, verb, entity)
        return any(self._in_scope(person, scope, entity, facts, placed=placed) for scope in scopes)

    def _placed(self, person: Person, verb: str, entity: str, facts: Facts) -> bool:
        """Whether a place of his on the record's team, `places` of the facts, names the verb; each one lets him read."""
        places = self.entities.get(entity, {}).get("record_team", {})
        held = {place for user, place in facts.get("places", ()) if user in {person.id, *person.away}}
        return any(verb in {"read", places[place]} for place in held)

    def _in_scope(self, person: Person, scope: str, entity: str, facts: Facts, *, placed: bool) -> bool:
        mine = (scope != "seen" and placed) or facts["owner"] in {person.id, *person.away}
        if scope == "parent":
            return self._below_readable(person, entity, facts, mine=mine)
        teamed = facts["team"] in person.teams
        wider = {"own": False, "seen": teamed, "team": teamed, "subtree": facts["department"] in person.subtree}
        return mine or {**wider, "all": True}[scope]

    def _below_readable(self, person: Person, entity: str, facts: Facts, *, mine: bool) -> bool:
        pointer = self.entities[entity].get("parent")
        if not pointer:
            return False
        above = facts[pointer]
        if above is None:
            return mine
        return self.covers(person, "read", self.entities[entity]["fields"][pointer]["to"], above)

    # Fields

    def fields(self, entity: str) -> list[str]:
        """The fields that the pack writes for an entity, in their order; those of people and places as they come."""
        if entity in SYSTEM_ENTITIES:
            return {"user": ["name", "login", "email", "manager", "locale", "time_zone", "active"]}.get(
                entity, ["name"]
            )
        return list(self.entities[entity]["fields"])

    def sight(self, person: Person, entity: str, field: str) -> Sight:
        """How a field is seen: the most generous of the roles that let him read; computed, no more than what it reads."""
        if not all(self.shows(person, *place) for place in self.worked_out_from(entity, field)):
            return "hidden"
        reading = [grant for grant in self.grants(person, entity) if grant.get("read", "none") != "none"]
        stated = self._excepted(person, entity, field) if reading else {}
        if stated.get("read") is False:
            return "hidden"
        seen = (
            "read"
            if True in stated.values()
            else max((self._seen_by(grant, entity, field) for grant in reading), key=GENEROSITY.index, default="hidden")
        )
        if seen == "read" and self.writes(person, entity, field):
            return "write"
        return seen  # type: ignore[return-value]

    def described(self, entity: str, field: str) -> dict[str, Any]:
        """What the pack writes of a field."""
        found = self.entities.get(entity, {}).get("fields", {}).get(field)
        return found if isinstance(found, dict) else {}

    def worked_out_from(self, entity: str, field: str) -> list[tuple[str, str]]:
        """The fields that stand in the formula of a field, if it has one that is not declassified."""
        described = self.described(entity, field)
        if described.get("declassify"):
            return []
        text = re.sub('"[^"]*"', "", described.get("formula", ""))
        found = []
        for path in re.findall(r"[a-z_]+(?:\.[a-z_]+)*", text):
            here = entity
            for name in path.split("."):
                if name not in self.entities[here]["fields"]:
                    break  # the name of a function
                found.append((here, name))
                here = self.described(here, name).get("to", here)
        return found

    def shows(self, person: Person, entity: str, field: str) -> bool:
        """Whether its value is told as it is."""
        return self.sight(person, entity, field) in {"read", "write"}

    def reveals(self, person: Person, entity: str, field: str) -> bool:
        """Whether a value that is masked may be asked for."""
        reading = [grant for grant in self.grants(person, entity) if grant.get("read", "none") != "none"]
        asked = any(self._stated(grant, field).get("reveal") for grant in reading)
        return asked and self.sight(person, entity, field) == "masked"

    def _stated(self, grant: Mapping[str, Any], field: str) -> dict[str, Any]:
        stated = (grant.get("fields") or {}).get(field, {})
        return {"access": stated} if isinstance(stated, str) else stated

    def _restricted(self, entity: str, field: str) -> bool:
        described = self.entities.get(entity, {}).get("fields", {}).get(field, {})
        return bool(isinstance(described, dict) and described.get("restricted"))

    def _seen_by(self, grant: Mapping[str, Any], entity: str, field: str) -> str:
        if field in {"id", "version"}:
            return "read"
        stated = self._stated(grant, field)
        if "mask" in stated:
            return "masked"
        access = stated.get("access")
        if access == "hidden" or (access is None and self._restricted(entity, field)):
            return "hidden"
        return "read"

    def writes(self, person: Person, entity: str, field: str, verb: str = "update") -> bool:
        """Whether some role that grants the verb lets the field be written, to one who sees it in some form."""
        if (field in PLACES and field not in ASSIGNED) or "formula" in self.described(entity, field):
            return False
        needed = "assign" if field in ASSIGNED else verb
        granting = [grant for grant in self.grants(person, entity) if grant.get(needed) not in (None, "none", False)]
        stated = self._excepted(person, entity, field)
        if False in stated.values() or (granting and stated.get("update")):
            return False not in stated.values()
        return any(self._writes_by(grant, entity, field) for grant in granting) and self._is_seen(person, entity, field)

    def _is_seen(self, person: Person, entity: str, field: str) -> bool:
        if not all(self.shows(person, *place) for place in self.worked_out_from(entity, field)):
            return False
        reading = [grant for grant in self.grants(person, entity) if grant.get("read", "none") != "none"]
        return any(self._seen_by(grant, entity, field) != "hidden" for grant in reading)

    def _writes_by(self, grant: Mapping[str, Any], entity: str, field: str) -> bool:
        stated = self._stated(grant, field)
        if stated.get("write") is False:
            return False
        if "mask" in stated:
            return True
        access = stated.get("access")
        return not self._restricted(entity, field) if access is None else access == "write"

    # What a byte that comes out may be

    def may_be_told(self, person: Person, entity: str, record: int, field: str) -> bool:
        """Whether this value of this record may occur in anything that the person is shown."""
        if (entity, record) == ("user", person.id) and field == "name":
            return True  # his own name
        facts = self.facts[entity, record]
        if not self.shows(person, entity, field) or not self.covers(person, "read", entity, record):
            return False
        whole = self.whole_of(entity)
        if whole:  # one that was taken away is still named in the history of its whole
            above = self.facts[whole[0], facts[whole[1]]]
            return above["deleted_at"] is None or self.covers(person, "restore", entity, record)
        return facts["deleted_at"] is None or self.covers(person, "restore", entity, record)

    def may_be_named(self, person: Person, word: str) -> bool:
        """Whether an entity's key, or a field's, may occur in what the person is shown."""
        if word in self.entities:
            return self.reads_any(person, word) or self._create(person, word) == "yes"
        return any(
            self.sight(person, entity, word) != "hidden"
            for entity, text in self.entities.items()
            if word in text["fields"]
        )
