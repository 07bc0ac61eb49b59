"""`/profile/security/`: one's own sessions and second factor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.access import Allowed, decide
from app.automation.login_mails import change_own_email
from app.insight import get_record
from app.record import (
    MOST_PASSKEYS,
    Act,
    Refused,
    drop_second_factor,
    has_codes_of_phone,
    passkeys_held,
    set_recovery_codes,
)
from app.web import context
from app.web.pages.base import Desk, PageView, expose
from app.web.pages.inputs import Input
from app.web.security import answers, login, passkeys, people, sealing, second_factor, sessions, steps
from app.web.security.audited import note
from app.web.security.devices import device_of
from app.web.security.passkey_views import ours
from app.web.security.visitors import visitor

HERE = "/profile/security/"
FACTOR = "/profile/security/factor"


class ShownSession(NamedTuple):
    """A session in the list."""

    id: str
    device: str
    address: str
    since: str
    seen: str
    is_program: bool
    is_this: bool


class ShownPasskey(NamedTuple):
    """A passkey in the list."""

    id: int
    name: str
    since: str
    used: str


class OwnLoginView(PageView):
    """`/profile/security/`."""

    route_base = "/profile/security"

    @expose("/")
    def show(self) -> Response:
        """Sessions, and the second factor."""
        return OwnLogin().show()

    @expose("/session", methods=["POST"])
    def end_one(self) -> Response:
        """End a session."""
        return OwnLogin().end_one()

    @expose("/others", methods=["POST"])
    def end_others(self) -> Response:
        """End all sessions but this one."""
        return OwnLogin().end_others()

    @expose("/factor")
    def ask_factor(self) -> Response:
        """The picture for a phone."""
        return OwnLogin().ask_factor()

    @expose("/factor", methods=["POST"])
    def set_factor(self) -> Response:
        """Switch a second factor on."""
        return OwnLogin().set_factor()

    @expose("/email", methods=["POST"])
    def change_email(self) -> Response:
        """Change one's e-mail."""
        return OwnLogin().change_email()

    @expose("/codes", methods=["POST"])
    def new_codes(self) -> Response:
        """New recovery codes."""
        return OwnLogin().new_codes()

    @expose("/off", methods=["POST"])
    def switch_off(self) -> Response:
        """Switch the second factor off."""
        return OwnLogin().switch_off()


