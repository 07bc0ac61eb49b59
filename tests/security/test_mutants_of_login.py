"""Checks of the login that are taken out, one at a time: of sessions, locks, second factors, keys and passwords."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.orm.framework import api_key, web_session
from app.record import people
from app.web.security import gate, keys, lockout, password_age, second_factor, sessions, tokens
from tests.security import test_login, test_own_login
from tests.security.mutating import Put
from tests.security.test_login import prepared_strict as prepared_strict  # noqa: PLC0414 - a fixture
from tests.unit.website import Prepared, Website, served_on

pytestmark = [pytest.mark.deep, pytest.mark.timeout(600)]


@pytest.fixture(params=["sqlite"])
def website(request: pytest.FixtureRequest, prepared_strict: Prepared) -> Iterator[Website]:
    with served_on(request, prepared_strict) as found:
        yield found


Detector = Callable[[Website], None]
Mutant = tuple[Callable[[Put], None], Detector]


def always(original: Any, answer: Any) -> Callable[[Put], None]:
    return lambda put: put(original, lambda *_arguments, **_named: answer)


def as_rep(test: Callable[..., None], *more: Any) -> Detector:
    """A test that is given the browser of the representative."""
    return lambda website: test(website, website.browser("rep"), *more)


def ends(cause: str) -> Detector:
    return lambda website: test_login.test_a_session_ends_at_once_in_every_process(website, cause)


def by_others(website: Website) -> None:
    """As a program the representative asks with a token."""
    program = website.app.test_client()
    found = test_login.token(website, username="rep").get_json()["access_token"]
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {found}"
    test_own_login.test_all_others_end_programs_too(website, program)


def any_session(store: Any, _user: int, session_id: str) -> bool:
    with store.housekeeping() as connection:
        return connection.execute(sa.delete(web_session).where(web_session.c.id == session_id)).rowcount == 1


def any_key(store: Any, _actor: Any, key_id: int, _moment: Any) -> bool:
    with store.housekeeping() as connection:
        return connection.execute(sa.delete(api_key).where(api_key.c.id == key_id)).rowcount == 1


def any_step(put: Put) -> None:
    """Whatever a login waits for, what is shown is it."""
    original = sessions.find_step

    def find(connection: Any, token: str, _step: Any, moment: Any) -> Any:
        kinds = ("code", "enrol", "renew")
        return next((found for each in kinds if (found := original(connection, token, each, moment))), None)

    put(original, find)


def code_again(store: Any, secret_key: str, user_id: int, code: str, moment: Any) -> bool:
    with store.system_reading() as connection:
        factor = second_factor.second_factor
        sealed = connection.execute(sa.select(factor.c.secret).where(factor.c.user_id == user_id)).scalar_one()
    return second_factor.step_of(second_factor.unseal(secret_key, user_id, sealed), code, moment) is not None


def recovery_again(store: Any, user_id: int, code: str) -> bool:
    known = second_factor.recovery_code
    mine = sa.select(known.c.id).where(known.c.id == second_factor.digest_of(user_id, code))
    with store.system_reading() as connection:
        return connection.execute(mine).first() is not None


MUTANTS: dict[str, Mutant] = {
    "a logout ends nothing": (always(sessions.end, None), test_login.test_a_logout_ends_the_session_in_every_process),
    "other sessions go on": (always(sessions.end_others, None), by_others),
    "sessions outlive new roles": (always(people.end_sessions, None), ends("roles")),
    "sessions outlive new passwords": (always(people.end_sessions, None), ends("password")),
    "keys outlive forgotten passwords": (
        always(people.end_keys, {}), as_rep(test_own_login.test_a_key_ends_at_once_in_every_process, "forgotten")
    ),
    "sessions of others are ended": (
        lambda put: put(sessions.end_own, any_session), test_own_login.test_one_sees_and_ends_ones_own_sessions_alone
    ),
    "one step is any other": (any_step, test_login.test_one_step_is_no_other),
    "nothing is locked": (always(lockout.claim, True), test_login.test_a_lock_holds_at_every_door),
    "a code is good twice": (
        lambda put: put(second_factor._use_code, code_again), test_login.test_a_code_is_taken_once_at_whichever_door
    ),
    "a recovery code is good twice": (
        lambda put: put(second_factor._use_recovery, recovery_again),
        test_login.test_a_recovery_code_is_taken_once_and_kept_as_a_digest,
    ),
    "nobody must have a second factor": (
        always(second_factor.is_required, False), test_login.test_who_must_have_a_second_factor_is_led_to_it
    ),
    "secrets are kept as they are": (
        lambda put: (put(second_factor.seal, lambda _key, _user, secret: secret),
                     put(second_factor.unseal, lambda _key, _user, sealed: sealed))[0],
        test_login.test_the_secret_is_sealed_for_its_person_by_the_key_of_the_settings,
    ),
    "a password never grows old": (
        always(password_age.days_left_of, None), test_login.test_a_password_that_is_too_old_must_be_changed
    ),
    "old passwords are used again": (
        always(password_age.was_used, False), test_login.test_the_last_three_passwords_are_not_used_again
    ),
    "a key never rests": (
        always(keys.missing_step, None),
        lambda website: test_login.test_a_key_rests_while_a_login_would_wait_for_a_step(website, "age", "renew"),
    ),
    "a key that reads may write": (
        lambda put: put.on(gate, "READING", frozenset({"GET", "HEAD", "OPTIONS", "POST", "PATCH", "PUT", "DELETE"})),
        as_rep(test_own_login.test_a_key_that_may_only_read_only_reads),
    ),
    "keys are kept as they are": (
        lambda put: put(tokens.digest, lambda key: key), as_rep(test_own_login.test_a_key_is_shown_once_and_kept_as_a_digest)
    ),
    "keys of others are ended": (
        lambda put: put(keys.end_key, any_key), as_rep(test_own_login.test_a_key_ends_at_once_in_every_process, "revoked")
    ),
    "keys are guessed": (always(keys.is_guessing, False), as_rep(test_own_login.test_keys_are_not_guessed)),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_check_of_the_login_that_is_taken_out_is_missed(
    website: Website, monkeypatch: pytest.MonkeyPatch, name: str, record_property: Callable[[str, object], None]
) -> None:
    mutate, detect = MUTANTS[name]
    record_property("matrix.mutants", 1)
    mutate(Put(monkeypatch))
    with pytest.raises((AssertionError, pytest.fail.Exception, KeyError)):
        detect(website)
    record_property("matrix.killed", 1)
