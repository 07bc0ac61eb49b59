"""This program under measurement: its database, its people, its server. Everything by its own commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.factory import open_database
from app.loading import load_pack
from app.plan import first_apply
from app.settings import Settings
from tests.bench.dataset import REPRESENTATIVE, login_of

CRM = (sys.executable, "-c", "from app.cli import main; main()")  # what the script `crm` does
ADMINISTRATOR = "bench_admin"
PASSWORD = "Bench-pass-2026!"


@dataclass(frozen=True)
class Deployment:
    """A pack over a database: what the environment of every command says."""

    pack: Path
    url: str
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        return {
            "CRM_CONFIG": str(self.pack),
            "CRM_DATABASE_URL": self.url,
            "CRM_DATA_DIR": str(self.folder),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }

    def serve_command(self, port: int, workers: int) -> list[str]:
        """Serves the applied revision; jobs run elsewhere."""
        return [*CRM, "serve", "--no-jobs", "--port", str(port), "--workers", str(workers)]

    def apply(self) -> None:
        """Put the pack on the empty database."""
        loaded = load_pack(self.pack)
        if loaded.catalog is None:
            raise RuntimeError(f"{self.pack}: {loaded.errors}")
        engine = open_database(Settings.from_environment(self.environ))
        first_apply(engine, loaded)
        engine.dispose()

    def add_person(self, login: str, *roles: str) -> None:
        """Somebody who may log in with the one password of all."""
        chosen = [word for role in roles for word in ("--role", role)]
        self.run([*CRM, "user", "add", login, *chosen, "--password-stdin"], given=PASSWORD + "\n")

    def fill(self, accounts: int, deliveries: int) -> Mapping[str, Any]:
        """Write all rows through the write path, in a process of its own; see fill.py for what it tells."""
        command = [sys.executable, "-m", "tests.bench.fill", str(accounts), str(deliveries)]
        told: Mapping[str, Any] = json.loads(self.run(command).splitlines()[-1])
        return told

    def run(self, command: list[str], given: str = "") -> str:
        """What a command prints. Raises RuntimeError with its words when it fails."""
        environ = {**os.environ, **self.environ}
        done = subprocess.run(command, env=environ, input=given, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
        return done.stdout


def prepare(deployment: Deployment) -> None:
    """An applied pack with an administrator and the representative whose rows are measured."""
    deployment.apply()
    deployment.add_person(ADMINISTRATOR, "administrator")
    deployment.add_person(login_of(REPRESENTATIVE), "sales_rep")
