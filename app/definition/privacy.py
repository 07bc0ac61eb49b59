"""What is said of data about people and of secrets: how it is shown, why it is kept, how long."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from app.definition.attributes import attribute
from app.definition.grammars import Duration, Expression
from app.definition.text import Text
from app.frozen import dataclass

CATEGORIES: Mapping[str, Text] = MappingProxyType(
    {
        key: Text({"en": english, "zh": chinese})
        for key, english, chinese in (
            ("identity", "Who somebody is: name, birthday", "身份：姓名、生日"),
            ("contact", "How to reach somebody", "联系方式"),
            ("work", "Position and employer", "职务与任职单位"),
            ("words", "What was said and written", "沟通内容"),
            ("habits", "Preferences and habits", "偏好与习惯"),
            ("image", "Pictures", "影像"),
            ("pay", "Pay and bank accounts", "薪酬与银行账户"),
            ("document", "Numbers and copies of identity papers", "证件号码与影印件"),
            ("health", "Health", "健康"),
            ("location", "Where somebody is", "行踪轨迹"),
            ("belief", "Belief and opinion", "信仰与观点"),
            ("child", "Children under 14", "不满十四周岁未成年人"),
            ("consent", "What somebody agreed to", "同意记录"),
            ("other", "Other", "其他"),
        )
    }
)
"""Kinds of personal data, with what the register calls them."""
SENSITIVE_CATEGORIES = frozenset({"pay", "document", "health", "location", "belief", "child"})
"""Kinds for which the law asks a consent of its own (PIPL 28 and 29; GDPR 9 for some)."""

MARKETING = "marketing"
"""The purpose of a consent that mails to many and marketing mails ask for."""

MaskPattern = Literal["phone", "email", "name", "last4", "all"]


@dataclass(frozen=True, kw_only=True)
class Sensitive:
    """A value that not everyone who reads the record needs to read."""

    mask: MaskPattern | None = attribute("Mask", "How it is shown to whom no role grants more.", default=None)
    encrypt: bool = attribute("Encrypt", "Stored encrypted; it can't be searched or sorted by.", default=False)


@dataclass(frozen=True, kw_only=True)
class Personal:
    """Data of a person: of which kind, what for, and how long it is kept."""

    category: str = attribute("Category", f"Kind of data: {', '.join(CATEGORIES)}.", example="contact")
    purpose: str | None = attribute("Purpose", "What it is kept for.", default=None, example="contract")
    retention: Duration | None = attribute(
        "Retention", "Erased when its record was left alone for so long.", default=None, example="5 years"
    )


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What somebody agrees to where the field is yes."""

    purpose: str = attribute(
        "Purpose", f"What it is agreed to for; mails to many and marketing mails ask for `{MARKETING}`.",
        example="marketing", pattern=r"^[a-z][a-z0-9_]{0,39}$",
    )  # fmt: skip
    text: Text = attribute("Text", "The wording that is agreed to; each consent keeps the one that it was given to.")


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What becomes of old records."""

    after: Duration = attribute("After", "How old they must be.", example="5 years")
    since: str = attribute("Since", "The date that counts.", default="updated_at", names="field")
    where: Expression | None = attribute("Where", "Only records for which this holds.", default=None, profile="filter")
    action: Literal["erase", "anonymise", "archive"] = attribute(
        "Action", "What is done with them: they go for good, lose what is personal, or go into the bin."
    )
