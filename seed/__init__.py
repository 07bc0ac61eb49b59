"""Demonstration data: an invented company with its people, accounts and deals, in English and Chinese."""

from .dataset import Amendment, Dataset, Person, Row
from .generate import REFERENCE_DAY, generate

__all__ = ["REFERENCE_DAY", "Amendment", "Dataset", "Person", "Row", "generate"]
