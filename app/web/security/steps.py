"""The steps of a login after the password: a code, setting up the second factor that a role asks for, a new password."""

from __future__ import annotations

from collections.abc import Sequence

from flask import redirect, request
from flask_appbuilder.baseviews import BaseView
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from app.access import actor_of_user, system_actor
from app.frozen import dataclass
from app.orm.store import Store
from app.record import Proof, Refused, passkeys_held, set_second_factor
from app.web import context, i18n
from app.web.builder import route
from app.web.cookies import read_cookie
from app.web.security import login, people, sealing, second_factor, sessions
from app.web.security.answers import go_on, mark_in, page, safe_next, secret_key, step_address
from app.web.security.gate import public
from app.web.security.new_password import ends_keys, given_to_programs, password_problems, with_programs
from app.web.security.visitors import visitor


@dataclass(frozen=True)
class Enrolment:
    """What a page shows to set up a second factor: a picture, the same in letters, and what comes back with the code."""

    picture: Markup
    letters: str
    sealed: str


def enrolment(store: Store, user_id: int, sealed: str = "") -> Enrolment:
    """A new secret for a person, or the one that was shown before. Raises Unreadable for one that was not his."""
    import segno  # here: a start does without

    key = secret_key()
    secret = sealing.unseal(key, sealed, _offer_to(user_id)) if sealed else second_factor.new_secret()
    with store.system_reading() as connection:
        found = login.find_secret(connection, user_id)
    issuer = store.catalog.pack.label.in_language(context.current().language) or "Tenon"
    address = second_factor.address_of(secret, issuer, found.login if found else str(user_id))
    drawn = segno.make(address, error="m", micro=False).svg_inline(scale=4, border=4, dark="#000", light="#fff")
    letters = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return Enrolment(Markup(drawn), letters, sealed or sealing.seal(key, secret, _offer_to(user_id)))  # noqa: S704 - made here


def _offer_to(user_id: int) -> str:
    """What a secret belongs to that is only shown yet: the one that is kept can't be sent in its place."""
    return f"enrolment of {user_id}"


def enrol(store: Store, user_id: int, sealed: str, code: str, proof: Proof | None = None) -> tuple[str, ...] | None:
    """Give a person the second factor of a sealed secret, with a code that proves that his phone has it; every session of his
    ends. His recovery codes, to be shown this once. None for a wrong code, or a proof that was used up meanwhile.
    """
    try:
        secret = sealing.unseal(secret_key(), sealed, _offer_to(user_id))
    except sealing.Unreadable:
        return None
    step = second_factor.step_of(secret, code, context.now())
    if step is None:
        return None
    codes = second_factor.new_codes()
    made = second_factor.made_of(secret_key(), user_id, secret, step, codes)
    saved = set_second_factor(store, system_actor("system:login"), user_id, made, proof=proof)
    return None if isinstance(saved, Refused) else codes


class StepsView(BaseView):  # type: ignore[misc]  # the library publishes no types
    """`/login/code`, `/login/enrol`, `/login/renew`: for who has shown his password, and for ten minutes."""

    route_base = "/login"
    default_view = "ask_code"

    @route("/code")
    @public
    def ask_code(self) -> BaseResponse:
        """The form for a code."""
        waiting = waits("code")
        return begin_again() if waiting is None else code_page(waiting)

    @route("/code", "POST")
    @public
    def check_code(self) -> BaseResponse:
        """In with a right one."""
        waiting, store = waits("code"), context.current().store
        if waiting is None:
            return begin_again()
        guess = second_factor.Guess(waiting.user_id, request.form.get("code", ""), address=visitor().address)
        verdict = second_factor.check(store, secret_key(), guess, context.now())
        if verdict != "right":
            status = 401 if verdict == "wrong" else 429
            return code_page(waiting, status, i18n.t("factor.wrong" if verdict == "wrong" else "factor.locked"))
        answer = passed(waiting, waiting.password, step=waiting.id)
        return begin_again() if isinstance(answer, login.NotLoggedIn) else go_on(answer, next_page())

    @route("/enrol")
    @public
    def ask_enrol(self) -> BaseResponse:
        """The picture for the phone."""
        waiting = waits("enrol")
        if waiting is None:
            return begin_again()
        return step_page("enrol", factor=enrolment(context.current().store, waiting.user_id))

    @route("/enrol", "POST")
    @public
    def enrol(self) -> BaseResponse:
        """Recovery codes, and in."""
        waiting, store = waits("enrol"), context.current().store
        if waiting is None:
            return begin_again()
        sealed = request.form.get("sealed", "")
        codes = enrol(store, waiting.user_id, sealed, request.form.get("code", ""), using(waiting))
        if codes is None:
            return enrol_again(store, waiting, sealed)
        return enrolled(waiting, codes)

    @route("/renew")
    @public
    def ask_renew(self) -> BaseResponse:
        """The form for a new password."""
        waiting = waits("renew")
        return begin_again() if waiting is None else renew_page(waiting)

    @route("/renew", "POST")
    @public
    def renew(self) -> BaseResponse:
        """In with a new password."""
        waiting, store = waits("renew"), context.current().store
        if waiting is None:
            return begin_again()
        problems = password_problems(request.form, waiting.user_id)
        if problems:
            return renew_page(waiting, 422, problems)
        with store.system_reading() as connection:
            actor = actor_of_user(connection, store.models, waiting.user_id)
        if actor is None:
            return begin_again()
        password, also = request.form["password"], with_programs(request.form, waiting.user_id)
        try:
            kept = people.change_password(store, actor, waiting.user_id, password, also=also, proof=using(waiting))
        except LookupError:
            return begin_again()
        answer = passed(waiting, kept)
        return begin_again() if isinstance(answer, login.NotLoggedIn) else go_on(answer, next_page())


