"""Several currencies: the codes that exist, and what an entity that allows several of them has besides its fields.

A record has one currency (the field `currency`) and one rate. Each money field keeps two values: in its own column what it
is in the company's currency, by which lists sort, filter and add up; beside it what was entered, in the record's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.definition.entity import Entity

CURRENCY_FIELD = "currency"
RATE_COLUMN = "currency__rate"  # the rate by which a record's amounts were converted
ORIGINAL_SUFFIX = "__original"  # of the column beside a money field
COMPANY_SUFFIX = "_company"  # of the company's value where records are read: `amount` is what was entered
RATE_SCALE = 8
RATES_ENTITY = "exchange_rate"  # where the pack names no other
RATE_FIELDS = ("currency", "valid_from", "rate")

# ISO 4217, active codes of money that people pay with (no funds codes, metals or test codes).
CURRENCIES = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
    CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD
    IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
    MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF
    YER ZAR ZMW""".split()
)


def converted_fields(entity: Entity) -> tuple[str, ...]:
    """The money fields that keep two values: all of an entity that has a currency, none of another."""
    if entity.currency is None:
        return ()
    return tuple(key for key, a_field in entity.fields.items() if a_field.type == "money")


def currency_field(company: str, allowed: list[str]) -> dict[str, Any]:
    """The canonical plain tree of the field `currency`: the allowed codes, the company's first, which is the default."""
    codes = sorted(allowed, key=lambda code: code != company)
    return {
        "type": "picklist",
        "label": {"en": "Currency", "zh": "币种"},
        "options": {code: {"label": {"*": code}} for code in codes},
        "required": True,
        "default": codes[0],
    }


def rates_entity(others: list[str]) -> dict[str, Any]:
    """The canonical plain tree of the entity of rates in its minimal form: how much of the company's currency one unit of
    another is worth, from a day on.
    """
    return {
        "label": {"en": "Exchange rate", "zh": "汇率"},
        "plural": {"en": "Exchange rates", "zh": "汇率"},
        "icon": "tag",
        "name_field": "number",
        "fields": {
            "number": {"type": "sequence", "pattern": "FX-{seq:05}", "label": {"en": "Number", "zh": "编号"}},
            "currency": {
                "type": "picklist",
                "required": True,
                "label": {"en": "Currency", "zh": "币种"},
                "options": {code: {"label": {"*": code}} for code in others},
            },
            "valid_from": {"type": "date", "required": True, "label": {"en": "Valid from", "zh": "生效日期"}},
            "rate": {
                "type": "decimal",
                "scale": RATE_SCALE,
                "min": "0.00000001",
                "required": True,
                "label": {"en": "Rate", "zh": "汇率"},
                "help": {
                    "en": "Units of the company's currency for one unit.",
                    "zh": "一单位该币种折合多少公司本位币。",
                },
            },
        },
        "keys": {
            "one_a_day": {
                "fields": ["currency", "valid_from"],
                "message": {"en": "There is a rate of that day already.", "zh": "该币种当天已有汇率。"},
            }
        },
        "list": {
            "columns": ["number", "currency", "valid_from", "rate"],
            "sort": ["-valid_from"],
            "filters": ["currency", "valid_from"],
        },
    }


def needed_of_rates(tree: Mapping[str, Any]) -> str | None:
    """The entity that must hold rates, by the plain tree of a pack: one is needed when there are other currencies."""
    said = tree.get("pack", {}).get("currency", {})
    if not isinstance(said, Mapping) or not (said.get("others") or said.get("rates")):
        return None
    return str(said.get("rates") or RATES_ENTITY)
