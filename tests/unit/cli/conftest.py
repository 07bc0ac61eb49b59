"""Commands run in the process, with an environment of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.settings import Settings
from tests.unit.website import write_pack

Crm = Callable[..., Result]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The folder of a small pack."""
    return write_pack(tmp_path / "pack")


@pytest.fixture
def environment(pack: Path, tmp_path: Path, sqlite_url: str) -> dict[str, str]:
    return {"CRM_CONFIG": str(pack), "CRM_DATABASE_URL": sqlite_url, "CRM_DATA_DIR": str(tmp_path / "var")}


@pytest.fixture
def settings(environment: dict[str, str], tmp_path: Path) -> Settings:
    return Settings.from_environment(environment, tmp_path / "none")


@pytest.fixture
def crm(environment: dict[str, str]) -> Crm:
    """`crm(*words)` runs a command."""

    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(main, words, input=typed, env=environment, catch_exceptions=False)

    return run
