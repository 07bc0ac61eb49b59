"""`/profile/security/passkeys`: one's own passkeys, added with the password or second factor, removed with the password."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from flask import jsonify, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.automation.login_mails import tell_in
from app.record import MOST_PASSKEYS, Refused, Unit, add_passkey, drop_own_passkey, passkeys_held
from app.web import context
from app.web.pages.base import PageView, expose, parse_id
from app.web.pages.inputs import Input
from app.web.pages.own_login import HERE, OwnLogin
from app.web.security import answers, login, passkeys, second_factor
from app.web.security.passkey_views import ours, problem


class OwnPasskeysView(PageView):
    """`/profile/security/passkeys`."""

    route_base = "/profile/security/passkeys"
    default_view = "ask"

    @expose("/options", methods=["POST"])
    def ask(self) -> Response:
        """What a device is asked to make."""
        return OwnPasskeys().ask()

    @expose("", methods=["POST"])
    def add(self) -> Response:
        """Keep what it has made."""
        return OwnPasskeys().add()

    @expose("/<string:passkey>/remove")
    def ask_removal(self, passkey: str) -> Response:
        """Ask for the password."""
        return OwnPasskeys().ask_removal(parse_id(passkey))

    @expose("/<string:passkey>/remove", methods=["POST"])
    def remove(self, passkey: str) -> Response:
        """Remove one."""
        return OwnPasskeys().remove(parse_id(passkey))


class OwnPasskeys(OwnLogin):
    """One's own passkeys."""

    def _asked(self) -> passkeys.Asked:
        this = context.current().web_session
        assert this is not None
        return passkeys.Asked(this.id, "add")

    def ask(self) -> Response:
        """POST /profile/security/passkeys/options: `name`, and as `proof` the password, or a code where there is a second factor."""
        user_id, party, form = self.user_id, ours(), request.form
        name = passkeys.clean_name(form.get("name", ""))
        context.current().close_session()
        if party is None:
            return problem("passkeys.not_here")
        if not name:
            return problem("passkeys.name_wrong")
        with self.store.system_reading() as connection:
            if passkeys_held(connection, user_id) >= MOST_PASSKEYS:
                return problem("passkeys.too_many")
        if not login.BY_LOGIN.take(f"passkey:{user_id}"):
            return problem("login.too_many", 429)
        if not self.is_proven(form.get("proof", "")):
            return problem("factor.wrong" if self.has_codes() else "password.wrong")
        return jsonify(passkeys.options_to_add(self.store, party, self._asked(), user_id, name, context.now()))

    def add(self) -> Response:
        """POST /profile/security/passkeys: with the first second factor come recovery codes."""
        user_id, party = self.user_id, ours()
        context.current().close_session()
        sent = request.form.get("credential", "")
        made = passkeys.made_by_device(self.store, party, self._asked(), sent, context.now()) if party else None
        if made is None:
            return self.show(passkey_problem=self.t("passkeys.wrong"), status=422)
        is_first = not self.has_factor()
        codes = second_factor.new_codes()
        new = replace(made, codes=[second_factor.digest_of(user_id, each) for each in codes])
        also = partial(tell_in, user_id=user_id, what="passkey_added", name=made.name)
        if isinstance(add_passkey(self.store, self.actor, user_id, new, also), Refused):
            return self.show(passkey_problem=self.t("passkeys.wrong"), status=422)
        if is_first:
            return self.anew(answers.page("codes.html", codes=codes, target=HERE))
        return self.anew(self.go(HERE, "profile.passkey_added"))

    def ask_removal(self, number: int, wrong: str = "", status: int = 200, wrong_code: str = "") -> Response:
        """GET /profile/security/passkeys/<id>/remove, and again with what is wrong of the password or of the code."""
        user_id = self.user_id
        context.current().close_session()
        with self.store.system_reading() as connection:
            found = next((each for each in passkeys.passkeys_of(connection, user_id) if each.id == number), None)
        if found is None:
            raise NotFound
        title = self.t("passkeys.remove_title", name=found.name)
        password = Input(
            name="password", id="passkey-password", label=self.t("password.old"), html_type="password",
            complete="current-password", error=wrong, required=True,
        )  # fmt: skip
        code = Input(name="code", id="passkey-code", label=self.t("own_factor.code"), complete="one-time-code", limit=40,
                     error=wrong_code, help=self.t("passkeys.last_help"), required=True)  # fmt: skip
        return self.page(
            "own_passkey.html",
            title=title,
            crumbs=((self.t("profile.title"), "/profile/"), (self.t("own_login.title"), HERE), (title, "")),
            status=status,
            inputs=(password, code) if self._is_last_factor() else (password,),
            action=f"/profile/security/passkeys/{number}/remove",
            back=HERE,
        )

    def remove(self, number: int) -> Response:
        """POST /profile/security/passkeys/<id>/remove."""
        user_id, now = self.user_id, context.now()
        context.current().close_session()
        if not login.is_own_password(self.store, user_id, request.form.get("password", ""), now):
            return self.ask_removal(number, self.t("password.wrong"), 422)

        def also(unit: Unit, name: str) -> None:
            tell_in(unit, user_id, "passkey_removed", name=name)

        required, last_too = self.is_required(), False
        if not required and self._is_last_factor():
            last_too = self.is_proven(request.form.get("code", ""))
        outcome = drop_own_passkey(self.store, self.actor, number, also, last_too=last_too)
        if isinstance(outcome, Refused) and outcome.status == "not_found":
            raise NotFound
        if isinstance(outcome, Refused) and required:
            return self.ask_removal(number, self.t("passkeys.last"), 422)
        if isinstance(outcome, Refused):
            return self.ask_removal(number, "", 422, self.t("factor.wrong"))
        return self.anew(self.go(HERE, "profile.passkey_removed"))
