"""What is being done, on the error stream: the table alone goes to the standard output."""

from __future__ import annotations

import sys
import time

_BEGAN = time.monotonic()


def say(what: str) -> None:
    """A line with the seconds since the start."""
    sys.stderr.write(f"{time.monotonic() - _BEGAN:6.0f} s  {what}\n")
