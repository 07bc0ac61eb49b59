"""How PostgreSQL's writers and the switch of an apply keep out of each other's way.

A function, because each statement of one sees what was committed when that statement began: the revision is read when the
lock is held, in one round trip. The lock is shared by all who write, and taken alone by who switches (see app/orm/writers.py).
"""

from alembic import op

revision = "0013"
down_revision = "0012"

FUNCTION = """
CREATE OR REPLACE FUNCTION tenon_write_under() RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(2118142466);
  RETURN (SELECT coalesce(max(number), 0) FROM tenon_revision);
END
$$
"""


def upgrade() -> None:
    """Makes the function."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FUNCTION)
