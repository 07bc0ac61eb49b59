"""Names of files: what a person sees and saves again. They never name anything on the server."""

from __future__ import annotations

import re
import unicodedata

from app.files.kinds import OTHER, MediaType

LONGEST = 160  # characters
_SEPARATORS = re.compile(r"[/\\]")
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')  # on Windows
_BLANKS = re.compile(r"\s+")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
# What a double click runs on some system. A name in front of it, such as `invoice.pdf.exe`, hides it.
RUNS = frozenset(
    """.app .bat .chm .cmd .com .cpl .dll .exe .gadget .hta .inf .jar .js .jse .lnk .msc .msi .msp .pif .ps1 .psm1 .reg
    .scf .scr .sct .sh .url .vb .vbe .vbs .ws .wsc .wsf .wsh .xll
    """.split()
)


def clean_name(raw: str, media_type: MediaType = OTHER) -> str:
    """A name without folders and without characters that are not seen or mean something to a system. Where its extension
    does not belong to what the content shows, the right one is put behind it.
    """
    text = unicodedata.normalize("NFC", _SEPARATORS.split(raw)[-1])
    text = "".join(each for each in _BLANKS.sub(" ", text) if each.isprintable())
    text = _NOT_IN_NAMES.sub("_", text).strip(" .")
    if _DEVICES.match(text):
        text = f"_{text}"
    if media_type.extensions and extension_of(text) not in media_type.extensions:
        text = f"{text or 'file'}{media_type.extensions[0]}"
    return _shortened(text or "file")


def extension_of(name: str) -> str:
    """The extension in lower case with its dot; "" where there is none."""
    stem, dot, end = name.rpartition(".")
    found = f"{dot}{end}".lower()
    return found if stem and _EXTENSION.fullmatch(found) else ""


def _shortened(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    end = extension_of(name)
    return name[: LONGEST - len(end)].rstrip(" .") + end
