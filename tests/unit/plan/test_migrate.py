import hashlib
import warnings
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

from app.automation.mail_stops import stopped_among
from app.orm.engine import PLAN, UNIT
from app.orm.framework import FRAMEWORK, ab_role, mail_stop
from app.orm.sealed import Keys, give_keys
from app.plan.migrate import VERSION, head, migrations_folder, upgrade_framework, version
from tests.earlier import back_to

OURS_ALONE = {"tenon_schema_version", "tenon_search_index"}


@pytest.fixture
def upgraded(empty: Engine) -> Engine:
    upgrade_framework(empty)
    return empty


def appbuilder() -> sa.MetaData:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a library that we do not call here
        from flask_appbuilder import Model
        from flask_appbuilder.security.sqla import models

        assert models.User.__tablename__ == "ab_user"
    return Model.metadata


def differences(engine: Engine, metadata: sa.MetaData) -> list[Any]:
    """What Alembic would change to make the tables of the metadata."""

    def belongs(_thing: Any, name: str | None, type_: str, *_rest: Any) -> bool:
        if type_ == "table":
            return name in metadata.tables
        return name not in {"vector", "ix_tenon_search_row__vector"}  # the index of PostgreSQL alone

    with engine.connect() as connection:
        options = {"include_object": belongs, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def test_the_tables_are_those_that_the_program_reads(upgraded: Engine) -> None:
    assert differences(upgraded, FRAMEWORK) == []


def test_the_tables_are_those_of_appbuilder(upgraded: Engine) -> None:
    assert differences(upgraded, appbuilder()) == []
    names = set(sa.inspect(upgraded).get_table_names())
    assert set(appbuilder().tables) == {name for name in names if name.startswith("ab_")}


def test_the_comparison_would_find_a_missing_column(upgraded: Engine) -> None:
    more = sa.MetaData()
    sa.Table("tenon_counter", more, sa.Column("name", sa.Text, primary_key=True), sa.Column("colour", sa.Text))
    assert differences(upgraded, more) != []


@pytest.mark.pg
def test_appbuilder_finds_its_sequences(pg_url: str) -> None:
    engine = sa.create_engine(pg_url)
    upgrade_framework(engine)
    with engine.connect() as connection:
        names = set(sa.inspect(connection).get_sequence_names())
        wanted = {sequence.name for sequence in appbuilder()._sequences.values()}
        assert wanted <= names
        assert connection.scalar(sa.text("SELECT nextval('crm_changed_seq')")) == 1
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO ab_role (name) VALUES ('by hand')"))
        connection.execute(sa.insert(ab_role).values(name="by sequence"))
        assert connection.scalars(sa.select(ab_role.c.id).order_by(ab_role.c.id)).all() == [1, 2]
    engine.dispose()


def test_addresses_that_stood_there_in_clear_become_digests(empty: Engine) -> None:
    give_keys(empty, Keys.of("a secret"))
    upgrade_framework(empty)
    erased = f"sha256:{hashlib.sha256(b'gone@client.example').hexdigest()}"
    with empty.connect().execution_options(**{UNIT: PLAN}) as connection, connection.begin():
        back_to(connection, "0021")
        at = 0 if empty.dialect.name == "sqlite" else sa.func.now()
        stops = sa.table("tenon_mail_stop", *map(sa.column, ("address", "kind", "at", "reason")))
        for address, reason in (
            ("wang@client.example", "link"),
            (erased, None),
            ("gone@client.example", "asked again"),
        ):
            connection.execute(sa.insert(stops).values(address=address, kind="bulk", at=at, reason=reason))
    upgrade_framework(empty)
    with empty.connect() as connection:
        found = stopped_among(
            connection, ("Wang@client.example", "gone@client.example", "li@client.example"), marketing=True
        )
        kept = str(connection.execute(sa.select(mail_stop)).all())
    assert found == {"wang@client.example": "link", "gone@client.example": "asked again"}
    assert not [each for each in ("client.example", "sha256") if each in kept]


def test_a_second_upgrade_finds_nothing_to_do(upgraded: Engine) -> None:
    upgrade_framework(upgraded)
    with upgraded.connect() as connection:
        assert version(connection) == head()
        assert connection.execute(sa.select(sa.func.count()).select_from(VERSION)).scalar_one() == 1


def test_an_empty_database_has_no_version(empty: Engine) -> None:
    with empty.connect() as connection:
        assert version(connection) is None


def test_the_newest_revision_is_known_without_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == head()
