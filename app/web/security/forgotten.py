"""`/login/forgotten`: a mail with a link, for who says that he forgot his password. The answer is the same for everyone."""

from __future__ import annotations

from flask import request
from flask_appbuilder.baseviews import BaseView
from werkzeug.wrappers import Response as BaseResponse

from app.automation.reset_mails import ask_for_reset
from app.definition.pack import Lockout
from app.record import Act, reset_key
from app.web import context, i18n
from app.web.builder import route
from app.web.security import lockout, login
from app.web.security.answers import page
from app.web.security.audited import note
from app.web.security.durations import parse_duration
from app.web.security.gate import public
from app.web.security.visitors import visitor

MAILS = Lockout(after=3, for_="15 minutes")
"""How many mails one may have sent to somebody, before it is one in that time; no longer, or a stranger kept him from them."""
LONGEST_WAIT = parse_duration(MAILS.for_)


class ForgottenView(BaseView):  # type: ignore[misc]  # the library publishes no types
    """`/login/forgotten`."""

    route_base = "/login/forgotten"
    default_view = "ask"

    @route("")
    @public
    def ask(self) -> BaseResponse:
        """The form."""
        return page("forgotten.html", is_sent=False, problem="", asked="")

    @route("", "POST")
    @public
    def send(self) -> BaseResponse:
        """The word that a mail is on its way, if there is such a person."""
        store, asked = context.current().store, login.clean_login(request.form.get("asked", ""))
        if not asked or not login.may_try(visitor()):
            problem = i18n.t("login.too_many") if asked else ""
            return page("forgotten.html", 429 if asked else 422, is_sent=False, problem=problem, asked=asked)
        if lockout.claim(store, reset_key(asked.lower()), MAILS, context.now(), LONGEST_WAIT):
            ask_for_reset(store, asked)
            note(
                store, Act("reset_asked", "form", facts={"address": visitor().address}), context.now(), tried_by="reset"
            )
        return page("forgotten.html", is_sent=True, problem="", asked=asked)
