"""Templates: texts of mails, notifications and documents."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import FileName
from app.definition.text import ANY_LANGUAGE, Text
from app.frozen import dataclass

LanguageOrAny = Literal["en", "zh", "*"]


@dataclass(frozen=True, kw_only=True)
class Body:
    """A text, or the file beside the YAML that holds it. `content` is what the file held when the pack was loaded."""

    shorthand: ClassVar[str] = "text"
    alternatives: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({"text": (), "file": ()})
    text: str | None = attribute("Text", "The text itself.", default=None)
    file: FileName | None = attribute(
        "File", "Beside the YAML.", default=None, names="file", example="deal_won.en.html"
    )
    content: str = attribute("Content of the file", from_key=True, default="")

    @property
    def source(self) -> str:
        """The text, wherever it stands."""
        return self.content if self.text is None else self.text

    @property
    def is_html(self) -> bool:
        """Whether it is HTML: a file whose name says so, or a text that begins with an element."""
        return (self.file or "").endswith(".html") or self.source.lstrip().startswith("<")


@dataclass(frozen=True, kw_only=True)
class Template:
    """A text with values of a record in it."""

    key: str = key_attribute("template")
    label: Text = attribute("Label", "What people read.", default=Text())
    for_: Literal["mail", "notification", "document"] = attribute("For", "mail, notification or document.")
    entity: str | None = attribute("Entity", "Whose record it tells of.", default=None, names="entity")
    subject: Text = attribute("Subject", "Of a mail.", default=Text())
    body: Mapping[LanguageOrAny, Body] = attribute("Body", "By language.", bare=ANY_LANGUAGE)
    language: Literal["recipient", "en", "zh"] = attribute("Language", "Which one is sent.", default="recipient")
    marketing: bool = attribute(
        "Marketing", "A mail that nobody asked for: it can be unsubscribed, and goes to nobody who has.", default=False
    )
    consent: str | None = attribute(
        "Consent", "A yes/no field: the mail goes only where it is yes.", default=None, names="field"
    )
    tracked: str | None = attribute(
        "Tracked", "A yes/no field: where it is yes, that the mail was opened and its links followed is noted.",
        default=None, names="field",
    )  # fmt: skip

    def body_in(self, language: str) -> Body:
        """The body in a language; else the one for all; else the first."""
        bodies: Mapping[str, Body] = self.body  # type: ignore[assignment]
        return bodies.get(language) or bodies.get(ANY_LANGUAGE) or next(iter(bodies.values()))

    def source(self, language: str) -> str:
        """The text of that body."""
        return self.body_in(language).source
