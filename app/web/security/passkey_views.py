"""Logging in with a passkey: by it alone, or as the second factor; and setting up the one that a role asks for.

A page's script asks for what a device is to sign (`…/options`), and sends what it signed as a form. Without scripts nothing of
it is shown: a code, a recovery code and the password let in as before.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from flask import Response, jsonify, request
from flask_appbuilder.baseviews import BaseView
from werkzeug.wrappers import Response as BaseResponse

from app.access import system_actor
from app.automation.login_mails import tell_in
from app.record import Refused, add_passkey
from app.web import context, i18n
from app.web.builder import route
from app.web.security import csrf, login, outside, passkeys, second_factor, sessions, steps
from app.web.security.answers import go_on, login_page, safe_next
from app.web.security.devices import device_of
from app.web.security.gate import public
from app.web.security.visitors import visitor


def ours() -> passkeys.Party | None:
    """The server, as a browser's passkeys know it."""
    state = context.current()
    return passkeys.party(state.store.catalog.pack.label.in_language(state.language) or "Tenon")


def problem(key: str, status: int = 422) -> Response:
    """What a page's script shows."""
    answer: Response = jsonify(problem=i18n.t(key))
    answer.status_code = status
    return answer


class PasskeyLoginView(BaseView):  # type: ignore[misc]  # the library publishes no types
    """`/login/passkey`, and below the pages of the steps."""

    route_base = "/login"
    default_view = "log_in"

    @route("/passkey/options", "POST")
    @public
    def options(self) -> BaseResponse:
        """What is to be signed by who says nothing of himself yet."""
        party, visit = ours(), csrf.visit_of(request)
        if party is None or not visit:
            return problem("passkeys.not_here")
        if not login.may_try(visitor()):
            return problem("login.too_many", 429)
        asked = passkeys.Asked(visit, "login")
        return jsonify(passkeys.options_to_sign(context.current().store, party, asked, None, context.now()))

    @route("/passkey", "POST")
    @public
    def log_in(self) -> BaseResponse:
        """In, with nothing else."""
        state, now, target = context.current(), context.now(), request.form.get("next", "")
        party, visit = ours(), csrf.visit_of(request)
        if not login.may_try(visitor()):
            return login_page(429, next=target, problem=i18n.t("login.too_many"))
        user_id = _signer(party, visit, "login", None) if party is not None and visit else None
        person = None
        if user_id is not None:
            with state.store.system_reading() as connection:
                person = login.find_secret(connection, user_id)
        if person is None or not outside.doors().passwords.allows(person.login):  # his provider alone vouches for him
            return _log_in_again(target)
        proven = login.Proven(person.id, "page", visitor(), person.password, with_factor=True, by="passkey")
        answer = login.admit(state.store, proven, now)
        if isinstance(answer, login.NotLoggedIn):
            return _log_in_again(target)
        if state.web_session is not None:
            sessions.end(state.store, state.web_session.id)
        return go_on(answer, safe_next(target))

    @route("/code/passkey/options", "POST")
    @public
    def options_of_factor(self) -> BaseResponse:
        """What is to be signed by who has shown his password."""
        party, waiting = ours(), steps.waits("code")
        if party is None or waiting is None:
            return problem("passkeys.not_here")
        asked = passkeys.Asked(waiting.id, "factor")
        store = context.current().store
        return jsonify(passkeys.options_to_sign(store, party, asked, waiting.user_id, context.now()))

    @route("/code/passkey", "POST")
    @public
    def check_factor(self) -> BaseResponse:
        """In, with the password from before."""
        party, waiting = ours(), steps.waits("code")
        if waiting is None or party is None:
            return steps.begin_again()
        if _signer(party, waiting.id, "factor", waiting.user_id) is None:
            return steps.code_page(waiting, 401, i18n.t("passkeys.wrong"))
        answer = steps.passed(waiting, waiting.password, step=waiting.id)
        return steps.begin_again() if isinstance(answer, login.NotLoggedIn) else go_on(answer, steps.next_page())

    @route("/enrol/passkey/options", "POST")
    @public
    def options_to_enrol(self) -> BaseResponse:
        """What is to be made by who must have a second factor."""
        party, waiting = ours(), steps.waits("enrol")
        if party is None or waiting is None:
            return problem("passkeys.not_here")
        name = device_of(request.headers.get("User-Agent", "")) or i18n.t("passkeys.first")
        asked, store = passkeys.Asked(waiting.id, "add"), context.current().store
        return jsonify(passkeys.options_to_add(store, party, asked, waiting.user_id, name, context.now()))

    @route("/enrol/passkey", "POST")
    @public
    def enrol(self) -> BaseResponse:
        """Recovery codes, and in."""
        party, waiting, state = ours(), steps.waits("enrol"), context.current()
        if waiting is None or party is None:
            return steps.begin_again()
        asked = passkeys.Asked(waiting.id, "add")
        made = passkeys.made_by_device(state.store, party, asked, request.form.get("credential", ""), context.now())
        if made is None:
            return steps.enrol_again(state.store, waiting, "", i18n.t("passkeys.wrong"))
        codes = second_factor.new_codes()
        kept = [second_factor.digest_of(waiting.user_id, each) for each in codes]
        also = partial(tell_in, user_id=waiting.user_id, what="passkey_added", name=made.name)
        actor = system_actor("system:login")
        new = replace(made, codes=kept)
        saved = add_passkey(state.store, actor, waiting.user_id, new, also, proof=steps.using(waiting))
        if isinstance(saved, Refused):
            return steps.begin_again()
        return steps.enrolled(waiting, codes)


def _signer(party: passkeys.Party, holder: str, purpose: passkeys.Purpose, user_id: int | None) -> int | None:
    signed = passkeys.Signed(request.form.get("credential", ""), user_id, visitor().address)
    return passkeys.signer_of(context.current().store, party, passkeys.Asked(holder, purpose), signed, context.now())


def _log_in_again(target: str) -> BaseResponse:
    return login_page(401, next=target, problem=i18n.t("passkeys.unknown"))
