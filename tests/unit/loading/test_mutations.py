"""The standard pack with random slips: diagnostics, never an exception, and a Catalog exactly when there is no error."""

import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.diagnostics import render_text
from app.loading import load_pack
from app.loading.sources import line_reader

CONFIG = Path(__file__).parents[3] / "config"
FILES = sorted(path.relative_to(CONFIG).as_posix() for path in CONFIG.rglob("*.yaml"))
WORD = re.compile(r"[a-z_0-9]+|\{[^{}]*\}|\[[^\]]*\]")
WORDS = """and not ( == stage=="won" amount>1 today()
null true 1 1.5 [] {} '' $place $add $locked:true text lookup account options ~ * &a - : { } [ ] " ' #x ： ，
²  stage name fields layout: | 999999999999999999999 2026-01-01"""
LINES = ("  ", "\n", "\t", "\n  x: 1\n", " #", "", "$replace: true", "$remove: [x]")
SLIPS = st.sampled_from((*WORDS.split(), *LINES))


@pytest.mark.deep
@pytest.mark.timeout(900)  # a whole pack is loaded for each example
@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.sampled_from(FILES), st.floats(0, 1, exclude_max=True), st.booleans(), SLIPS),
        min_size=1,
        max_size=4,
    )
)
def test_slips_are_told(slips: list[tuple[str, float, bool, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "config"
        shutil.copytree(CONFIG, root)
        for file, share, replaces, slip in slips:
            path = root / file
            text = path.read_text("utf-8")
            words = list(WORD.finditer(text))
            if replaces and words:
                found = words[int(share * len(words))]
                text = text[: found.start()] + slip + text[found.end() :]
            else:
                at = int(share * len(text))
                text = text[:at] + slip + text[at:]
            path.write_text(text, "utf-8")
        loaded = load_pack(root / "it_services")
        assert (loaded.catalog is None) == bool(loaded.errors)
        told = render_text(loaded.diagnostics, line_reader(loaded.files))
        assert len(re.findall("(?:CFG|EXP)[0-9]{3}: ", told)) >= len(loaded.diagnostics)
        if loaded.catalog is not None:
            for entity in loaded.catalog.entities.values():
                assert loaded.catalog.inverses(entity.key) is not None
                assert all(loaded.catalog.choices(entity.key, key) is not None for key in entity.fields)
