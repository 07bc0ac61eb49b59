"""Clearing away rows of the framework that nobody reads any more."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from app.automation.mail_filing import INCOMING_MAIL
from app.automation.moments import rounds_of
from app.automation.sealing import SEALS
from app.delivery.signature import BELIEVED
from app.orm.framework import (
    automation_run,
    delivery,
    fired,
    idempotency,
    login_guard,
    mailing,
    notice,
    outbox,
    overwritten,
    passkey_challenge,
    received,
    run,
    saml_answer,
    setup_token,
    web_session,
)
from app.orm.store import Store

ANSWERS_KEPT = dt.timedelta(days=1)  # of requests with an Idempotency-Key
RUNS_KEPT = dt.timedelta(days=400)  # a year of them can be looked at
FREQUENT = ("approvals", "slas")  # jobs that run every few minutes
FREQUENT_KEPT = dt.timedelta(days=7)
EACH_MINUTE_KEPT = dt.timedelta(days=1)
TOKENS_KEPT = dt.timedelta(days=30)
GUARDS_KEPT = dt.timedelta(days=30)
FIRED_KEPT = dt.timedelta(days=90)  # longer than any run is tried again
EVENTS_KEPT = dt.timedelta(days=100)  # a new automation is tried on a quarter of them
DELIVERIES_KEPT = dt.timedelta(days=180)
DRAFTS_KEPT = dt.timedelta(days=1)
NOTICES_KEPT = dt.timedelta(days=90)  # after they were read


def purge(store: Store, now: dt.datetime) -> dict[str, int]:
    """Clears ended logins, old answers, used links, forgotten failures, read notices and old runs away; how many of each went."""
    once = [
        key for key, each in store.catalog.automations.items() if each.trigger.once
    ]  # remembered as long as it is there
    exact = [
        name
        for automation in store.catalog.automations.values()
        for name, a_round in rounds_of(store.catalog, automation).items()
        if a_round.exact
    ]
    exact += [INCOMING_MAIL, SEALS]
    ended = {
        "ended logins": sa.delete(web_session).where(web_session.c.expires_at < now),
        "answers of login providers": sa.delete(saml_answer).where(saml_answer.c.expires_at < now),
        "questions to passkeys": sa.delete(passkey_challenge).where(passkey_challenge.c.expires_at < now),
        "kept answers": sa.delete(idempotency).where(idempotency.c.at < now - ANSWERS_KEPT),
        "old links": sa.delete(setup_token).where(setup_token.c.expires_at < now - TOKENS_KEPT),
        "failed logins": sa.delete(login_guard).where(
            login_guard.c.changed_at < now - GUARDS_KEPT,
            sa.or_(login_guard.c.locked_until.is_(None), login_guard.c.locked_until < now),
        ),
        "read notices": sa.delete(notice).where(notice.c.read_at < now - NOTICES_KEPT),
        "fired automations": sa.delete(fired).where(fired.c.at < now - FIRED_KEPT, fired.c.automation.not_in(once)),
        "runs of every few minutes": sa.delete(run).where(
            run.c.job.in_(FREQUENT), run.c.state == "done", run.c.ended_at < now - FREQUENT_KEPT
        ),
        "events": sa.delete(outbox).where(
            outbox.c.done_at < now - EVENTS_KEPT, sa.or_(outbox.c.failed.is_(None), outbox.c.done_at < now - RUNS_KEPT)
        ),
        "runs of automations": sa.delete(automation_run).where(automation_run.c.at < now - RUNS_KEPT),
        "deliveries": sa.delete(delivery).where(delivery.c.ended_at < now - DELIVERIES_KEPT),
        "drafts of bulk mails": sa.delete(mailing).where(
            mailing.c.state == "draft", mailing.c.created_at < now - DRAFTS_KEPT
        ),
        "bulk mails": sa.delete(mailing).where(mailing.c.ended_at < now - RUNS_KEPT),
        "overwritten values": sa.delete(overwritten).where(overwritten.c.kept_until <= now.date()),
        "what came in": sa.delete(received).where(
            sa.or_(
                received.c.at < now - DELIVERIES_KEPT,
                # Of records that went for good: see `record.put_away`.
                sa.and_(
                    received.c.source.startswith("hook."), received.c.record.is_(None), received.c.at < now - BELIEVED
                ),
            )
        ),
        "runs of every minute": sa.delete(run).where(
            run.c.job.in_(exact), run.c.state == "done", run.c.due < now - EACH_MINUTE_KEPT, ~_is_last(run.c.job)
        ),
        "old runs": sa.delete(run).where(run.c.ended_at < now - RUNS_KEPT),
    }
    with store.housekeeping() as connection:
        return {what: connection.execute(statement).rowcount for what, statement in ended.items()}


def _is_last(job: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether a run is the last that was done of its job: the next one begins where it ended."""
    other = run.alias()
    done = sa.select(sa.func.max(other.c.due)).where(other.c.job == job, other.c.state == "done")
    return run.c.due == done.scalar_subquery()
