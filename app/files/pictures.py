"""Pictures: measured by their head, drawn anew without what the camera noted in them, made small.

A picture is read only by the readers of four formats and only when its head says that it is not too large; one at a time,
for a drawn picture takes a hundred times the memory of its file.
"""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from threading import Lock
from typing import BinaryIO

from PIL import Image, ImageOps

from app.frozen import dataclass

MOST_PIXELS = 50_000_000
LONGEST_EDGE = 2_560  # of a picture that is drawn anew: enough for a screen
THUMBNAIL_EDGE = 320
THUMBNAIL_TYPE = "image/webp"
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    TypeError,
    struct.error,
    Image.DecompressionBombError,
)
_one_at_a_time = Lock()

Image.MAX_IMAGE_PIXELS = None  # our own limit is held by `_open`, before anything is drawn


@dataclass(frozen=True)
class Picture:
    """A picture that was drawn: its content and its size in pixels."""

    content: BinaryIO
    width: int
    height: int


def measure(stream: BinaryIO) -> tuple[int, int] | None:
    """Width and height in pixels as its head states them; None for what is no picture of a known format."""
    with suppress(*_UNREADABLE), _opened(stream) as image:
        return image.size
    return None


def redraw(stream: BinaryIO) -> Picture | None:
    """The picture upright, at most LONGEST_EDGE long, in its own format (a GIF as PNG) and nothing but its pixels. None
    when it can't be drawn.
    """
    with suppress(*_UNREADABLE), _one_at_a_time, _opened(stream) as image:
        name = "PNG" if image.format == "GIF" else str(image.format)
        drawn = _drawn(image, LONGEST_EDGE)
        if name == "JPEG":
            return _written(drawn.convert("RGB"), name, quality=90, optimize=True)
        return _written(drawn, name, **({"quality": 90} if name == "WEBP" else {"optimize": True}))
    return None


def thumbnail(stream: BinaryIO) -> Picture | None:
    """The small picture of a picture, as WebP. None when it is too large or can't be drawn."""
    with suppress(*_UNREADABLE), _one_at_a_time, _opened(stream) as image:
        return _written(_drawn(image, THUMBNAIL_EDGE), "WEBP", quality=80)
    return None


def _opened(stream: BinaryIO) -> Image.Image:
    """Reads the head alone. Raises ValueError for too many pixels."""
    stream.seek(0)
    image = Image.open(stream, formats=_FORMATS)
    width, height = image.size
    if not 0 < width * height <= MOST_PIXELS:
        raise ValueError("too many pixels")
    return image


def _drawn(image: Image.Image, edge: int) -> Image.Image:
    image.draft("RGB", (edge, edge))  # a JPEG is read at a fraction of its size where that is enough
    upright = ImageOps.exif_transpose(image)
    if upright.mode not in {"RGB", "RGBA"}:
        has_alpha = upright.has_transparency_data
        upright = upright.convert("RGBA" if has_alpha else "RGB")
    upright.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    # Pixels alone: notes, profiles and comments stay behind.
    plain = Image.new(upright.mode, upright.size)
    plain.paste(upright)
    return plain


def _written(image: Image.Image, name: str, **how: object) -> Picture:
    content = io.BytesIO()
    image.save(content, name, **how)
    return Picture(content, image.width, image.height)
