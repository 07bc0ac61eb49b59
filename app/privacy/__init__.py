"""What is held of a person: the register, giving it out, erasing it."""

from app.privacy.register import COLUMNS, Registered, register_csv, register_of

__all__ = ["COLUMNS", "Registered", "register_csv", "register_of"]
