"""Demonstration data: an invented company with its people, accounts and deals, in English and Chinese."""

from .dataset import Amendment, Answer, Attachment, Dataset, Past, Person, Row, Wish
from .generate import REFERENCE_DAY, generate

__all__ = [
    "REFERENCE_DAY",
    "Amendment",
    "Answer",
    "Attachment",
    "Dataset",
    "Past",
    "Person",
    "Row",
    "Wish",
    "generate",
]