class OwnLogin(Desk):
    """One's own login."""

    @property
    def user_id(self) -> int:
        found = self.actor.user_id
        if found is None:
            raise NotFound
        return found

    def show(
        self, problem: str = "", status: int = 200, email: Mapping[str, str] | None = None, passkey_problem: str = ""
    ) -> Response:
        """GET /profile/security/, and again with what is wrong: of the e-mail by field."""
        user_id, now = self.user_id, context.now()
        may_change = self._may_change_email()
        inputs = self._email_inputs(email or {}) if may_change else ()
        context.current().close_session()
        with self.store.system_reading() as connection:
            standing = sessions.standing_of(connection, self.catalog.pack.security.session, user_id, now)
            factor = second_factor.find_factor(connection, user_id)
            required = second_factor.is_required(connection, self.catalog, user_id)
            own = passkeys.passkeys_of(connection, user_id)
            left = second_factor.codes_left(connection, user_id)
        return self.page(
            "own_login.html",
            title=self.t("own_login.title"),
            crumbs=((self.t("profile.title"), "/profile/"), (self.t("own_login.title"), "")),
            status=status,
            rows=[self._shown(each, now) for each in standing],
            factor=factor,
            since=self.formats.moment(factor.since, now) if factor else "",
            required=required,
            factor_problem=problem,
            email_inputs=inputs,
            passkeys=[self._shown_passkey(each, now) for each in own],
            passkey_inputs=self._passkey_inputs() if len(own) < MOST_PASSKEYS and ours() is not None else (),
            passkey_problem=passkey_problem,
            codes_left=left,
            has_codes=factor is not None or bool(own),
        )

    def _shown_passkey(self, each: passkeys.Passkey, now: dt.datetime) -> ShownPasskey:
        used = self.formats.moment(each.used_at, now) if each.used_at else ""
        return ShownPasskey(each.id, each.name, self.formats.moment(each.created_at, now), used)

    def _passkey_inputs(self) -> tuple[Input, ...]:
        name = device_of(request.headers.get("User-Agent", ""))
        proof = "own_factor.code" if self.has_codes() else "password.old"
        kind, complete = ("text", "one-time-code") if self.has_codes() else ("password", "current-password")
        return (
            Input(name="name", id="passkey-name", label=self.t("passkeys.name"), value=name, limit=passkeys.LONGEST_NAME,
                  required=True),
            Input(name="proof", id="passkey-proof", label=self.t(proof), html_type=kind, complete=complete, required=True),
        )  # fmt: skip

    def _may_change_email(self) -> bool:
        updatable = self.rights("user").writable(creating=False)
        return "email" in updatable and isinstance(decide(self.catalog, self.actor, "update", "user"), Allowed)

    def _email_inputs(self, wrong: Mapping[str, str]) -> tuple[Input, ...]:
        found = get_record(self.session, self.actor, "user", self.user_id, ("email",))
        context.current().close_session()
        stored = found.values["email"] if found is not None else None
        code = Input(name="code", id="email-code", label=self.t("own_factor.code"), complete="one-time-code",
                     error=wrong.get("code", ""), limit=40, required=True)  # fmt: skip
        return (
            Input(name="email", id="email", label=self.label("user", "email"), html_type="email", complete="email",
                  value=request.form.get("email", str(stored or "")), error=wrong.get("email", ""), required=True),
            Input(name="password", id="email-password", label=self.t("password.old"), html_type="password",
                  complete="current-password", error=wrong.get("password", ""), required=True),
            *((code,) if self.has_codes() else ()),
        )  # fmt: skip

    def change_email(self) -> Response:
        """POST /profile/security/email: with the password and, where there is one, the second factor. The address of before is
        told.
        """
        user_id, form, now = self.user_id, request.form, context.now()
        context.current().close_session()
        if not login.is_own_password(self.store, user_id, form.get("password", ""), now):
            return self.show(status=422, email={"password": self.t("password.wrong")})
        if self.has_codes() and not self.is_proven(form.get("code", "")):
            return self.show(status=422, email={"code": self.t("factor.wrong")})
        outcome = change_own_email(self.store, self.actor, form.get("email", ""))
        if isinstance(outcome, Refused):
            why = " ".join(each.text(self.language, self.catalog) for each in outcome.refusals)
            return self.show(status=422, email={"email": why})
        return self.go(HERE, "profile.email_changed")

    def _shown(self, each: sessions.Standing, now: dt.datetime) -> ShownSession:
        this = context.current().web_session
        return ShownSession(
            each.id,
            device_of(each.agent) or self.t("sessions.unknown"),
            each.address,
            self.formats.moment(each.created_at, now),
            self.formats.moment(each.seen_at, now),
            each.kind == "token",
            this is not None and this.id == each.id,
        )

    def end_one(self) -> Response:
        """POST /profile/security/session."""
        this = context.current().web_session
        wanted = request.form.get("session", "")
        if not sessions.end_own(self.store, self.user_id, wanted):
            raise NotFound
        self._tell_end({})
        if this is not None and this.id == wanted:
            return self.go("/login/")
        return self.go(HERE, "profile.session_ended")

    def end_others(self) -> Response:
        """POST /profile/security/others."""
        this = context.current().web_session
        assert this is not None
        sessions.end_others(self.store, self.user_id, this.id)
        self._tell_end({"others": True})
        return self.go(HERE, "profile.sessions_ended")

    def _tell_end(self, facts: dict[str, bool]) -> None:
        act = Act("session_ended", "form", self.user_id, self.actor.name, record=self.user_id, facts=facts)
        note(self.store, act, context.now())

    def ask_factor(self, problem: str = "", sealed: str = "", status: int = 200) -> Response:
        """GET /profile/security/factor, and again with what is wrong."""
        user_id = self.user_id
        context.current().close_session()
        try:
            shown = steps.enrolment(self.store, user_id, sealed)
        except sealing.Unreadable:
            shown = steps.enrolment(self.store, user_id)
        return self.page(
            "own_factor.html",
            title=self.t("factor.enrol"),
            crumbs=((self.t("profile.title"), "/profile/"), (self.t("own_login.title"), HERE), (self.t("factor.enrol"), "")),
            status=status,
            factor=shown,
            has_factor=self.has_codes(),
            factor_problem=problem,
        )  # fmt: skip

    def set_factor(self) -> Response:
        """POST /profile/security/factor: with the password, or a code of the factor that there is."""
        form, sealed = request.form, request.form.get("sealed", "")
        if not self.is_proven(form.get("proof", "")):
            key = "factor.wrong" if self.has_codes() else "password.wrong"
            return self.ask_factor(self.t(key), sealed, 422)
        codes = steps.enrol(self.store, self.user_id, sealed, form.get("code", ""))
        if codes is None:
            return self.ask_factor(self.t("factor.wrong"), sealed, 422)
        return self.anew(answers.page("codes.html", codes=codes, target=HERE))

    def new_codes(self) -> Response:
        """POST /profile/security/codes: for who has a second factor, with a code of before."""
        if not self.has_factor() or not self.is_proven(request.form.get("code", "")):
            return self.show(self.t("factor.wrong"), 422)
        codes = second_factor.new_codes()
        kept = [second_factor.digest_of(self.user_id, each) for each in codes]
        if isinstance(set_recovery_codes(self.store, self.actor, self.user_id, kept), Refused):
            raise NotFound
        return answers.page("codes.html", codes=codes, target=HERE)

    def switch_off(self) -> Response:
        """POST /profile/security/off: the codes of the phone. Who must have a second factor needs a passkey before."""
        required = self.is_required() and not self._passkeys()
        if required or not self._has_phone() or not self.is_proven(request.form.get("code", "")):
            return self.show(self.t("own_factor.required" if required else "factor.wrong"), 422)
        if isinstance(drop_second_factor(self.store, self.actor, self.user_id), Refused):
            raise NotFound
        return self.anew(self.go(HERE, "profile.factor_off"))

    def is_required(self) -> bool:
        """Whether a role asks for a second factor."""
        with self.store.system_reading() as connection:
            return second_factor.is_required(connection, self.catalog, self.user_id)

    def has_factor(self) -> bool:
        """Whether the person has any second factor."""
        with self.store.system_reading() as connection:
            return second_factor.has_factor(connection, self.user_id)

    def has_codes(self) -> bool:
        """Whether a code proves that it is he: who has a second factor is never asked for the password instead, also where his
        recovery codes are used up and he has no phone. His administrator takes it from him then.
        """
        return self.has_factor()

    def _is_last_factor(self) -> bool:
        """Whether a passkey is all the second factor that he has."""
        return not self._has_phone() and self._passkeys() == 1

    def _has_phone(self) -> bool:
        with self.store.system_reading() as connection:
            return has_codes_of_phone(connection, self.user_id)

    def _passkeys(self) -> int:
        with self.store.system_reading() as connection:
            return passkeys_held(connection, self.user_id)

    def is_proven(self, shown: str) -> bool:
        """Whether it is really the person: a code where he has a second factor, else his password."""
        now = context.now()
        if self.has_codes():
            guess = second_factor.Guess(self.user_id, shown, address=visitor().address)
            return second_factor.check(self.store, answers.secret_key(), guess, now) == "right"
        return login.is_own_password(self.store, self.user_id, shown, now)

    def anew(self, answer: Response) -> Response:
        """A new session for this browser: all of the person's have ended."""
        answers.mark_in(answer, people.start_session(self.store, self.user_id, visitor(), context.now()))
        return answer
