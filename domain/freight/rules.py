"""What delivery costs, and what makes an arrangement of rules whole: pure judgement on values."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Bilingual, Sentence
from domain.kernel.money import LARGEST_FEN
from domain.kernel.problems import MISSING, OUT_OF_RANGE, REPEATED, TOO_LONG, TOO_MANY

MOST_RULES = 100
MOST_REGIONS = 4_000
"""In all rules together; there are fewer provinces, cities and districts."""
LONGEST_TITLE = 60
MOST_GRAMS = 1_000_000
LEAST_STEP_GRAMS = 100
"""The heaviest cart that there can be then costs less than a client's numbers can hold."""
MOST_FIRST_FEN = 1_000_000
MOST_STEP_FEN = 100_000
NOT_A_REGION = ProblemKind(
    "not_a_region_prefix",
    Sentence(
        zh="地区编码为省 2 位、市 4 位或区县 6 位数字，末尾不补 00。",
        en="A region's code has the 2 digits of a province, 4 of a city or 6 of a district, "
        "without zeros behind them.",
    ),
)
NO_RULE_ELSEWHERE = ProblemKind(
    "no_rule_elsewhere",
    Sentence(
        zh="必须有一条不含地区的规则，适用于其他所有地区。",
        en="There must be one rule without regions, for everywhere else.",
    ),
)
SECOND_RULE_ELSEWHERE = ProblemKind(
    "second_rule_elsewhere",
    Sentence(
        zh="只能有一条不含地区的规则。", en="Only one rule may be without regions, for elsewhere."
    ),
)
NOT_DELIVERED_HAS_NO_PRICE = ProblemKind(
    "not_delivered_has_no_price",
    Sentence(zh="不配送的地区不能有运费。", en="What is not delivered has no price."),
)
_REGION = re.compile("[1-9][0-9](?:(?!00)[0-9]{2}){0,2}")
_LENGTHS_OF_CODES = (6, 4, 2, 0)


class FreightRule(msgspec.Struct, frozen=True, kw_only=True):
    """What delivery to some regions costs; without regions it is the rule for everywhere else.

    ``first_fen`` is for the first grams, ``step_fen`` for each further step that is begun. From
    goods of ``free_from_fen`` on it costs nothing; None for never.
    """

    title: Bilingual
    region_codes: tuple[str, ...] = ()
    is_delivered: bool = True
    first_grams: int = 1_000
    first_fen: int = 0
    step_grams: int = 1_000
    step_fen: int = 0
    free_from_fen: int | None = None


Rules = tuple[FreightRule, ...]

BEFORE_ANY: Rules = (FreightRule(title=Bilingual("全国包邮", "Free delivery everywhere")),)
"""Version 0: what is in force before operators have arranged anything."""


@dataclass(frozen=True, slots=True)
class FreightCharge:
    """What delivery costs: ``list_fen``, of which nothing is charged where it is free."""

    title: Bilingual
    list_fen: int
    is_free: bool
    """Whether the goods have reached the rule's value."""

    @property
    def charged_fen(self) -> int:
        """What is to be paid."""
        return 0 if self.is_free else self.list_fen

    @property
    def reduced_fen(self) -> int:
        """What the value of the goods takes off the list price."""
        return self.list_fen - self.charged_fen


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """Nothing is delivered to the region, by the rule with that title."""

    title: Bilingual


def freight(
    rules: Sequence[FreightRule], region_code: str, grams: int, goods_fen: int
) -> FreightCharge | NotDelivered:
    """What it costs to deliver so many grams of goods for so many fen to the region.

    The rules are whole, as `problems_of` says. ``goods_fen`` is what the goods cost after all
    reductions. ValueError for less than nothing.
    """
    if grams < 0 or goods_fen < 0:
        raise ValueError(f"{grams} grams for {goods_fen} fen")
    rule = rule_for(rules, region_code)
    if not rule.is_delivered:
        return NotDelivered(rule.title)
    is_free = rule.free_from_fen is not None and goods_fen >= rule.free_from_fen
    return FreightCharge(rule.title, by_weight_fen(rule, grams), is_free)


