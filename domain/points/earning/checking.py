"""What keeps a programme from being published: every problem, each with the path of its field."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Bilingual, Sentence
from domain.kernel.problems import MISSING, OUT_OF_RANGE, REPEATED, TOO_LONG, TOO_MANY
from domain.points.earning.programme import Bonus, GoodsScope, Programme
from domain.points.rules.validity import MOST_DAYS, MOST_MONTHS, Validity

MOST_RATES = 50
MOST_BONUSES = 50
MOST_GOODS = 200
"""Products and categories of one rate or bonus together."""
MOST_TIERS = 20
LONGEST_TITLE = 60
LONGEST_TIER = 40
HIGHEST_RATE_BP = 1_000_000
"""A hundred points per yuan."""
HIGHEST_BONUS_BP = 100_000
"""Ten times as many points on top."""
HIGHEST_CAP = 1_000_000_000
LONGEST_WINDOW_DAYS = 180

ENDS_BEFORE_START = ProblemKind(
    "ends_before_start",
    Sentence(zh="结束时间必须晚于开始时间。", en="It must end after it starts."),
)
NOT_POSSIBLE = ProblemKind(
    "not_possible_validity",
    Sentence(
        zh="有效期须与方式相符：天数 1 到 {days}，月数 1 到 {months}，截止日须是日历上的日期。",
        en="It must have what its kind needs and no more: from 1 to {days} days, from 1 to "
        "{months} months, or a cut that is a date.",
    ),
)


def problems_of(programme: Programme) -> list[Problem]:
    """All that keeps a programme from being whole.

    Whether there are products and categories of the ids is not looked at: what is not there is
    not bought.
    """
    return [
        *_between("baseRateBasisPoints", programme.base_rate_bp, 0, HIGHEST_RATE_BP),
        *_between("windowDays", programme.window_days, 0, LONGEST_WINDOW_DAYS),
        *_rates(programme),
        *_bonuses(programme.bonuses),
        *_caps(programme),
        *_validity(programme.validity),
    ]


def _rates(programme: Programme) -> Iterator[Problem]:
    rates = programme.rates
    if len(rates) > MOST_RATES:
        yield TOO_MANY.at("rates", most=MOST_RATES)
    seen: set[UUID] = set()
    for number, rate in enumerate(rates):
        path = f"rates.{number}"
        yield from _title(f"{path}.title", rate.title)
        yield from _between(f"{path}.rateBasisPoints", rate.rate_bp, 0, HIGHEST_RATE_BP)
        yield from _goods(path, rate.goods, seen)
        if rate.goods.is_empty:
            yield MISSING.at(f"{path}.productIds")
        if rate.window_days is not None:
            yield from _between(f"{path}.windowDays", rate.window_days, 0, LONGEST_WINDOW_DAYS)


def _bonuses(bonuses: Sequence[Bonus]) -> Iterator[Problem]:
    if len(bonuses) > MOST_BONUSES:
        yield TOO_MANY.at("bonuses", most=MOST_BONUSES)
    for number, bonus in enumerate(bonuses):
        path = f"bonuses.{number}"
        yield from _title(f"{path}.title", bonus.title)
        yield from _between(f"{path}.bonusBasisPoints", bonus.bonus_bp, 1, HIGHEST_BONUS_BP)
        yield from _goods(path, bonus.goods, set())
        yield from _once(f"{path}.channels", bonus.channels)
        yield from _tiers(f"{path}.tiers", bonus.tiers)
        if bonus.starts_at and bonus.ends_at and bonus.ends_at <= bonus.starts_at:
            yield ENDS_BEFORE_START.at(f"{path}.endsAt")


def _goods(path: str, goods: GoodsScope, seen: set[UUID]) -> Iterator[Problem]:
    """Too many, and those that are there again: here, or where else ``seen`` has them from."""
    if len(goods.product_ids) + len(goods.category_ids) > MOST_GOODS:
        yield TOO_MANY.at(f"{path}.productIds", most=MOST_GOODS)
    lists = (("productIds", goods.product_ids), ("categoryIds", goods.category_ids))
    for name, keys in lists:
        for place, key in enumerate(keys):
            if key in seen:
                yield REPEATED.at(f"{path}.{name}.{place}", value=str(key))
            seen.add(key)


def _tiers(path: str, tiers: Sequence[str]) -> Iterator[Problem]:
    if len(tiers) > MOST_TIERS:
        yield TOO_MANY.at(path, most=MOST_TIERS)
    yield from _once(path, tiers)
    for place, tier in enumerate(tiers):
        if not tier.strip():
            yield MISSING.at(f"{path}.{place}")
        elif len(tier) > LONGEST_TIER:
            yield TOO_LONG.at(f"{path}.{place}", most=LONGEST_TIER)


def _once(path: str, words: Sequence[str]) -> Iterator[Problem]:
    for place, word in enumerate(words):
        if word in words[:place]:
            yield REPEATED.at(f"{path}.{place}", value=str(word))


def _title(path: str, title: Bilingual) -> Iterator[Problem]:
    for language, text in (("zh", title.zh), ("en", title.en)):
        if not text.strip():
            yield MISSING.at(f"{path}.{language}")
        elif len(text) > LONGEST_TITLE:
            yield TOO_LONG.at(f"{path}.{language}", most=LONGEST_TITLE)


def _caps(programme: Programme) -> Iterator[Problem]:
    caps = programme.caps
    named = {
        "order": caps.order,
        "day": caps.day,
        "month": caps.month,
        "lifetime": caps.lifetime,
        "balance": caps.balance,
    }
    for name, cap in named.items():
        if cap is not None:
            yield from _between(f"caps.{name}", cap, 0, HIGHEST_CAP)


def _validity(validity: Validity) -> Iterator[Problem]:
    if not validity.is_possible:
        yield NOT_POSSIBLE.at("validity", days=MOST_DAYS, months=MOST_MONTHS)


def _between(path: str, value: int, least: int, most: int) -> Iterator[Problem]:
    if not least <= value <= most:
        yield OUT_OF_RANGE.at(path, least=least, most=most)
