"""A coverage-guided fuzzer of everything that reads packs: whatever a file holds, the answer is diagnostics.

It needs `atheris`, which is no dependency of the project: `pip install atheris`, then
`python tests/fuzz/fuzz_packs.py -max_total_time=600`. Any exception ends it and leaves the file that caused it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))
with atheris.instrument_imports(include=["app.loading", "app.diagnostics", "app.definition"]):
    from app.diagnostics import render_text
    from app.loading import load_pack
    from app.loading.format import formatted
    from app.loading.sources import line_reader

from tests.deep.test_mutants import PACK

FILES = sorted(PACK)
FOLDER = Path(tempfile.mkdtemp(prefix="tenon-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))  # noqa: S108


def try_one(content: bytes) -> None:
    """The first byte says which file of a sound pack is replaced by the others, in an overlay or in the lowest layer."""
    if not content:
        return
    name = FILES[content[0] % len(FILES)]
    path = FOLDER / name
    path.write_bytes(content[1:])
    try:
        loaded = load_pack(FOLDER)
        assert (loaded.catalog is None) == bool(loaded.errors)
        assert all(one.span.file and one.span.line >= 1 and one.span.column >= 1 for one in loaded.diagnostics)
        render_text(loaded.diagnostics, line_reader(loaded.files))
        text = formatted(content[1:])
        if isinstance(text, str):
            assert formatted(text.encode()) == text
    finally:
        path.write_text(PACK[name], "utf-8")


def main() -> None:
    """Starts from the files of the pack themselves."""
    for name, text in PACK.items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text, "utf-8")
    outside = Path(tempfile.mkdtemp(prefix="tenon-seeds-"))
    for number, name in enumerate(FILES):
        (outside / str(number)).write_bytes(bytes([number]) + PACK[name].encode())
    atheris.Setup([*sys.argv, str(outside)], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
