"""Names of files as people see them."""

import pytest

from app.files.kinds import JPEG, PDF, ZIP
from app.files.names import clean_name, extension_of


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("offer.pdf", "offer.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\offer.pdf", "offer.pdf"),
        ("\\\\server\\share\\x.pdf", "x.pdf"),
        ("a\0b\r\nc.pdf", "ab c.pdf"),
        ("invoice\u202efdp.pdf", "invoicefdp.pdf"),
        ('"><img src=x>.pdf', "___img src=x_.pdf"),
        ("  .. ", "file"),
        ("", "file"),
        ("...", "file"),
        ("con.txt", "_con.txt"),
        ("合同 2026.pdf", "合同 2026.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("a  b\u00a0c.pdf", "a b c.pdf"),
    ],
)
def test_a_name_is_a_name_and_nothing_else(raw: str, clean: str) -> None:
    found = clean_name(raw)
    assert found == clean
    assert not set('<>:"|?*/\\\0\r\n') & set(found)


def test_the_extension_belongs_to_the_content() -> None:
    assert clean_name("photo.png", JPEG) == "photo.png.jpg"
    assert clean_name("photo.JPEG", JPEG) == "photo.JPEG"
    assert clean_name("invoice.exe", PDF) == "invoice.exe.pdf"
    assert clean_name(".pdf", PDF) == "pdf.pdf"
    assert clean_name("plan.kmz", ZIP) == "plan.kmz", "many formats are archives"


def test_a_long_name_keeps_its_extension() -> None:
    found = clean_name("字" * 500 + ".docx")
    assert (len(found), extension_of(found)) == (160, ".docx")


@pytest.mark.parametrize(
    ("name", "extension"), [("a.TXT", ".txt"), (".bashrc", ""), ("a", ""), ("a.b c", ""), ("a.", "")]
)
def test_extensions(name: str, extension: str) -> None:
    assert extension_of(name) == extension
