"""`crm subject` on the server's machine."""

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app.backup.ledger import read_ledger
from app.cli import main
from app.orm.framework import audit
from tests.unit.privacy.house import MAIL, PRIVATE, SECRET, House, spread


@pytest.fixture
def crm(small_house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("CRM_DATABASE_URL", small_house.settings.database_url)
    monkeypatch.setenv("CRM_DATA_DIR", str(small_house.settings.data_dir))
    monkeypatch.setenv("CRM_SECRET_KEY", SECRET)
    monkeypatch.setenv("CRM_BACKUP_DIR", str(small_house.settings.backup_dir))
    return small_house


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["subject", *words], input=typed)


def test_erasing_tells_what_goes_asks_and_notes_it(crm: House) -> None:
    spread(crm)
    again = crm.add("person", name="His wife", mobile="+8613811112222")
    asked = run("erase", "person", "1", "--dry-run")
    assert asked.exit_code == 0, asked.output
    assert "1  records of person, anonymised\n" in asked.output
    assert "Stays: 1 of bill (Tax law: ten years).\n" in asked.output
    assert f"Has an address of his, and stays: person {again} (" in asked.output
    for words in (("erase", "person", "1"), ("erase", "person", "1", "--yes", "person/2")):
        refused = run(*words)
        assert refused.exit_code == 1
        assert "Nothing was changed" in refused.output
    assert crm.row("person", 1)["mail"] == MAIL
    done = run("erase", "person", "1", "--also", "person", str(again), "--yes", "person/1")
    assert done.exit_code == 0, done.output
    assert crm.places() == []
    assert [each.record for each in read_ledger([crm.settings.data_dir]) if each.table == "crm_person"] == [1, again]
    assert run("again").output == "1 erasures carried out again.\n"


@pytest.mark.usefixtures("crm")
def test_somebody_is_found_by_address_or_number() -> None:
    assert run("find", MAIL.upper()).output == "person 1\n"
    assert run("find", PRIVATE).output == "person 1\n"
    assert run("find", "13811112222").output == "person 1\n"
    assert run("find", "nobody@example.org").exit_code == 1


@pytest.mark.usefixtures("crm")
def test_who_is_not_there_is_refused() -> None:
    for entity, record in (("person", "99"), ("firm", "1"), ("nothing", "1")):
        assert run("erase", entity, record, "--yes", f"{entity}/{record}").exit_code == 1
    assert run("erase", "person", "x").exit_code == 2


def test_the_archive_is_written_and_the_audit_notes_it(crm: House) -> None:
    out = crm.folder / "him.zip"
    done = run("export", "person", "1", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert out.exists()
    with crm.store.engine.connect() as connection:
        here = sa.and_(audit.c.action == "export", audit.c.entity == "person", audit.c.record == 1)
        assert connection.execute(sa.select(sa.func.count()).where(here)).scalar() == 1
    assert run("export", "person", "99", "--out", str(out)).exit_code == 1


@pytest.mark.usefixtures("crm")
def test_what_is_due_is_counted() -> None:
    assert run("due").output.splitlines()[0] == "      0  person: anonymise after 5 years since updated_at"
