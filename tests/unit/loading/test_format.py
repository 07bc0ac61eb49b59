"""The canonical form of a file's text."""

import random
from pathlib import Path

import pytest

from app.loading.format import NotFormatted, formatted
from app.loading.node import plain
from app.loading.reader import read_document
from app.loading.tidy_expressions import place_of

ROOT = Path(__file__).parents[3]
PACKS = sorted((ROOT / "config").rglob("*.yaml"))
EXAMPLES = sorted((ROOT / "tests" / "cases" / "language").rglob("*.yaml"))

UNTIDY = """\
# top


a:   {b: 1,c: [ 1,2 ,3], d: 'x', e: 'it''s', f: { } }
list:
- one
-   two: 2
    three: 3
# about four
-   four
deep :
      x: 1   \n      # about y
      y:
            z: |
                  text
                    more

                  end
            w: >-
              folded
              text
      q: "multi
        line"
      r: 甲 # 中文 😀
      s: {t: 😀,u: 甲}
at: 08:00
off: on
day: 2026-01-01

"""
TIDY = """\
# top

a:   {b: 1, c: [1, 2, 3], d: "x", e: 'it''s', f: {}}
list:
  - one
  - two: 2
    three: 3
  # about four
  - four
deep:
  x: 1
  # about y
  y:
    z: |
      text
        more

      end
    w: >-
      folded
      text
  q: "multi
    line"
  r: 甲 # 中文 😀
  s: {t: 😀, u: 甲}
at: "08:00"
"off": "on"
day: "2026-01-01"
"""


def test_an_untidy_file_becomes_tidy() -> None:
    assert formatted(UNTIDY.encode()) == TIDY
    assert formatted(TIDY.encode()) == TIDY


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_packs_are_formatted(path: Path) -> None:
    assert formatted(path.read_bytes()) == path.read_text("utf-8")


def test_line_ends_and_byte_order_marks_go() -> None:
    assert formatted(b"\xef\xbb\xbfa: 1\r\nb:\r\n    c: 2\r\n") == "a: 1\nb:\n  c: 2\n"


@pytest.mark.parametrize("content", [b"a: [1", b"\x00", b"a: \xff", b"a: 1\na: 2\n", b"---\na: 1\n"])
def test_what_cannot_be_read_is_left_alone(content: bytes) -> None:
    assert isinstance(formatted(content), NotFormatted)


@pytest.mark.parametrize("path", [*PACKS, *EXAMPLES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_with_other_spaces_says_the_same_and_comes_to_rest(path: Path) -> None:
    chance = random.Random(path.name)  # noqa: S311 - the same spaces at every run
    width = chance.choice([1, 3, 4])
    lines = [
        " " * ((len(line) - len(line.lstrip(" "))) * width) + line.lstrip(" ").replace("{", "{  ").replace("},", "} ,")
        for line in path.read_text("utf-8").split("\n")
    ]
    spaced = "\n".join(lines).encode()
    before = read_document(spaced, "a.yaml")
    if before.node is None or before.problems:
        return  # a pattern in braces is another one with spaces in it
    text = formatted(spaced)
    assert isinstance(text, str)
    after = read_document(text.encode(), "a.yaml").node
    assert after is not None
    assert plain(after) == plain(before.node)
    assert text.count("#") == spaced.decode().count("#")
    assert formatted(text.encode()) == text


SIGNS = """\
fields:
  a: {type: money, formula: a&&b||!c}   # stays
  b: {type: money, formula: 'if(a==1,2,3)'}
  c: {type: money, formula: "a+b"}
  d: {type: money, formula: (a),   visible_when: stage=='won'}
  e: {type: text, default: {formula: "add_days( today(),30 )"}, required_when: no way}
rules:
  one:
    require: |
      a>1 &&
        b == 'x'||!c   and d
    when: >-
      a=='it"s'
      &&b
    message: a&&b
  two:
    require: a == 1
      && b=='y'
  three:
    require: is_blank(a) ||   "#" == c
"""
WORDS = """\
fields:
  a: {type: money, formula: a and b or not c}   # stays
  b: {type: money, formula: "if(a == 1, 2, 3)"}
  c: {type: money, formula: "a + b"}
  d: {type: money, formula: a, visible_when: stage == "won"}
  e: {type: text, default: {formula: "add_days(today(), 30)"}, required_when: no way}
rules:
  one:
    require: |
      a > 1 and
        b == "x" or not c and d
    when: >-
      a == "it\\"s"
      and b
    message: a&&b
  two:
    require: a == 1
      and b == "y"
  three:
    require: is_blank(a) or "#" == c
"""


def test_expressions_are_written_in_words_and_stay_on_their_lines() -> None:
    assert formatted(SIGNS.encode(), "entities") == WORDS
    assert formatted(WORDS.encode(), "entities") == WORDS


@pytest.mark.parametrize("path", [*PACKS, *EXAMPLES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_expressions_of_the_packs_are_canonical(path: Path) -> None:
    place = place_of(path.parent.name, path.stem)
    assert formatted(path.read_bytes(), place) == formatted(path.read_bytes())


def test_what_is_no_file_of_a_pack_keeps_its_texts() -> None:
    assert formatted(b"when: a&&b\n", place_of("notes", "when")) == "when: a&&b\n"
