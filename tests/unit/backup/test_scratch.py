"""Scratch databases of verifications on PostgreSQL: gone afterwards, and those that somebody who was killed left, too."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa

from app.backup.postgresql import scratch_database
from tests import pgtemp

pytestmark = pytest.mark.pg
OLD, YOUNG, NAMED = (
    "tenon_verify_1500000000_00ff00ff00ff",
    "tenon_verify_9999999999_00ff00ff00ff",
    "tenon_verify_of_ours",
)


def test_what_was_left_is_swept_by_name_and_age(pg_cluster: pgtemp.Cluster) -> None:
    with pgtemp.fresh_database(pg_cluster) as address:
        url = sa.make_url(address)
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        used = OLD.replace("00ff", "11ff")
        with closing(psycopg.connect(plain, autocommit=True)) as connection:

            def databases() -> set[str]:
                rows = connection.execute("SELECT datname FROM pg_database WHERE datname = ANY(%s)", [list(ours)])
                return {str(name) for (name,) in rows}  # other tests verify backups in the same cluster

            ours = {OLD, YOUNG, NAMED, used}
            for each in ours:
                connection.execute(f'CREATE DATABASE "{each}"')
            try:
                elsewhere = url.set(drivername="postgresql", database=used).render_as_string(hide_password=False)
                with closing(psycopg.connect(elsewhere)), scratch_database(url) as scratch:
                    ours.add(str(scratch.database))
                    assert databases() == {YOUNG, NAMED, used, scratch.database}
                assert databases() == {YOUNG, NAMED, used}
            finally:
                for each in (OLD, YOUNG, NAMED, used):
                    connection.execute(f'DROP DATABASE IF EXISTS "{each}" WITH (FORCE)')
