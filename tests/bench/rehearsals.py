"""How long `crm test` takes over a hundred cases of the standard pack, from the start of the process to its end."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

CONFIG = Path(__file__).parents[2] / "config" / "standard"
CASES = 100
_CASE = """\
  case_{number}:
    as: {{role: sales_rep}}
    given:
      account: {{acme: {{owner: me}}}}
      opportunity: {{deal: {{account: acme, owner: me, amount: {amount}, stage: negotiation}}}}
    do: {{transition: opportunity.deal, to: won, set: {{contract_number: HT-{number}, contract_amount: {amount}}}}}
    expect: {{account.acme: {{total_won: {amount}, level: {level}}}}}
"""


def measure_tests(folder: Path, times: int) -> float:
    """Seconds of the whole command, the middle one of several runs."""
    pack = folder / "tested"
    shutil.copytree(CONFIG, pack)
    shutil.rmtree(pack / "tests", ignore_errors=True)
    amounts = [(number, number * 10_000) for number in range(CASES)]
    cases = [
        _CASE.format(
            number=number, amount=amount, level="a" if amount >= 500_000 else "b" if amount >= 100_000 else "c"
        )
        for number, amount in amounts
    ]
    (pack / "tests").mkdir()
    (pack / "tests" / "deals.yaml").write_text('now: "2026-06-30T09:00"\ncases:\n' + "".join(cases), "utf-8")
    return statistics.median(_run(pack) for _ in range(times))


def _run(pack: Path) -> float:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "test", "--config", str(pack)], capture_output=True, text=True, check=False
    )
    if done.returncode or not done.stdout.startswith(f"{CASES} passed, 0 failed"):
        raise RuntimeError(done.stdout + done.stderr)
    return time.perf_counter() - began
