"""Roles and rights, for who may configure and for auditors: what each role and each person may do, why, and exceptions."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any, NamedTuple

from flask import request
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from app.access import Actor, PersonalRight, actor_of_user, has_right, reasons, verb_of
from app.definition import SCOPES, VERBS, Entity, Role, Verb
from app.insight import get_record, labels
from app.manual.tables import RIGHT_LABELS
from app.record.personal_rights import OF_FIELDS, Wanted, add_exception, exceptions_of, withdraw_exception
from app.web import context
from app.web.context import now
from app.web.pages import rights
from app.web.pages.base import Desk, PageView, expose, parse_id
from app.web.pages.inputs import Input
from app.web.pages.posted import whole_number
from app.web.security import viewing

_FIELD_VERBS = {"read": "exception.see_field", "update": "exception.change_field"}
_OF_FIELD = "field:"  # before a verb that is about a field


class RolesView(PageView):
    """`/roles/`."""

    route_base = "/roles"

    @expose("/")
    def show(self) -> Response:
        """Roles by entities, for one verb."""
        return RolesDesk().show()

    @expose("/<string:role>")
    def role(self, role: str) -> Response:
        """What a role may do."""
        return RolesDesk().of_role(role)

    @expose("/person/<string:user>")
    def person(self, user: str) -> Response:
        """What a person may do."""
        return RolesDesk().of_person(parse_id(user))

    @expose("/person/<string:user>/view", methods=["POST"])
    def view(self, user: str) -> Response:
        """Look at the application as this person."""
        return RolesDesk().view_as(parse_id(user))

    @expose("/person/<string:user>/exception", methods=["POST"])
    def exception(self, user: str) -> Response:
        """Make an exception."""
        return RolesDesk().make_exception(parse_id(user))

    @expose("/person/<string:user>/exception/<string:row>/end", methods=["POST"])
    def end(self, user: str, row: str) -> Response:
        """End one."""
        return RolesDesk().end_exception(parse_id(user), parse_id(row))


class ExceptionRow(NamedTuple):
    """One that holds, as it is read."""

    id: int
    adds: bool
    what: str
    until: str
    reason: str
    by: str


class Person(NamedTuple):
    """Whose rights are shown. `actor` is None where he is not active."""

    id: int
    name: str
    actor: Actor | None


class ViewingForm(NamedTuple):
    """Where one asks to look as a person: the reason to give, or why it can't be."""

    reason: Input | None
    why_not: str