def using(waiting: sessions.Waiting) -> Proof:
    """The step is done with the change, once; not by a login that has ended meanwhile."""
    return lambda connection: sessions.use_step(connection, waiting.id)


def enrolled(waiting: sessions.Waiting, codes: tuple[str, ...]) -> BaseResponse:
    """Recovery codes, shown this once, and in, or on to the next step."""
    answer = passed(waiting, waiting.password)
    if isinstance(answer, login.NotLoggedIn):
        return begin_again()
    target = next_page() if isinstance(answer, login.LoggedIn) else step_address(answer.step, next_page())
    shown = page("codes.html", codes=codes, target=target)
    if isinstance(answer, login.LoggedIn):
        mark_in(shown, answer.token)
    else:
        sessions.give_step_token(shown, answer.token)
    return shown


def enrol_again(store: Store, waiting: sessions.Waiting, sealed: str, problem: str = "") -> BaseResponse:
    """The page once more, with the picture that was shown and what is wrong."""
    try:
        again = enrolment(store, waiting.user_id, sealed)
    except sealing.Unreadable:
        again = enrolment(store, waiting.user_id)
    return step_page("enrol", 422, problem or i18n.t("factor.wrong"), factor=again)


def waits(step: sessions.Step) -> sessions.Waiting | None:
    """The login that waits for that step, by the cookie of the request."""
    token = read_cookie(request, sessions.STEP_COOKIE)
    with context.current().store.system_reading() as connection:
        return sessions.find_step(connection, token, step, context.now()) if token else None


def passed(
    waiting: sessions.Waiting, password: str | None, step: str = ""
) -> login.LoggedIn | login.Halfway | login.NotLoggedIn:
    """What comes next, while that hash is the password's. `step`: the session that waited is over with that."""
    proven = login.Proven(waiting.user_id, "page", visitor(), password, with_factor=True, by=waiting.by, step=step)
    return login.admit(context.current().store, proven, context.now())


def next_page() -> str:
    """Where the login was begun for."""
    return safe_next(request.args.get("next"))


def begin_again() -> BaseResponse:
    """To the login: nothing waits any more."""
    target = next_page()
    return redirect("/login/" if target == "/" else step_address("", target), 303)


def code_page(waiting: sessions.Waiting, status: int = 200, problem: str = "") -> BaseResponse:
    """The page of the second factor: a code, or a passkey where the person has one."""
    with context.current().store.system_reading() as connection:
        has_passkey = passkeys_held(connection, waiting.user_id) > 0
    return step_page("code", status, problem, has_passkey=has_passkey)


def renew_page(waiting: sessions.Waiting, status: int = 200, problems: Sequence[str] = ()) -> BaseResponse:
    """The page of a password that is too old."""
    programs, ends = given_to_programs(waiting.user_id), ends_keys(request.form)
    return step_page("renew", status, problems=problems, programs=programs, ends=ends)


def step_page(step: sessions.Step, status: int = 200, problem: str = "", **values: object) -> BaseResponse:
    """The page of a step. `passkey_action`: where what a device signed or made is sent."""
    target = next_page()
    by_passkey = step_address(f"{step}/passkey", target)
    shown = {"action": step_address(step, target), "passkey_action": by_passkey, "problem": problem, **values}
    return page(f"login_{step}.html", status, **shown)
