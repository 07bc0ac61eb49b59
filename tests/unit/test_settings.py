"""What the environment says, and what it does not."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app.settings import SettingRefused, Settings, read_dotenv


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    settings = Settings.from_environment({}, tmp_path / "none")
    assert settings.database_url == "sqlite:///var/crm.db"
    assert settings.config.name == "standard"
    assert settings.trusted_hosts == ()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("# ours\nexport CRM_DATA_DIR='here'\nCRM_BASE_URL=https://crm.example.com/\n", "utf-8")
    settings = Settings.from_environment({"CRM_DATA_DIR": "there", "CRM_TRUSTED_HOSTS": "a.example, b.example"}, dotenv)
    assert settings.data_dir == Path("there")
    assert settings.database_url == "sqlite:///there/crm.db"
    assert settings.base_url == "https://crm.example.com"
    assert settings.trusted_hosts == ("a.example", "b.example")


def test_a_number_of_seconds_is_one(tmp_path: Path) -> None:
    def seconds(text: str) -> float:
        return Settings.from_environment({"CRM_STATEMENT_SECONDS": text}, tmp_path / "none").statement_seconds

    assert (seconds(""), seconds("0"), seconds("2.5")) == (30, 0, 2.5)
    for wrong in ("soon", "-1", "nan", "inf"):
        with pytest.raises(SettingRefused, match="CRM_STATEMENT_SECONDS"):
            seconds(wrong)


def test_a_file_of_settings_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text('A=1\n\n# B=2\nC="x = y"\nno equals sign\n', "utf-8")
    assert read_dotenv(path) == {"A": "1", "C": "x = y"}


def test_the_secret_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    secret = settings.get_secret()
    assert len(secret) >= 32
    assert settings.get_secret() == secret
    assert stat.S_IMODE((tmp_path / "new" / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700, "nor does anybody else see what lies in the folder"


@pytest.mark.parametrize("weak", ["changeme", "secret", "x" * 64, "short-but-random-9f3a"])
def test_a_weak_secret_is_refused(weak: str) -> None:
    with pytest.raises(SettingRefused, match="CRM_SECRET_KEY"):
        Settings(secret_key=weak).get_secret()


def test_an_empty_file_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("", "utf-8")
    with pytest.raises(SettingRefused, match="no usable secret"):
        Settings(data_dir=tmp_path).get_secret()
