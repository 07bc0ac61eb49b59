"""Invented firms and the people who work there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from . import names
from .dataset import Amendment, Row, Value
from .organisation import LEADS, PLACE_OF, SELLERS, SPEAKS_ENGLISH
from .texts import Pair

TEAM_OF_REGION = {"east": "east", "north": "north", "south": "south", "west": "south"}
REGION_WEIGHTS = {"east": 36, "north": 23, "south": 18, "west": 8, "overseas": 15}
SIZES = {"large": 15, "medium": 40, "small": 45}
EMPLOYEES = {"large": (1000, 12000), "medium": (100, 990), "small": (4, 95)}
MOBILE_PREFIXES = ("130", "132", "135", "136", "137", "138", "139", "150", "158", "177", "186", "188")
WITHOUT_FORM = ("学校", "医院", "中心", "委员会")
INDIVIDUALS = 0.03
SUBSIDIARIES = 0.07
LED_BY_MANAGER = 0.04


@dataclass(frozen=True)
class Firm:
    """What is fixed of an account before anything happens with it. Of an `english` one people write in English."""

    key: str
    name: str
    brand: str
    domain: str
    english: bool
    individual: bool
    industry: str
    size: str
    region: str
    city: tuple[str, ...]
    owner: str
    head_office: str | None

    def say(self, pair: Pair) -> str:
        """The half of a (Chinese, English) pair in which one writes of this firm."""
        return pair[1] if self.english else pair[0]


@dataclass(frozen=True)
class Someone:
    """A contact: the row to create, and what others need to know of it."""

    key: str
    firm: str
    row: Row
    decides: bool


def weighted(draw: Random, weights: dict[str, int]) -> str:
    """One of the keys, by weight."""
    return draw.choices(tuple(weights), tuple(weights.values()))[0]


def place(login: str) -> dict[str, Value]:
    """The values `owner`, `department` and `team` of what someone owns."""
    department, team = PLACE_OF[login]
    return {
        "owner": ("user", login),
        "department": ("department", department),
        "team": ("team", team) if team else None,
    }


def draw_firms(draw: Random, count: int) -> tuple[Firm, ...]:
    """`count` firms with names and domains of their own. Some belong to an earlier large one and share its brand."""
    firms: list[Firm] = []
    names_taken: set[str] = set()
    domains: Counter[str] = Counter()
    while len(firms) < count:
        firm = _draw_firm(draw, f"account_{len(firms) + 1}", firms)
        if firm.name in names_taken:
            continue
        names_taken.add(firm.name)
        domains[firm.domain] += 1
        if domains[firm.domain] > 1:
            firm = replace(firm, domain=firm.domain.replace(".example", f"{domains[firm.domain]}.example"))
        firms.append(firm)
    return tuple(firms)


def _draw_firm(draw: Random, key: str, earlier: list[Firm]) -> Firm:
    region = weighted(draw, REGION_WEIGHTS)
    english = region == "overseas"
    head = _draw_head_office(draw, earlier, english=english)
    industry = head.industry if head else weighted(draw, names.INDUSTRY_WEIGHTS)
    individual = head is None and not english and draw.random() < INDIVIDUALS
    size = "small" if individual else weighted(draw, SIZES)
    if english:
        city: tuple[str, ...] = tuple(str(part) for part in draw.choice(names.ENGLISH_PLACES))
        name, brand, domain = _english_name(draw, industry, city)
    else:
        city = draw.choice(names.CITIES[region])
        name, brand, domain = _chinese_name(draw, industry, city, size, head)
    if individual:
        (surname, surname_latin), (given, given_latin) = draw.choice(names.SURNAMES), draw.choice(names.GIVEN_NAMES)
        name, industry = f"{surname}{given}（个体）", draw.choice(("retail", "services", "hospitality"))
        brand, domain = f"{surname}{given}", f"{surname_latin}{given_latin}-{city[1]}.example"
    return Firm(
        key=key,
        name=name,
        brand=brand,
        domain=domain,
        english=english,
        individual=individual,
        industry=industry,
        size=size,
        region=region,
        city=city,
        owner=_draw_owner(draw, region),
        head_office=head.key if head else None,
    )


def _draw_head_office(draw: Random, earlier: list[Firm], *, english: bool) -> Firm | None:
    if english or draw.random() >= SUBSIDIARIES:
        return None
    large = [
        firm
        for firm in earlier[:400]
        if firm.size == "large" and not firm.english and firm.head_office is None and firm.industry != "government"
    ]
    return draw.choice(large) if large else None


def _english_name(draw: Random, industry: str, city: tuple[str, ...]) -> tuple[str, str, str]:
    brand = draw.choice(names.ENGLISH_FIRST) + draw.choice(names.ENGLISH_SECOND)
    trade = draw.choice(names.TRADES[industry][1])
    form = "" if industry == "government" else f" {city[2]}"
    return f"{brand} {trade}{form}", brand, f"{brand}-{trade.split()[0]}.example".lower()


def _chinese_name(
    draw: Random, industry: str, city: tuple[str, ...], size: str, head: Firm | None
) -> tuple[str, str, str]:
    first, first_latin = draw.choice(names.BRAND_FIRST)
    second, second_latin = draw.choice([each for each in names.BRAND_SECOND if each[0] != first])
    if head:  # a branch: named after its head office
        return f"{head.name}-{city[0]}分公司", head.brand, f"{head.domain.split('-')[0]}-{city[1]}.example"
    brand, latin = first + second, first_latin + second_latin
    trade = draw.choice(names.TRADES[industry][0])
    if trade.endswith(WITHOUT_FORM):
        form = ""
    elif size == "large":
        form = draw.choice(("股份有限公司", "集团有限公司", "有限公司"))
    else:
        form = "有限公司"
    return f"{city[0]}{brand}{trade}{form}", brand, f"{latin}-{city[1]}.example"


def _draw_owner(draw: Random, region: str) -> str:
    if region == "overseas":
        return draw.choice([login for sellers in SELLERS.values() for login in sellers if login in SPEAKS_ENGLISH])
    team = TEAM_OF_REGION[region]
    return LEADS[team] if draw.random() < LED_BY_MANAGER else draw.choice(SELLERS[team])


def phone_of_office(draw: Random, firm: Firm) -> str:
    """A fixed line in E.164 form, from ranges kept for fiction or from a made-up exchange."""
    if firm.english:
        digits = int(firm.city[4])
        return f"{firm.city[3]}{draw.randrange(10**digits):0{digits}d}"
    return f"+86{firm.city[2]}5550{draw.randrange(10_000):04d}"


def phone_of_person(draw: Random, firm: Firm) -> str:
    """A mobile number in E.164 form; those of mainland China all have four zeros in the middle."""
    if firm.english:
        return phone_of_office(draw, firm)
    return f"+86{draw.choice(MOBILE_PREFIXES)}0000{draw.randrange(10_000):04d}"


def credit_code(firm: Firm, serial: int) -> str:
    """A unified social credit code with right check digits (GB 32100, GB 11714). No real one has TN in ninth place."""
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    body = f"TN{serial:06d}"
    total = sum(letters.index(each) * weight for each, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    organisation = body + "0123456789X0"[11 - total % 11]
    kind = "12" if firm.industry == "government" else "91"
    first = f"{kind}{firm.city[3]}{organisation}"
    allowed = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(allowed.index(each) * pow(3, position, 31) for position, each in enumerate(first))
    return first + allowed[-total % 31]


def facts_of(draw: Random, firm: Firm, serial: int) -> dict[str, Value]:
    """The values of an account that do not depend on what happened with it."""
    employees = None if firm.individual else draw.randint(*EMPLOYEES[firm.size])
    revenue = Decimal(employees * draw.randint(180, 950)) * 1000 if employees and draw.random() < 0.8 else None
    number = draw.randint(1, 988)
    if firm.english:
        street = f"{number} {draw.choice(names.ENGLISH_STREETS)} {firm.city[1]}"
        address = {"country": names.COUNTRIES[firm.city[0]], "city": firm.city[0], "street": street}
    else:
        street = f"{draw.choice(names.ROADS)}{number}号{draw.choice(names.BUILDINGS)}"
        address = {"country": "CN", "city": f"{firm.city[0]}市", "street": street}
    return {
        "kind": "individual" if firm.individual else "enterprise",
        "name": firm.name,
        "uscc": None if firm.english or firm.individual else credit_code(firm, serial),
        "industry": firm.industry,
        "employees": employees,
        "annual_revenue": revenue,
        "size_class": firm.size,
        "region": firm.region,
        "address": address,
        "website": None if firm.individual else f"https://www.{firm.domain}",
        **place(firm.owner),
    }


def draw_people(draw: Random, firm: Firm, count: int, key: int) -> tuple[list[Someone], list[Amendment]]:
    """`count` contacts of a firm, the first of whom decides, with keys from `key` on; and who reports to whom."""
    people: list[Someone] = []
    mails: set[str] = set()
    while len(people) < count:
        position = draw.choice(names.POSITIONS[: 2 if not people else None])
        name, local = _draw_name(draw, english=firm.english)
        if firm.individual and not people:
            name, local = firm.brand, firm.domain.split("-")[0]
        local = local if local not in mails else f"{local}{len(mails)}"
        mails.add(local)
        title, unit = firm.say(position[:2]), firm.say(position[2:4])
        values: dict[str, Value] = {
            "name": name,
            "account": ("account", firm.key),
            "title": None if firm.individual else title,
            "unit": None if firm.individual else unit,
            "mobile": phone_of_person(draw, firm),
            "phone": phone_of_office(draw, firm) if draw.random() < 0.3 else None,
            "email": f"{local}@{firm.domain}" if draw.random() < 0.85 else None,
            "wechat": f"wx_{local.replace('.', '_')}" if not firm.english and draw.random() < 0.5 else None,
            "buying_role": "decider" if not people else position[4],
            "influence": position[5],
            "preferred_channel": draw.choice(("phone", "phone", "mail", "meeting", "social", None)),
            **place(firm.owner),
        }
        values["marketing"] = values["email"] is not None and values["preferred_channel"] != "phone"
        row = Row(f"contact_{key + len(people)}", values)
        people.append(Someone(row.key, firm.key, row, decides=not people))
    superior = ("contact", people[0].key)
    reports = [Amendment("contact", one.key, {"reports_to": superior}) for one in people[1:] if draw.random() < 0.5]
    return people, reports


def _draw_name(draw: Random, *, english: bool) -> tuple[str, str]:
    if english:
        given, surname = draw.choice(names.ENGLISH_GIVEN), draw.choice(names.ENGLISH_SURNAMES)
        return f"{given} {surname}", f"{given}.{surname}".lower()
    (surname, surname_latin), (given, given_latin) = draw.choice(names.SURNAMES), draw.choice(names.GIVEN_NAMES)
    return surname + given, f"{given_latin}.{surname_latin}"
