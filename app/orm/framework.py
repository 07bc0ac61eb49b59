"""The framework's own tables, as Core tables. `migrations/` creates them; a test compares both.

Those named `ab_*` belong to Flask-AppBuilder and are described here with the columns that this program reads or writes.
"""

# Long because it is one list, compared as a whole with what migrations/ makes: parts of it would have to find each other.

from __future__ import annotations

import sqlalchemy as sa

from app.orm.types import BIG_ID, JSON, Moment

NAMING = {
    "ix": "ix_%(table_name)s__%(column_0_N_name)s",
    "uq": "uq_%(table_name)s__%(column_0_N_name)s",
    "fk": "fk_%(table_name)s__%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
FRAMEWORK = sa.MetaData(naming_convention=NAMING)

revision = sa.Table(
    "tenon_revision",
    FRAMEWORK,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("catalog_hash", sa.Text, nullable=False),
    sa.Column("snapshot", sa.LargeBinary, nullable=False, doc="the merged tree with origins and files: JSON by zlib"),
    sa.Column("names", JSON, nullable=False, doc="key of an entity or `entity.field` to its physical name"),
    sa.Column("steps", JSON, nullable=False),
    sa.Column("sql", JSON, nullable=False),
    sa.Column("applied_by", sa.Text, nullable=False),
    sa.Column("applied_at", Moment, nullable=False),
)

web_session = sa.Table(
    "tenon_web_session",
    FRAMEWORK,
    sa.Column("id", sa.Text, primary_key=True, doc="SHA-256 of the token that the browser or the program holds"),
    sa.Column("user_id", BIG_ID, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False, doc="page or token"),
    sa.Column("csrf", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("address", sa.Text),
    sa.Column("agent", sa.Text),
    sa.Column("means", sa.Text, doc="what was shown first, beside a password: link, oidc, saml, ldap"),
    sa.Column("viewed_id", BIG_ID, doc="as whom its person looks at the application, and may write nothing"),
    sa.Column("viewed_until", Moment),
)

login_guard = sa.Table(
    "tenon_login_guard",
    FRAMEWORK,
    sa.Column("login", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", Moment),
    sa.Column("changed_at", Moment, nullable=False),
)

setup_token = sa.Table(
    "tenon_setup_token",
    FRAMEWORK,
    sa.Column("id", sa.Text, primary_key=True, doc="SHA-256 of the token in the link"),
    sa.Column("user_id", BIG_ID, doc="blank: makes the first administrator"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
    sa.Column("purpose", sa.Text, nullable=False, server_default="setup", doc="setup, or reset: it was asked for"),
)

login_state = sa.Table(
    "tenon_login_state",
    FRAMEWORK,
    sa.Column("user_id", BIG_ID, primary_key=True, autoincrement=False),
    sa.Column("password_at", Moment, nullable=False, doc="since when the present password stands"),
    sa.Column("earlier", JSON, nullable=False, doc="hashes of those before, the newest first"),
)

second_factor = sa.Table(
    "tenon_second_factor",
    FRAMEWORK,
    sa.Column("user_id", BIG_ID, primary_key=True, autoincrement=False),
    sa.Column("secret", sa.Text, nullable=False, doc="sealed by the key of the settings"),
    sa.Column("since", Moment, nullable=False),
    sa.Column("last_step", sa.BigInteger, nullable=False, doc="of the last code: neither it nor one before is taken"),
)

recovery_code = sa.Table(
    "tenon_recovery_code",
    FRAMEWORK,
    sa.Column("id", sa.Text, primary_key=True, doc="SHA-256 of person and code; gone once it was used"),
    sa.Column("user_id", BIG_ID, nullable=False, index=True),
)

outside_login = sa.Table(
    "tenon_outside_login",
    FRAMEWORK,
    sa.Column("issuer", sa.Text, primary_key=True, doc="the provider, or the directory"),
    sa.Column("subject", sa.Text, primary_key=True, doc="whom it calls so: it never gives that name to another"),
    sa.Column("user_id", BIG_ID, nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("seen_at", Moment, doc="when it was vouched for him last; blank: since then never"),
    sa.Index("uq_tenon_outside_login__user_id_issuer", "user_id", "issuer", unique=True),
)

saml_answer = sa.Table(
    "tenon_saml_answer",
    FRAMEWORK,
    sa.Column("id", sa.Text, primary_key=True, doc="SHA-256 of the request that was answered: no request is twice"),
    sa.Column("arrival", sa.Text, nullable=False, doc="sealed: whom the answer tells of; blank once his browser came"),
    sa.Column("expires_at", Moment, nullable=False),
)

group_role = sa.Table(
    "tenon_group_role",
    FRAMEWORK,
    sa.Column("user_id", BIG_ID, primary_key=True, autoincrement=False),
    sa.Column("role", sa.Text, primary_key=True, doc="given by groups alone: it goes when they go"),
    sa.Column("group_name", sa.Text, nullable=False, doc="the first of them"),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("since", Moment, nullable=False),
)

passkey = sa.Table(
    "tenon_passkey",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("user_id", BIG_ID, nullable=False, index=True),
    sa.Column("credential", sa.Text, nullable=False, doc="by which its device knows it, Base64"),
    sa.Column("public_key", sa.Text, nullable=False, doc="COSE, Base64"),
    sa.Column("sign_count", sa.BigInteger, nullable=False, doc="how often the device has signed; 0: it does not count"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("transports", sa.Text, nullable=False, doc="how a browser reaches it, separated by blanks"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
    sa.Index("uq_tenon_passkey__credential", "credential", unique=True),
)

passkey_challenge = sa.Table(
    "tenon_passkey_challenge",
    FRAMEWORK,
    sa.Column("id", sa.Text, primary_key=True, doc="SHA-256 of who was asked to sign: a session, a step, a visit"),
    sa.Column("challenge", sa.Text, nullable=False, doc="Base64; gone once it was answered"),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False, doc="the name of a new passkey"),
    sa.Column("expires_at", Moment, nullable=False),
)

api_key = sa.Table(
    "tenon_api_key",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, doc="SHA-256 of the key"),
    sa.Column("user_id", BIG_ID, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("hint", sa.Text, nullable=False, doc="its last letters"),
    sa.Column("scope", sa.Text, nullable=False, doc="read; all: whatever the person may"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
    sa.Index("uq_tenon_api_key__digest", "digest", unique=True),
)

calendar_feed = sa.Table(
    "tenon_calendar_feed",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, doc="SHA-256 of the token in its address"),
    sa.Column("user_id", BIG_ID, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("hint", sa.Text, nullable=False, doc="the token's last letters"),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("view", sa.Text, nullable=False, doc="the calendar: a view of the pack"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
    sa.Index("uq_tenon_calendar_feed__digest", "digest", unique=True),
)

audit = sa.Table(
    "tenon_audit",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor_id", BIG_ID),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("record", BIG_ID),
    sa.Column("action", sa.Text, nullable=False, doc="create update delete restore …"),
    sa.Column("changes", JSON, doc="{field: [old, new]} in wire form"),
    sa.Column("deletion", sa.Text),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, doc="SHA-256 of salt and body"),
    sa.Index("ix_tenon_audit__entity_record_id", "entity", "record", "id"),
    sa.Index("ix_tenon_audit__actor_id_id", "actor_id", "id"),
    sa.Index("ix_tenon_audit__action_id", "action", "id"),
    sa.Index("ix_tenon_audit__at", "at"),
)

audit_seal = sa.Table(
    "tenon_audit_seal",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True, autoincrement=False, doc="1, 2, 3 …: none is left out"),
    sa.Column("at", Moment, nullable=False),
    sa.Column("first", BIG_ID, nullable=False, doc="id of the first line of the audit that it seals"),
    sa.Column("last", BIG_ID, nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column(
        "leaves", sa.Text, nullable=False, doc="ids and the first bytes of digests: they name the line that was altered"
    ),
    sa.Column("digest", sa.Text, nullable=False, doc="SHA-256 of the lines' ids and digests"),
    sa.Column("chain", sa.Text, nullable=False, doc="SHA-256 of the chain so far and of this seal"),
)

audit_anchor = sa.Table(
    "tenon_audit_anchor",
    FRAMEWORK,
    sa.Column("day", sa.Date, primary_key=True, doc="of the company"),
    sa.Column("at", Moment, nullable=False),
    sa.Column("seal", BIG_ID, nullable=False, doc="the last one of that day"),
    sa.Column("chain", sa.Text, nullable=False, doc="of that seal; kept outside of the database, too"),
)

outbox = sa.Table(
    "tenon_outbox",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, doc="create update delete restore"),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("records", JSON, nullable=False, doc="at most 500 ids"),
    sa.Column("fields", JSON, nullable=False, doc="the fields that changed"),
    sa.Column("actor_id", BIG_ID),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("done_at", Moment, doc="what listens to it has acted, or nothing does"),
    sa.Column("chain", JSON, doc="keys of the automations that led to it, the first one first"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0", doc="in vain"),
    sa.Column("not_before", Moment, doc="rests until then, after an attempt in vain"),
    sa.Column("failed", sa.Text, doc="why nobody tries it any more"),
    sa.Index("ix_tenon_outbox__done_at_id", "done_at", "id"),
)

stale = sa.Table(
    "tenon_stale",
    FRAMEWORK,
    sa.Column("entity", sa.Text, primary_key=True),
    sa.Column("record", BIG_ID, primary_key=True, autoincrement=False, doc="its computed fields wait to be worked out"),
    sa.Column("since", Moment, nullable=False),
)

search_row = sa.Table(
    "tenon_search_row",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("record", BIG_ID, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("tokens", sa.Text, nullable=False, doc="words separated by blanks"),
    sa.Index("ix_tenon_search_row__entity_record", "entity", "record"),
)

counter = sa.Table(
    "tenon_counter",
    FRAMEWORK,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", BIG_ID, nullable=False),
)

preference = sa.Table(
    "tenon_preference",
    FRAMEWORK,
    sa.Column("user_id", BIG_ID, primary_key=True, autoincrement=False),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", JSON),
)

idempotency = sa.Table(
    "tenon_idempotency",
    FRAMEWORK,
    sa.Column("user_id", BIG_ID, primary_key=True, autoincrement=False),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request", sa.Text, nullable=False, doc="SHA-256 of method, path and body"),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

file = sa.Table(
    "tenon_file",
    FRAMEWORK,
    sa.Column("id", sa.Text, primary_key=True, doc="not to be guessed; who reads it is decided all the same"),
    sa.Column("sha256", sa.Text, nullable=False, index=True, doc="names the content"),
    sa.Column("thumbnail", sa.Text, doc="SHA-256 of the small picture; blank where there is none"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False, doc="what the content shows, not what was said of it"),
    sa.Column("size", sa.BigInteger, nullable=False, doc="bytes"),
    sa.Column("width", sa.Integer, doc="pixels, of pictures that can be drawn"),
    sa.Column("height", sa.Integer),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("record", BIG_ID, doc="blank: staged, seen by who made it alone, until a record is saved with it"),
    sa.Column("previous", sa.Text, doc="the file that it took the place of"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", BIG_ID),
    sa.Column("changed_seq", sa.BigInteger, nullable=False, index=True),
    sa.Index("ix_tenon_file__entity_record", "entity", "record"),
)

lease = sa.Table(
    "tenon_lease",
    FRAMEWORK,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("token", sa.BigInteger, nullable=False, doc="grows whenever another takes over"),
    sa.Column("until", Moment, nullable=False),
)

job = sa.Table(
    "tenon_job",
    FRAMEWORK,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("since", Moment, nullable=False, doc="it is due from here on"),
    sa.Column("wanted", Moment, doc="when somebody last asked for it to be run at once"),
)

run = sa.Table(
    "tenon_run",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("job", sa.Text, nullable=False),
    sa.Column("due", Moment, nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True, doc="running done failed"),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("token", sa.BigInteger, nullable=False, doc="of the lease under which it was begun"),
    sa.Index("uq_tenon_run__job_due", "job", "due", unique=True),
)

stage_move = sa.Table(
    "tenon_stage_move",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("record", BIG_ID, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("pipeline", sa.Text, doc="that the record followed then"),
    sa.Column("stage_from", sa.Text, doc="blank: it was made here"),
    sa.Column("stage_to", sa.Text, doc="blank: it left its pipeline"),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor_id", BIG_ID),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("changed_seq", sa.BigInteger, nullable=False, index=True),
    sa.Index("ix_tenon_stage_move__entity_record_id", "entity", "record", "id"),
)

consent = sa.Table(
    "tenon_consent",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("record", BIG_ID, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("given", sa.Boolean, nullable=False, doc="false: it was withdrawn"),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("wording", JSON, nullable=False, doc="by language, as the configuration had it then"),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor_id", BIG_ID),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("changed_seq", sa.BigInteger, nullable=False, index=True),
    sa.Index("ix_tenon_consent__entity_record_id", "entity", "record", "id"),
)

approval = sa.Table(
    "tenon_approval",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("approval", sa.Text, nullable=False, doc="the key in the pack"),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("record", BIG_ID, nullable=False),
    sa.Column("field", sa.Text, doc="of the stage that is asked for; blank where no move hangs on it"),
    sa.Column("stage_from", sa.Text),
    sa.Column("stage_to", sa.Text),
    sa.Column("state", sa.Text, nullable=False, doc="waiting agreed done rejected recalled void"),
    sa.Column("step", sa.Text, doc="the one that waits"),
    sa.Column("asked_by", BIG_ID),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("comment", sa.Text),
    sa.Column("revision", sa.Integer, nullable=False, doc="of the configuration under which it began"),
    sa.Column("terms", JSON, nullable=False, doc="steps, figures and locks as they were then"),
    sa.Column("ended_at", Moment),
    sa.Column("changed_seq", sa.BigInteger, nullable=False, index=True),
    sa.Index("ix_tenon_approval__entity_record", "entity", "record"),
    sa.Index("ix_tenon_approval__state", "state"),
)

approval_ask = sa.Table(
    "tenon_approval_ask",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("approval_id", BIG_ID, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("user_id", BIG_ID, nullable=False, doc="who is asked"),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("due", Moment),
    sa.Column("state", sa.Text, nullable=False, doc="waiting agreed rejected passed_on dropped"),
    sa.Column("decided_by", BIG_ID, doc="a deputy, where it is not who was asked"),
    sa.Column("decided_at", Moment),
    sa.Column("comment", sa.Text),
    sa.Column("escalated_at", Moment, doc="when it was told, or went on to others, because nobody answered"),
    sa.Column("instead_of", BIG_ID, doc="the one that went on to this"),
    sa.Column("changed_seq", sa.BigInteger, nullable=False, index=True),
    sa.Index("ix_tenon_approval_ask__approval_id", "approval_id"),
    sa.Index("ix_tenon_approval_ask__user_id_state", "user_id", "state"),
)

deputy = sa.Table(
    "tenon_deputy",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("user_id", BIG_ID, nullable=False, index=True, doc="who is away"),
    sa.Column("deputy_id", BIG_ID, nullable=False, index=True, doc="who stands in"),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("changed_seq", sa.BigInteger, nullable=False, index=True),
)

personal_right = sa.Table(
    "tenon_personal_right",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("user_id", BIG_ID, nullable=False, index=True),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("field", sa.Text, doc="blank: the records themselves"),
    sa.Column("verb", sa.Text, nullable=False, doc="of a field read or update"),
    sa.Column("adds", sa.Boolean, nullable=False, doc="else it takes away"),
    sa.Column("scope", sa.Text, doc="of a verb that is added: own team subtree all parent"),
    sa.Column("ends_at", Moment, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("given_by", BIG_ID, nullable=False),
    sa.Column("given_at", Moment, nullable=False),
    sa.Column("changed_seq", sa.BigInteger, nullable=False, index=True),
)

record_team = sa.Table(
    "tenon_record_team",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("record", BIG_ID, nullable=False),
    sa.Column("user_id", BIG_ID, nullable=False),
    sa.Column("position", sa.Text, doc="the key in the pack; blank: it was taken from him"),
    sa.Column("given_by", BIG_ID, doc="who gave or took it"),
    sa.Column("given_at", Moment, nullable=False),
    sa.Column("changed_seq", sa.BigInteger, nullable=False, index=True),
    sa.Index("uq_tenon_record_team__entity_record_user_id", "entity", "record", "user_id", unique=True),
    sa.Index("ix_tenon_record_team__user_id_entity_position_record", "user_id", "entity", "position", "record"),
)

saved_view = sa.Table(
    "tenon_saved_view",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("user_id", BIG_ID, nullable=False, doc="whose it is: he alone changes it"),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("condition", sa.Text, nullable=False, doc="an expression; blank: all records"),
    sa.Column("columns", JSON, nullable=False, doc="keys of fields; none: those of the list"),
    sa.Column("sort", JSON, nullable=False, doc="keys of fields; `-` before one that descends"),
    sa.Column("share", sa.Text, nullable=False, doc="mine team role all"),
    sa.Column("role", sa.Text, doc="with which it is shared"),
    sa.Column("team", BIG_ID, doc="with which it is shared"),
    sa.Column("opens_first", sa.Boolean, nullable=False, doc="for whose it is"),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Index("ix_tenon_saved_view__entity", "entity"),
)

review = sa.Table(
    "tenon_review",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("review", sa.Text, nullable=False, doc="the key in the pack"),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("record", BIG_ID, nullable=False),
    sa.Column("period", sa.Date, nullable=False, doc="the day on which the period is due"),
    sa.Column("task", BIG_ID, doc="the task in which it is done"),
    sa.Column("user_id", BIG_ID, doc="who does it"),
    sa.Column("state", sa.Text, nullable=False, doc="open done skipped"),
    sa.Column("due", sa.Date),
    sa.Column("answers", JSON, doc="{item: [true or false, note]}"),
    sa.Column("reason", sa.Text, doc="why it was skipped"),
    sa.Column("raised_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("ended_by", BIG_ID),
    sa.Column("escalated_at", Moment),
    sa.Column("changed_seq", sa.BigInteger, nullable=False, index=True),
    sa.Index("uq_tenon_review__review_entity_record_period", "review", "entity", "record", "period", unique=True),
    sa.Index("ix_tenon_review__entity_record", "entity", "record"),
    sa.Index("ix_tenon_review__task", "task"),
    sa.Index("ix_tenon_review__state", "state"),
)

notice = sa.Table(
    "tenon_notice",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("user_id", BIG_ID, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, doc="names its words: notice.<kind>"),
    sa.Column("mark", sa.Text, nullable=False, doc="told once to this person"),
    sa.Column("entity", sa.Text),
    sa.Column("record", BIG_ID),
    sa.Column("params", JSON, doc="of its words: nothing that its reader may not see"),
    sa.Column("at", Moment, nullable=False),
    sa.Column("show_at", Moment, nullable=False, doc="not before: quiet hours"),
    sa.Column("read_at", Moment),
    sa.Column("mail_due", Moment, index=True, doc="when it is to be told by mail, too; blank once it was"),
    sa.Column("mailed_at", Moment),
    sa.Index("uq_tenon_notice__user_id_mark", "user_id", "mark", unique=True),
    sa.Index("ix_tenon_notice__user_id_read_at_show_at", "user_id", "read_at", "show_at"),
)

fired = sa.Table(
    "tenon_fired",
    FRAMEWORK,
    sa.Column("automation", sa.Text, primary_key=True),
    sa.Column("record", BIG_ID, primary_key=True, autoincrement=False),
    sa.Column("moment", Moment, primary_key=True, doc="for which it was due"),
    sa.Column("at", Moment, nullable=False),
)

automation_run = sa.Table(
    "tenon_automation_run",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("automation", sa.Text, nullable=False),
    sa.Column("event_id", BIG_ID, doc="of the outbox; blank: the clock or a hook started it"),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("records", JSON, nullable=False, doc="ids of those for which its condition held"),
    sa.Column("mode", sa.Text, nullable=False, doc="live shadow"),
    sa.Column(
        "state", sa.Text, nullable=False, doc="done; failed: some of it was refused; stopped: the chain was too long"
    ),
    sa.Column("result", JSON, doc='{action: {"done": number, "refused": [[record, {language: why}]]}}'),
    sa.Column("chain", JSON, doc="keys of the automations that led to its event"),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index("uq_tenon_automation_run__event_id_automation", "event_id", "automation", unique=True),
    sa.Index("ix_tenon_automation_run__automation_id", "automation", "id"),
)

held = sa.Table(
    "tenon_held",
    FRAMEWORK,
    sa.Column("automation", sa.Text, primary_key=True),
    sa.Column(
        "record", BIG_ID, primary_key=True, autoincrement=False, doc="for which its `becomes` holds; 0: asked once"
    ),
)

delivery = sa.Table(
    "tenon_delivery",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column(
        "key", sa.Text, nullable=False, doc="the same at each attempt: Idempotency-Key, or part of the Message-ID"
    ),
    sa.Column("kind", sa.Text, nullable=False, doc="mail webhook"),
    sa.Column("automation", sa.Text),
    sa.Column("action", sa.Text),
    sa.Column("event_id", BIG_ID),
    sa.Column("entity", sa.Text),
    sa.Column("record", BIG_ID),
    sa.Column("user_id", BIG_ID, doc="the person who gets it, where it is one"),
    sa.Column("target", sa.Text, nullable=False, doc="an address; of a webhook as it is written, without secrets"),
    sa.Column("host", sa.Text, nullable=False, doc="what answers or fails together"),
    sa.Column("content", JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False, doc="waiting done dead dropped"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due", Moment, nullable=False, doc="not tried before"),
    sa.Column("claim", sa.Text, doc="who delivers it now"),
    sa.Column("claimed_until", Moment),
    sa.Column("answer", sa.Text, doc="of the last attempt, in one line"),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("touched_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("opened_at", Moment),
    sa.Column("clicked_at", Moment),
    sa.Column("mailing", BIG_ID, index=True, doc="the bulk mail that it is one of"),
    sa.Index("uq_tenon_delivery__key", "key", unique=True),
    sa.Index("ix_tenon_delivery__state_due", "state", "due"),
    sa.Index("ix_tenon_delivery__entity_record", "entity", "record"),
)

mailing = sa.Table(
    "tenon_mailing",
    FRAMEWORK,
    sa.Column("id", BIG_ID, primary_key=True),
    sa.Column("user_id", BIG_ID, nullable=False, doc="who sends it"),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False, doc="that holds the address"),
    sa.Column("template", sa.Text, doc="blank in a draft"),
    sa.Column("records", JSON, nullable=False, doc="ids of those that were chosen"),
    sa.Column("state", sa.Text, nullable=False, doc="draft; writing: letters are queued; done; stopped"),
    sa.Column("seen", sa.Integer, nullable=False, doc="how many of the records were seen to"),
    sa.Column("recipients", sa.Integer, nullable=False, doc="how many were told when it was sent"),
    sa.Column("queued", sa.Integer, nullable=False, doc="how many letters there are"),
    sa.Column("left_out", JSON, doc="{why: how many}"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("sent_at", Moment),
    sa.Column("ended_at", Moment),
    sa.Column("changed_seq", sa.BigInteger, nullable=False, index=True),
    sa.Index("ix_tenon_mailing__state", "state"),
    sa.Index("ix_tenon_mailing__user_id", "user_id"),
)

mail_stop = sa.Table(
    "tenon_mail_stop",
    FRAMEWORK,
    sa.Column(
        "digest", sa.Text, primary_key=True, doc="a keyed one of the address, which gets no more mail of this kind"
    ),
    sa.Column("kind", sa.Text, primary_key=True, doc="bulk, or all: it does not take any"),
    sa.Column("at", Moment, nullable=False),
    sa.Column("reason", sa.Text),
)

own_key = sa.Table(
    "tenon_own_key",
    FRAMEWORK,
    sa.Column("name", sa.Text, primary_key=True, doc="what it is for"),
    sa.Column("sealed", sa.Text, nullable=False, doc="a random secret, encrypted by the secret key of the deployment"),
)

received = sa.Table(
    "tenon_received",
    FRAMEWORK,
    sa.Column("source", sa.Text, primary_key=True, doc="hook.<name>, or mail"),
    sa.Column("key", sa.Text, primary_key=True, doc="of the sender: what came twice is taken once"),
    sa.Column("at", Moment, nullable=False),
    sa.Column("entity", sa.Text),
    sa.Column("record", BIG_ID),
    sa.Column("answer", JSON, doc="what the sender was told"),
)

sla_clock = sa.Table(
    "tenon_sla_clock",
    FRAMEWORK,
    sa.Column("sla", sa.Text, primary_key=True),
    sa.Column("record", BIG_ID, primary_key=True, autoincrement=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("due", Moment, doc="blank while it rests"),
    sa.Column("warn_at", Moment, doc="blank while it rests, or when it has warned"),
    sa.Column("paused_at", Moment),
    sa.Column("left", sa.BigInteger, doc="seconds that were left when it began to rest"),
    sa.Column("warned_at", Moment),
    sa.Column("breached_at", Moment),
    sa.Column("stopped_at", Moment),
    sa.Column("changed_seq", sa.BigInteger, nullable=False, index=True),
    sa.Index("ix_tenon_sla_clock__due", "due"),
    sa.Index("ix_tenon_sla_clock__warn_at", "warn_at"),
)

tombstone = sa.Table(
    "tenon_tombstone",
    FRAMEWORK,
    sa.Column("place", sa.Text, primary_key=True, doc="the table, or `table.column`, where its values are"),
    sa.Column("name", sa.Text, nullable=False, doc="`entity` or `entity.field`, as it was called"),
    sa.Column("parts", JSON, nullable=False, doc="all tables and `table.column`s that are hidden with it"),
    sa.Column("since", sa.Integer, nullable=False, doc="the revision that took it away"),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kept_until", sa.Date, nullable=False, doc="from this day on it may be purged"),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("filled", sa.BigInteger, nullable=False),
    sa.Column(
        "became", sa.Text, doc="where the values of its field went when that changed its kind; null: it was removed"
    ),
)

overwritten = sa.Table(
    "tenon_overwritten",
    FRAMEWORK,
    sa.Column("record", BIG_ID, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Text, primary_key=True, doc="`table.column`, or the table of a list"),
    sa.Column(
        "target",
        BIG_ID,
        primary_key=True,
        autoincrement=False,
        doc="what a link leads to, or an approval of the record; 0: it is of the record",
    ),
    sa.Column(
        "kind", sa.Text, primary_key=True, doc="the entity of that, if several; stage_from or stage_to of an approval"
    ),
    sa.Column("since", sa.Integer, primary_key=True, autoincrement=False, doc="the revision that overwrote it"),
    sa.Column("old", sa.Text, doc="the value of before, as JSON; null: none"),
    sa.Column("became", sa.Text, doc="what was written instead"),
    sa.Column("kept_until", sa.Date, nullable=False, doc="from this day on it is cleared away"),
)

preparation = sa.Table(
    "tenon_preparation",
    FRAMEWORK,
    sa.Column("mark", sa.BigInteger, primary_key=True, autoincrement=False, doc="the `changed_seq` of its rows"),
    sa.Column("table", sa.Text, nullable=False),
    sa.Column("columns", JSON, nullable=False, doc="new ones, by their physical names"),
    sa.Column("signature", sa.Text, nullable=False, doc="the change that they are for"),
    sa.Column("reached", sa.BigInteger, nullable=False, doc="rows up to this id were looked at"),
)

# Flask-AppBuilder's tables. Their keys come from explicit sequences on PostgreSQL, as Flask-AppBuilder declares them.


def _ab_id(table: str) -> sa.Column[int]:
    return sa.Column("id", sa.Integer, sa.Sequence(f"{table}_id_seq"), primary_key=True)


APPBUILDER = sa.MetaData()

ab_user = sa.Table(
    "ab_user",
    APPBUILDER,
    _ab_id("ab_user"),
    sa.Column("first_name", sa.String(64), nullable=False),
    sa.Column("last_name", sa.String(64), nullable=False),
    sa.Column("username", sa.String(128), unique=True, nullable=False),
    sa.Column("password", sa.String(256)),
    sa.Column("active", sa.Boolean),
    sa.Column("email", sa.String(320), unique=True, nullable=False),
    sa.Column("last_login", sa.DateTime),
    sa.Column("login_count", sa.Integer),
    sa.Column("fail_login_count", sa.Integer),
    sa.Column("created_on", sa.DateTime),
    sa.Column("changed_on", sa.DateTime),
)
ab_role = sa.Table(
    "ab_role", APPBUILDER, _ab_id("ab_role"), sa.Column("name", sa.String(64), unique=True, nullable=False)
)
ab_user_role = sa.Table(
    "ab_user_role",
    APPBUILDER,
    _ab_id("ab_user_role"),
    sa.Column("user_id", sa.Integer, sa.ForeignKey("ab_user.id")),
    sa.Column("role_id", sa.Integer, sa.ForeignKey("ab_role.id")),
)
ab_permission = sa.Table(
    "ab_permission", APPBUILDER, _ab_id("ab_permission"), sa.Column("name", sa.String(100), unique=True, nullable=False)
)
ab_view_menu = sa.Table(
    "ab_view_menu", APPBUILDER, _ab_id("ab_view_menu"), sa.Column("name", sa.String(250), unique=True, nullable=False)
)
ab_permission_view = sa.Table(
    "ab_permission_view",
    APPBUILDER,
    _ab_id("ab_permission_view"),
    sa.Column("permission_id", sa.Integer, sa.ForeignKey("ab_permission.id")),
    sa.Column("view_menu_id", sa.Integer, sa.ForeignKey("ab_view_menu.id")),
)
ab_permission_view_role = sa.Table(
    "ab_permission_view_role",
    APPBUILDER,
    _ab_id("ab_permission_view_role"),
    sa.Column("permission_view_id", sa.Integer, sa.ForeignKey("ab_permission_view.id")),
    sa.Column("role_id", sa.Integer, sa.ForeignKey("ab_role.id")),
)
