"""Pictures are measured by their head and drawn anew."""

import io

import pytest
from PIL import Image

from app.files import pictures
from tests.unit.files import samples


def test_a_photo_is_turned_upright_and_loses_its_notes() -> None:
    drawn = pictures.redraw(io.BytesIO(samples.photo_with_notes()))
    assert drawn is not None
    drawn.content.seek(0)
    content = drawn.content.read()
    assert (drawn.width, drawn.height) == (30, 40)
    assert b"Secret" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, dict(image.getexif())) == ("JPEG", {})


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1"])
@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF"])
def test_every_kind_of_picture_is_drawn(form: str, mode: str) -> None:
    if form == "WEBP" and mode in {"P", "L", "LA", "1"}:
        pytest.skip("WebP knows no such pictures")
    drawn = pictures.redraw(io.BytesIO(samples.picture(form, mode=mode)))
    assert drawn is not None
    assert (drawn.width, drawn.height) == (40, 30)


def test_a_large_picture_becomes_one_that_fits_a_screen() -> None:
    drawn = pictures.redraw(io.BytesIO(samples.picture("JPEG", size=(4000, 10))))
    assert drawn is not None
    assert drawn.width == pictures.LONGEST_EDGE


def test_what_follows_a_picture_is_left_behind() -> None:
    drawn = pictures.redraw(io.BytesIO(samples.picture() + b"<script>alert(1)</script>"))
    assert drawn is not None
    drawn.content.seek(0)
    assert b"script" not in drawn.content.read()


def test_a_small_picture_is_small() -> None:
    small = pictures.thumbnail(io.BytesIO(samples.picture(size=(2000, 1000))))
    assert small is not None
    assert (small.width, small.height) == (320, 160)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", samples.picture()[:60], samples.huge_picture(), samples.SVG]
)
def test_what_can_not_be_drawn_is_none(content: bytes) -> None:
    assert pictures.redraw(io.BytesIO(content)) is None
    assert pictures.thumbnail(io.BytesIO(content)) is None


def test_too_many_pixels_are_told_by_the_head() -> None:
    assert pictures.measure(io.BytesIO(samples.huge_picture())) is None
    assert pictures.measure(io.BytesIO(samples.picture())) == (40, 30)
