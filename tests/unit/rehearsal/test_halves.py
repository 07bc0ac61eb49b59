"""Cases on two processors come out as on one, whatever becomes of the second process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# In a process of its own: where tests run side by side there are threads, with which no process is copied.
PROGRAM = """
import json, os, sys
from app.rehearsal.halves import in_halves

home, fault = os.getpid(), sys.argv[1]

def run(cases):
    for case in cases:
        if case == 15 and os.getpid() != home:
            if fault == "killed":
                os._exit(1)
            if fault == "raised":
                raise ValueError("only there")
        yield case, os.getpid() == home

print(json.dumps(list(in_halves(range(20), run))))
"""


@pytest.mark.parametrize("fault", ["none", "killed", "raised"])
def test_the_results_come_in_order_of_the_cases(fault: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, fault], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert [case for case, _ in found] == list(range(20))
    assert all(here for case, here in found[:10])
    assert fault == "none" or all(here for case, here in found[10:])
