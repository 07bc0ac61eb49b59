"""The audit for those whose role has the right to read it: searched, page by page, each value by the rights of its reader."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from app.access import has_right, models_of
from app.insight import labels
from app.orm.overrides import REASON_SUFFIX
from app.record.acts import SHARE
from app.record.audit_search import AuditLine, AuditPage, AuditQuery, facts_in_sight, search_audit
from app.web.i18n import TEXTS
from app.web.pages.actors import SYSTEM, actor_in_words, actor_of_words
from app.web.pages.base import Desk, PageView, expose
from app.web.pages.histories import Line, Names, confirmed_line, ids_in, line_of, place_label
from app.web.texts.audit import ACTS, DOORS

SHOWN = 50  # on a page
_MOST_LINES = 30  # of one act
_LONGEST = 200
_DAY = dt.timedelta(days=1)


class Row(NamedTuple):
    """A line of the audit. `at` is (text, machine form), `about` (text, address or "")."""

    at: tuple[str, str]
    who: str
    act: str
    is_bad: bool
    door: str
    about: tuple[str, str]
    lines: tuple[Line, ...]


class Choice(NamedTuple):
    """An option of the search."""

    value: str
    text: str


class AuditView(PageView):
    """`/audit/`."""

    route_base = "/audit"

    @expose("/")
    def show(self) -> Response:
        """The newest lines that fit the search."""
        return Audit().show()


class Audit(Desk):
    """The audit, for who may read it; for others there is none."""

    def show(self) -> Response:
        """GET /audit/."""
        if not has_right(self.catalog, self.actor, "audit"):
            raise NotFound
        asked = {key: request.args.get(key, "").replace("\0", "").strip()[:_LONGEST] for key in _KEYS}
        person = self._person(asked["person"])
        query = self._query(asked, person)
        page = search_audit(self.session, self.catalog, self.actor, query, SHOWN) if person != 0 else AuditPage(())
        names = labels(self.session, wanted) if (wanted := self._pointed_to(page.lines)) else {}
        moved = {**{key: value for key, value in asked.items() if value}, "before": str(page.next or "")}
        return self.page(
            "audit.html", title=self.t("audit.title"), here="audit", asked=asked,
            rows=[self._row(each, names) for each in page.lines],
            older=f"/audit/?{urlencode(moved)}" if page.next else "",
            looked=self.t("audit.looked", moment=self.formats.exact(page.back_to)) if page.back_to and page.next else "",
            is_searched=any(value for key, value in asked.items() if key != "before"),
            nobody=person == 0,
            entities=[Choice(key, self.plural(key)) for key in self.catalog.entities if self.may("read", key)],
            acts=[Choice(key, self.t(f"audit.act.{key}")) for key in ACTS],
            doors=[Choice(key, self.t(f"audit.door.{key}")) for key in DOORS],
        )  # fmt: skip

    def _query(self, asked: Mapping[str, str], person: int | str | None) -> AuditQuery:
        """Raises BadRequest for what no form of ours sends."""
        entity, act, door = asked["entity"], asked["act"], asked["door"]
        if (entity and not self._sees(entity)) or (act and act not in ACTS) or (door and door not in DOORS):
            raise BadRequest
        until = self._day(asked["until"])
        return AuditQuery(
            person,
            entity or None,
            _number(asked["record"]),
            act or None,
            door or None,
            self._midnight(self._day(asked["since"])),
            self._midnight(until + _DAY if until is not None else None),
            _number(asked["before"]),
        )

    def _sees(self, entity: str) -> bool:
        return entity in self.catalog.entities and self.may("read", entity)

    def _day(self, text: str) -> dt.date | None:
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError as error:
            raise BadRequest from error

    def _midnight(self, day: dt.date | None) -> dt.datetime | None:
        if day is None or not 1970 < day.year < 9000:
            return None
        return dt.datetime.combine(day, dt.time(), self.formats.zone).astimezone(dt.UTC)

    def _person(self, text: str) -> int | str | None:
        """Whom a login or a name means, among those whom the reader may name, or which system actor; 0: nobody."""
        if not text or text.startswith(SYSTEM):
            return text or None
        rights, user = self.rights("user"), models_of(self.session).classes["user"]
        named = {key for key in ("login", self.catalog.entities["user"].name_field) if key in rights.clear}
        same = [sa.func.lower(getattr(user, key)) == text.lower() for key in sorted(named)]
        found = self.session.execute(
            sa.select(user.id).where(sa.or_(sa.false(), *same)).order_by(user.id).limit(1)
        ).scalar()
        return found or actor_of_words(text, self.language) or 0

    def _row(self, line: AuditLine, names: Names) -> Row:
        who = line.actor if line.actor_id is not None else actor_in_words(line.actor, self.language)
        who = who or self.t("record.somebody" if line.actor_id is not None else "audit.unproven")
        act = self.t(f"audit.act.{line.action}") if line.action in ACTS else line.action
        door = self.t(f"audit.door.{line.door}") if line.door in DOORS else line.door
        return Row(
            (self.formats.local(line.at).strftime("%Y-%m-%d %H:%M:%S"), line.at.isoformat()),
            who,
            act,
            line.action in {"denied", "login_failed", "second_factor_failed"},
            door,
            self._about(line, names),
            tuple(self._lines(line, names))[:_MOST_LINES],
        )

    def _about(self, line: AuditLine, names: Names) -> tuple[str, str]:
        if not line.entity:
            known = f"audit.about.{line.written_as}"
            plain = self.t(known) if known in TEXTS else line.written_as.replace("-", " ")
            return ("", "") if line.written_as == "-" else (plain, "")
        called = self.singular(line.entity)
        if not line.record:
            return called, ""
        name = names.get((line.entity, line.record))
        address = f"/{line.entity}/{line.record}" if name and self.catalog.part_link(line.entity) is None else ""
        return f"{called} · {name or f'#{line.record}'}", address

    def _lines(self, line: AuditLine, names: Names) -> Iterator[Line]:
        for change in line.changes:
            yield line_of(self, line.entity, change, names)
        for one in line.confirmed:
            yield confirmed_line(self, line.entity, one)
        for key, old, new in line.told:
            label = self.t(f"audit.fact.{key.rstrip('.')}")
            was, now = (self._placed(line, each) if key == SHARE else each for each in (old, new))
            yield Line(label, self._words(was, names) or None, self._words(now, names))
        for key, value in facts_in_sight(self.catalog, self.actor, line).items():
            yield Line(self._fact(key), None, self._value(line, key, value))

    def _placed(self, line: AuditLine, side: object) -> object:
        """Who had or has which place, as `_words` takes it: the place as it is called."""
        if not isinstance(side, Mapping):
            return None
        return {"user": side["user"], "place": place_label(self, line.entity, side["place"])}

    def _words(self, value: object, names: Names) -> str:
        """Roles as they are called, what was said of an exception, who is a deputy for which days, or has which place."""
        if isinstance(value, Mapping) and "place" in value:
            return f"{names.get(('user', value['user'])) or '#' + str(value['user'])} · {value['place']}"
        if isinstance(value, Mapping):
            who = names.get(("user", value["user"])) or f"#{value['user']}"
            return f"{who} · {value['first_day']} – {value['last_day']}"
        if not isinstance(value, list):
            return str(value or "")
        known = self.catalog.roles
        return self.t("stage.between").join(
            known[each].label.in_language(self.language) or each if each in known else each for each in value
        )

    def _fact(self, key: str) -> str:
        return self.t(f"audit.fact.{key}") if f"audit.fact.{key}" in TEXTS else key.replace("_", " ")

    def _why(self, told: str) -> str:
        """A reason, and what was told of it besides (`failed: nonce`, `unreachable: status 503`): in the reader's language where there
        are words for it.
        """
        why, _, detail = told.partition(": ")
        word, _, code = detail.rpartition(" ") if detail[-1:].isdecimal() else (detail, "", "")
        reason, further = f"audit.why.{why}", f"audit.why.{why}.{word.rstrip(':')}"
        besides = f"{self.t(further)} {code}".rstrip() if further in TEXTS else detail
        return " · ".join(filter(None, (self.t(reason) if reason in TEXTS else why, besides)))

    def _value(self, line: AuditLine, key: str, value: object) -> str:
        if key == "why":
            return self._why(str(value)[:_LONGEST])
        if key in {"columns", "field"} and line.entity:
            columns = (self.label(line.entity, each) for each in str(value).split(", ") if each)
            return self.t("stage.between").join(columns)
        if key == "tried":
            return _tried(str(value), line)[:_LONGEST]
        return str(value)[:_LONGEST]

    def _pointed_to(self, lines: Sequence[AuditLine]) -> dict[str, set[int]]:
        """The records whose names are shown."""
        wanted: dict[str, set[int]] = {}
        for line in lines:
            if line.entity and line.record:
                wanted.setdefault(line.entity, set()).add(line.record)
            for told in (each for _, *sides in line.told for each in sides):
                if isinstance(told, Mapping):
                    wanted.setdefault("user", set()).add(told["user"])
            for change in line.changes:
                if change.field in self.rights(line.entity).masks or change.field.endswith(REASON_SUFFIX):
                    continue
                field = self.catalog.get_field(line.entity, change.field)
                for side in (change.old, change.new):
                    for target, record in ids_in(field, side):
                        wanted.setdefault(target, set()).add(record)
        return wanted


def _tried(rule: str, line: AuditLine) -> str:
    """The address that was tried: of a rule such as `GET /<entity:entity>/<string:record>` with what is known of it."""
    known = {"entity": line.entity, "record": str(line.record or "")}
    return _PLACE.sub(lambda found: known.get(found[1]) or "…", rule)


_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
_KEYS = ("person", "entity", "record", "act", "door", "since", "until", "before")


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadRequest
    return int(text)