class RolesDesk(Desk):
    """Works for who may configure; auditors look."""

    def show(self) -> Response:
        """GET /roles/."""
        self._require()
        verb = self._verb(request.args.get("verb", "")) or "read"
        roles = list(self.catalog.roles.values())
        actors = [rights.actor_of_role(self.catalog, role.key) for role in roles]
        rows = [
            rights.EntityRow(
                entity.key,
                self.plural(entity.key),
                tuple(rights.marks_of(self, actor, entity.key, (verb,))[0] for actor in actors),
            )
            for entity in rights.standing(self.catalog)
        ]
        heads = [(f"/roles/{role.key}", rights.role_label(self, role)) for role in roles]
        verbs = Input(
            name="verb", id="r-verb", kind="select", label=self.t("roles.verb"), value=verb, required=True,
            options=self._verbs(),
        )  # fmt: skip
        person = Input(name="person", id="r-person", kind="lookup", label=self.t("roles.person"), source="/user/lookup")
        chosen = whole_number(request.args.get("person", ""))
        if chosen:
            return self.go(f"/roles/person/{chosen}")
        return self.page(
            "roles.html", title=self.t("roles.title"), here="roles", heads=heads, rows=rows, verbs=verbs, verb=verb,
            person=person if self.may("read", "user") else None,
        )  # fmt: skip

    def of_role(self, key: str) -> Response:
        """GET /roles/<role>."""
        self._require()
        role = self.catalog.roles.get(key)
        if role is None:
            raise NotFound
        address = f"/roles/{key}"
        return self._rights(
            rights.actor_of_role(self.catalog, key),
            address,
            title=rights.role_label(self, role),
            about=self._about(role),
        )

    def of_person(self, user: int, wrong: str = "", why_not: str = "") -> Response:
        """GET /roles/person/<id>. With what was wrong of an exception that was posted, or why one can't look as that person."""
        self._require()
        person = self._person(user)
        address = f"/roles/person/{user}"
        given = [
            rights.role_label(self, self.catalog.roles[key]) for key in self.catalog.roles if self._has(person, key)
        ]
        about = [(self.t("roles.role"), self.t("automations.separator").join(given) or self.t("roles.none"))]
        if person.actor is None:
            about = [(self.t("roles.role"), self.t("roles.inactive"))]
        entity = self._entity()
        return self._rights(
            person.actor, address, title=person.name, about=about, person=person, exceptions=self._exceptions(user),
            makes=self._makes(entity, wrong) if self._configures() and entity is not None else (), may_make=self._configures(),
            answer=self._answer(person, entity), asks=self._asks(entity), status=422 if wrong or why_not else 200,
            viewing=self._viewing(person, why_not),
        )  # fmt: skip

    def view_as(self, user: int) -> Response:
        """POST /roles/person/<id>/view."""
        found = context.current().web_session
        if not self._configures() or found is None:
            raise Forbidden
        person = self._person(user)
        if person.actor is None:
            return self.of_person(user, why_not="gone")
        wish = viewing.Wish(person.actor, request.form.get("reason", ""))
        refused = viewing.begin(self.store, found, wish, context.now())
        return self.of_person(user, why_not=refused) if refused else self.go("/")

    def _viewing(self, person: Person, wrong: str) -> ViewingForm | None:
        """The form that begins to look as a person, or what keeps one from it; None for who may not at all."""
        why_not = viewing.why_not(self.catalog, self.actor, person.actor)
        if why_not in {"right", "self", "gone"}:
            return None
        said = self.t(f"viewing.not_{wrong or why_not}", limit=viewing.LONGEST_REASON) if wrong or why_not else ""
        if why_not is not None:
            return ViewingForm(None, said)
        reason = Input(name="reason", id="v-reason", label=self.t("viewing.reason"), limit=viewing.LONGEST_REASON,
                       required=True, wide=True, error=said)  # fmt: skip
        return ViewingForm(reason, "")

    def make_exception(self, user: int) -> Response:
        """POST /roles/person/<id>/exception."""
        if not self._configures():
            raise Forbidden
        self._person(user)
        form = request.form
        verb = form.get("verb", "")
        of_field = verb.startswith(_OF_FIELD)
        adds = form.get("effect") != "less"
        right = PersonalRight(
            form.get("entity", ""), form.get("field", "") if of_field else None, verb.removeprefix(_OF_FIELD), adds,
            form.get("scope", ""),
        )  # fmt: skip
        try:
            last_day = dt.date.fromisoformat(form.get("last_day", ""))
        except ValueError:
            return self.of_person(user, "day")
        context.current().close_session()
        wrong = add_exception(self.store, self.actor, user, Wanted(right, last_day, form.get("reason", "")))
        if wrong is not None:
            return self.of_person(user, wrong)
        return self.go(f"/roles/person/{user}", "exception.made")

    def end_exception(self, user: int, row: int) -> Response:
        """POST /roles/person/<id>/exception/<row>/end."""
        if not self._configures():
            raise Forbidden
        self._person(user)
        context.current().close_session()
        done = withdraw_exception(self.store, self.actor, user, row)
        return self.go(
            f"/roles/person/{user}", "exception.ended" if done else "exception.gone", "done" if done else "danger"
        )

    def _require(self) -> None:
        if not self._configures() and not has_right(self.catalog, self.actor, "audit"):
            raise Forbidden

    def _configures(self) -> bool:
        return has_right(self.catalog, self.actor, "configure")

    def _rights(self, actor: Actor | None, address: str, *, title: str, status: int = 200, **shown: Any) -> Response:
        """The page of a role or a person."""
        entity = self._entity()
        rows = [
            rights.EntityRow(each.key, self.plural(each.key), rights.marks_of(self, actor, each.key))
            for each in rights.standing(self.catalog)
            if actor is not None
        ]
        crumbs = ((self.t("roles.title"), "/roles/"), (title, ""))
        return self.page(
            "rights.html", title=title, here="roles", crumbs=crumbs, status=status, address=address, rows=rows,
            heads=[rights.verb_label(self, verb) for verb in VERBS], entity=entity.key if entity else "",
            name=self.plural(entity.key) if entity else "",
            grounds=rights.all_grounds(self, actor, entity.key) if entity and actor else (),
            fields=rights.fields_of(self, actor, entity) if entity and actor else (), **shown,
        )  # fmt: skip

    def _about(self, role: Role) -> list[tuple[str, str]]:
        """What a role is and has besides its grants."""
        includes = [
            rights.role_label(self, self.catalog.roles[key]) for key in role.includes if key in self.catalog.roles
        ]
        general = [RIGHT_LABELS[each].in_language(self.language) for each in role.rights]
        limits = [f"{self.t(f'roles.limit_{key}')} {most:,}" for key, most in role.limits.items()]
        lists = (("roles.includes", includes), ("roles.rights", general), ("roles.limits", limits))
        help_text = role.help.in_language(self.language)
        found = [(self.t(key), self.t("automations.separator").join(texts)) for key, texts in lists if texts]
        origin = rights.written(self.catalog.origin("roles", role.key))
        return [
            *([("", help_text)] if help_text else []),
            *found,
            *([(self.t("roles.where"), origin)] if origin else []),
        ]

    def _person(self, user: int) -> Person:
        """The person, where the actor sees him."""
        found = get_record(self.session, self.actor, "user", user, ("id", "name"))
        if found is None:
            raise NotFound
        context.current().close_session()
        with self.store.system_reading() as connection:
            return Person(
                user, str(found.values.get("name") or user), actor_of_user(connection, self.store.models, user)
            )

    @staticmethod
    def _has(person: Person, role: str) -> bool:
        return person.actor is not None and role in person.actor.roles

    def _entity(self) -> Entity | None:
        """The entity that is asked about."""
        found = self.catalog.entities.get(request.values.get("entity", ""))
        return None if found is None or found.is_part else found

    @staticmethod
    def _verb(word: str) -> Verb | None:
        try:
            return verb_of(word)
        except ValueError:
            return None

    def _verbs(self) -> tuple[tuple[str, str], ...]:
        return tuple((verb, rights.verb_label(self, verb)) for verb in VERBS)

    def _asks(self, entity: Entity | None) -> tuple[Input, ...]:
        """The form that asks whether the person may do something."""
        if entity is None:
            return ()
        asked = request.args
        return (
            Input(
                name="verb", id="a-verb", kind="select", label=self.t("roles.verb"), required=True,
                value=self._verb(asked.get("verb", "")) or "read", options=self._verbs(),
            ),
            Input(
                name="record", id="a-record", kind="lookup", label=self.t("roles.record"), source=f"/{entity.key}/lookup",
                value=str(whole_number(asked.get("record", "")) or ""), shown=asked.get("record:shown", "")[:100],
                help=self.t("roles.record_help"),
            ),
        )  # fmt: skip

    def _answer(self, person: Person, entity: Entity | None) -> tuple[str, str, list[rights.Grounds]] | None:
        """(tone, text, grounds) of what was asked about."""
        verb = self._verb(request.args.get("verb", ""))
        if person.actor is None or entity is None or verb is None:
            return None
        record = whole_number(request.args.get("record", "")) or None
        found = None
        if record is None or get_record(self.session, self.actor, entity.key, record, ("id",), include_deleted=True):
            context.current().close_session()
            found = reasons(self.store, person.actor, verb, entity.key, record)
        if found is None:
            return "warning", self.t("roles.no_record"), []
        may = any(each.holds is not False for each in found)
        said = {"name": person.name, "verb": rights.verb_label(self, verb)}
        text = self.t("roles.can" if may else "roles.can_not", **said)
        if not found:
            taken = PersonalRight(entity.key, None, verb, adds=False) in person.actor.personal
            text = f"{text} {self.t('roles.removed' if taken else 'roles.who_grants')}"
        return ("success" if may else "danger"), text, rights.grounds_of(self, found, verb)

    def _exceptions(self, user: int) -> list[ExceptionRow]:
        with self.store.system_reading() as connection:
            found = exceptions_of(connection, user, now())
        names = labels(self.session, {"user": {each.given_by for each in found}}) if found else {}
        context.current().close_session()
        zone = zoneinfo.ZoneInfo(self.catalog.pack.time_zone)
        today = now().astimezone(zone).date()
        return [
            ExceptionRow(
                each.id,
                each.right.adds,
                self._words(each.right),
                self.formats.day(each.ends_at.astimezone(zone).date() - dt.timedelta(days=1), today),
                each.reason,
                names.get(("user", each.given_by), self.t("record.somebody")),
            )
            for each in found
        ]

    def _words(self, right: PersonalRight) -> str:
        """What an exception is about: the verb, the entity and field, for which records."""
        if right.entity not in self.catalog.entities:
            return right.entity
        if right.field is not None:
            label = self.label(right.entity, right.field)
            return f"{self.t(_FIELD_VERBS[right.verb])}: {self.plural(right.entity)} · {label}"
        scope = f" ({rights.scope_label(self, right.scope)})" if right.scope else ""
        return f"{rights.verb_label(self, right.verb)}: {self.plural(right.entity)}{scope}"

    def _makes(self, entity: Entity, wrong: str) -> tuple[Input, ...]:
        """The form of an exception, with what was typed where something of it is wrong."""
        typed = request.form if wrong else {}
        error = self.t(f"exception.wrong_{wrong}") if wrong else ""
        at = {"verb": "verb", "entity": "verb", "field": "field", "scope": "scope", "day": "last_day"}.get(
            wrong, "reason"
        )
        today = now().astimezone(zoneinfo.ZoneInfo(self.catalog.pack.time_zone)).date().isoformat()
        effects = (("more", self.t("exception.adds")), ("less", self.t("exception.takes")))
        of_fields = tuple((f"{_OF_FIELD}{verb}", self.t(_FIELD_VERBS[verb])) for verb in OF_FIELDS)
        fields = tuple((key, each.label.in_language(self.language) or key) for key, each in entity.every_field.items())
        scopes = tuple((word, rights.scope_label(self, word)) for word in SCOPES if word != "none")

        def made(name: str, label: str, fallback: str = "", **more: Any) -> Input:
            return Input(
                name=name, id=f"x-{name}", label=self.t(f"exception.{label}"), value=typed.get(name, fallback)[:600],
                error=error if wrong and at == name else "", **more,
            )  # fmt: skip

        return (
            made("effect", "effect", kind="select", options=effects, required=True, fallback="more"),
            made("verb", "what", kind="select", options=(*self._verbs(), *of_fields), required=True),
            made("field", "field", kind="select", options=fields, help=self.t("exception.field_help")),
            made("scope", "scope", kind="select", options=scopes, help=self.t("exception.scope_help")),
            made("last_day", "last_day", html_type="date", required=True, smallest=today),
            made("reason", "reason", required=True, limit=500, wide=True),
        )
