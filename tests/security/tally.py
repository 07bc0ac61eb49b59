"""What the runs of the matrix came to, added up: the line that `make matrix` ends with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

PREFIX = "matrix."
Properties = Iterable[tuple[str, object]]


def properties(counts: Counter[str]) -> list[tuple[str, object]]:
    """Counts as a test's report carries them."""
    return [(PREFIX + key, count) for key, count in sorted(counts.items())]


def summary(told: Properties, seconds: float) -> str | None:
    """One line; None where no test of the matrix ran."""
    counts: Counter[str] = Counter()
    for key, count in told:
        if key.startswith(PREFIX):
            counts[key.removeprefix(PREFIX)] += int(str(count))
    if not counts["cells"] and not counts["mutants"]:
        return None
    parts = [
        f"{counts['cells']:,} cells",
        f"disagreements {counts['disagreements']}",
        f"canaries {counts['canaries']}",
    ]
    if counts["mutants"]:
        parts.append(f"mutants killed {counts['killed']} of {counts['mutants']}")
    if counts["stock probes"]:
        parts.append(f"{counts['stock leaks']} of {counts['stock probes']} leaks of stock Flask-AppBuilder found")
    parts.append(f"{seconds:.0f} seconds")
    return "matrix: " + ", ".join(parts)
