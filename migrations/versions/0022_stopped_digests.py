"""Addresses that get no more mail are kept as digests that nobody can guess without the secret key."""

import hashlib
import hmac
import secrets

import sqlalchemy as sa
from alembic import op

from app.orm.sealed import keys_of

revision = "0022"
down_revision = "0021"

AT_ONCE = 500
NAME = "mail-stops"
PLAIN = "sha256:"  # of people who were erased
KEYS = sa.table("tenon_own_key", sa.column("name"), sa.column("sealed"))
STOPS = sa.table("tenon_mail_stop", sa.column("digest"), sa.column("kind"), sa.column("at"), sa.column("reason"))


def upgrade() -> None:
    """Makes the table of secrets, and of each stopped address its digest."""
    op.create_table(
        "tenon_own_key",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_tenon_own_key"),
    )
    op.execute("ALTER TABLE tenon_mail_stop RENAME COLUMN address TO digest")
    connection = op.get_bind()
    rows = connection.execute(sa.select(STOPS).order_by(STOPS.c.digest)).all()
    if not rows:
        return
    secret = secrets.token_bytes(32)
    sealed = keys_of(connection.dialect).seal(f"tenon_own_key.{NAME}", 0, secret.hex())
    connection.execute(sa.insert(KEYS).values(name=NAME, sealed=sealed))
    found = {}
    for row in rows:  # whose address was forgotten and stopped again is there twice: the newer one tells why
        plain = (
            row.digest.removeprefix(PLAIN)
            if _is_erased(row.digest)
            else hashlib.sha256(row.digest.encode()).hexdigest()
        )
        digest = hmac.new(secret, plain.encode(), hashlib.sha256).hexdigest()
        key = (digest, row.kind)
        if key not in found or not _is_erased(row.digest):
            found[key] = {"digest": digest, "kind": row.kind, "at": row.at, "reason": row.reason}
    connection.execute(sa.delete(STOPS))
    new = list(found.values())
    for at in range(0, len(new), AT_ONCE):
        connection.execute(sa.insert(STOPS), new[at : at + AT_ONCE])


def _is_erased(kept: str) -> bool:
    return kept.startswith(PLAIN) and "@" not in kept
