"""A new password from a form: what is wrong with it, and one's own being changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from werkzeug.wrappers import Response as BaseResponse

from app.record import Unit, end_programs
from app.web import context, i18n
from app.web.security import feeds, keys, login, password_age, passwords, people, tokens
from app.web.security.answers import let_in, safe_next
from app.web.security.visitors import visitor


def password_problems(form: Mapping[str, str], user_id: int | None, name: str = "") -> list[str]:
    """What is wrong with `password` and `password_again` of a form, in the language of the request; for a person who is there,
    or a new one of that name.
    """
    store = context.current().store
    password, again = form.get("password", ""), form.get("password_again", "")
    if user_id is not None:
        with store.system_reading() as connection:
            secret = login.find_secret(connection, user_id)
        name = secret.login if secret else name
    policy = store.catalog.pack.security.password
    found = [i18n.t(each.key, length=each.length) for each in passwords.weaknesses(password, name, policy)]
    if passwords.composed(password) != passwords.composed(again):
        found.append(i18n.t("password.differ"))
    if user_id is not None and not found:
        with store.system_reading() as connection:
            if password_age.was_used(connection, store.catalog, user_id, password):
                found.append(i18n.t("password.same" if policy.history <= 1 else "password.used"))
    return found


def given_to_programs(user_id: int) -> str:
    """What goes on with a new password, in the language of the request; blank where there is nothing."""
    with context.current().store.system_reading() as connection:
        held, addresses = tokens.held_by(connection, user_id, (keys.KIND, feeds.KIND), context.now())
    return i18n.t("password.keys", keys=held, feeds=addresses) if held or addresses else ""


def ends_keys(form: Mapping[str, str]) -> bool:
    """Whether who changes his password wishes that this ends."""
    return form.get("with_keys") == "true"


def with_programs(form: Mapping[str, str], user_id: int) -> Callable[[Unit], object] | None:
    """What ends it in the transaction of the change, where he does."""
    return partial(end_programs, user_id=user_id) if ends_keys(form) else None


def change_own_password(form: Mapping[str, str]) -> list[str] | BaseResponse:
    """Change the password of who is logged in, from the fields `old`, `password`, `password_again`, `with_keys` and `next`.

    What is wrong with them, in the language of the request; else the answer to send, with the cookie of a new session.
    """
    state = context.current()
    user_id = state.actor.user_id
    assert user_id is not None
    if not login.BY_LOGIN.take(f"password:{user_id}"):
        return [i18n.t("login.too_many")]
    state.close_session()
    if not login.is_own_password(state.store, user_id, form.get("old", ""), context.now()):
        return [i18n.t("password.wrong")]
    problems = password_problems(form, user_id)
    if problems:
        return problems
    people.change_password(state.store, state.actor, user_id, form["password"], also=with_programs(form, user_id))
    token = people.start_session(state.store, user_id, visitor(), context.now())
    return let_in(token, safe_next(form.get("next")))