def by_weight_fen(rule: FreightRule, grams: int) -> int:
    """What so many grams cost by the rule, whatever the goods are worth."""
    steps = -(-max(grams - rule.first_grams, 0) // rule.step_grams)
    return rule.first_fen + steps * rule.step_fen


def rule_for(rules: Sequence[FreightRule], region_code: str) -> FreightRule:
    """The rule with the longest beginning of the region's code, or the one for everywhere else."""
    return rule_in(by_beginning(rules), region_code)


def by_beginning(rules: Sequence[FreightRule]) -> Mapping[str, FreightRule]:
    """The rules by each beginning that they are for; the one for everywhere else by none."""
    return {code: rule for rule in rules for code in rule.region_codes or ("",)}


def rule_in(by_code: Mapping[str, FreightRule], region_code: str) -> FreightRule:
    """As `rule_for`, where many look: of the rules `by_beginning`."""
    beginnings = (region_code[:length] for length in _LENGTHS_OF_CODES)
    return next(by_code[each] for each in beginnings if each in by_code)


def problems_of(rules: Sequence[FreightRule]) -> list[Problem]:
    """All that keeps the rules from being an arrangement, each with the path of its field.

    Whether there is a region of a code is not looked at: one that nobody lives in matches nobody.
    """
    return [
        *_counts(rules),
        *_elsewhere(rules),
        *_regions(rules),
        *(
            problem
            for number, rule in enumerate(rules)
            for problem in (*_title(f"rules.{number}.title", rule.title), *_figures(number, rule))
        ),
    ]


def _counts(rules: Sequence[FreightRule]) -> Iterator[Problem]:
    if len(rules) > MOST_RULES:
        yield TOO_MANY.at("rules", most=MOST_RULES)
    if sum(len(rule.region_codes) for rule in rules) > MOST_REGIONS:
        yield TOO_MANY.at("rules.regionCodes", most=MOST_REGIONS)


def _elsewhere(rules: Sequence[FreightRule]) -> Iterator[Problem]:
    without = [number for number, rule in enumerate(rules) if not rule.region_codes]
    if not without:
        yield NO_RULE_ELSEWHERE.at("rules")
    for number in without[1:]:
        yield SECOND_RULE_ELSEWHERE.at(f"rules.{number}.regionCodes")


def _regions(rules: Sequence[FreightRule]) -> Iterator[Problem]:
    """Codes that are none, and those that are there again."""
    seen: Counter[str] = Counter()
    for number, rule in enumerate(rules):
        for place, code in enumerate(rule.region_codes):
            path = f"rules.{number}.regionCodes.{place}"
            if not _REGION.fullmatch(code):
                yield NOT_A_REGION.at(path)
            elif seen[code]:
                yield REPEATED.at(path, value=code)
            seen[code] += 1


def _title(path: str, title: Bilingual) -> Iterator[Problem]:
    for language, text in (("zh", title.zh), ("en", title.en)):
        if not text.strip():
            yield MISSING.at(f"{path}.{language}")
        elif len(text) > LONGEST_TITLE:
            yield TOO_LONG.at(f"{path}.{language}", most=LONGEST_TITLE)


def _figures(number: int, rule: FreightRule) -> Iterator[Problem]:
    bounds = {
        "firstGrams": (rule.first_grams, 0, MOST_GRAMS),
        "firstFee": (rule.first_fen, 0, MOST_FIRST_FEN),
        "stepGrams": (rule.step_grams, LEAST_STEP_GRAMS, MOST_GRAMS),
        "stepFee": (rule.step_fen, 0, MOST_STEP_FEN),
        "freeFrom": (rule.free_from_fen or 0, 0, LARGEST_FEN),
    }
    for name, (value, least, most) in bounds.items():
        if not least <= value <= most:
            yield OUT_OF_RANGE.at(f"rules.{number}.{name}", least=least, most=most)
    if not rule.is_delivered:
        prices = {
            "firstFee": rule.first_fen,
            "stepFee": rule.step_fen,
            "freeFrom": rule.free_from_fen,
        }
        for name, price in prices.items():
            if price:
                yield NOT_DELIVERED_HAS_NO_PRICE.at(f"rules.{number}.{name}")
