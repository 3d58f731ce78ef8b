"""What makes a programme whole: every problem is found, and named by its field."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from domain.kernel.language import Bilingual
from domain.members.words import Channel
from domain.points.earning.checking import problems_of
from domain.points.earning.programme import (
    NOTHING_PUBLISHED,
    Bonus,
    Caps,
    GoodsRate,
    GoodsScope,
    Programme,
)
from domain.points.rules.validity import Validity, ValidityKind
from tests.make import NOON

TITLE = Bilingual("双倍", "Double")
KEYS = tuple(UUID(int=number) for number in range(1, 203))
WHOLE = Programme(
    base_rate_bp=10_000,
    rates=(
        GoodsRate(title=TITLE, goods=GoodsScope(KEYS[:1], KEYS[1:2]), rate_bp=0, window_days=0),
        GoodsRate(title=TITLE, goods=GoodsScope((), KEYS[2:3]), rate_bp=20_000),
    ),
    bonuses=(
        Bonus(
            title=TITLE,
            bonus_bp=10_000,
            starts_at=NOON,
            ends_at=NOON + timedelta(days=1),
            channels=tuple(Channel),
            tiers=("gold",),
            goods=GoodsScope(KEYS[:1]),
        ),
    ),
    caps=Caps(order=1_000, day=0, month=5_000, lifetime=10**9, balance=1),
    validity=Validity(ValidityKind.YEAR_END, cut=1001),
)
RATE, BONUS = WHOLE.rates[1], WHOLE.bonuses[0]


def found(**change: object) -> set[tuple[str, str]]:
    changed = msgspec.structs.replace(WHOLE, **change)
    return {(problem.path, problem.code) for problem in problems_of(changed)}


def rates(**change: object) -> tuple[GoodsRate, ...]:
    return (msgspec.structs.replace(RATE, **change),)


def bonuses(**change: object) -> tuple[Bonus, ...]:
    return (msgspec.structs.replace(BONUS, **change),)


def test_a_whole_programme_and_the_one_before_any_have_no_problem():
    assert problems_of(WHOLE) == []
    assert problems_of(NOTHING_PUBLISHED.programme) == []


@pytest.mark.parametrize(
    ("change", "path", "kind"),
    [
        ({"base_rate_bp": -1}, "baseRateBasisPoints", "out_of_range"),
        ({"base_rate_bp": 1_000_001}, "baseRateBasisPoints", "out_of_range"),
        ({"window_days": 181}, "windowDays", "out_of_range"),
        ({"rates": rates(rate_bp=-1)}, "rates.0.rateBasisPoints", "out_of_range"),
        ({"rates": rates(title=Bilingual("双倍", " "))}, "rates.0.title.en", "missing"),
        ({"rates": rates(title=Bilingual("双" * 61, "x"))}, "rates.0.title.zh", "too_long"),
        ({"rates": rates(goods=GoodsScope())}, "rates.0.productIds", "missing"),
        ({"rates": rates(window_days=-1)}, "rates.0.windowDays", "out_of_range"),
        ({"rates": (RATE, *rates())}, "rates.1.categoryIds.0", "repeated"),
        ({"rates": rates(goods=GoodsScope(KEYS[:1] * 2))}, "rates.0.productIds.1", "repeated"),
        ({"rates": rates(goods=GoodsScope(KEYS[:201]))}, "rates.0.productIds", "too_many"),
        ({"rates": tuple(
            each for n in range(51) for each in rates(goods=GoodsScope(KEYS[n : n + 1]))
        )}, "rates", "too_many"),
        ({"bonuses": bonuses() * 51}, "bonuses", "too_many"),
        ({"bonuses": bonuses(bonus_bp=0)}, "bonuses.0.bonusBasisPoints", "out_of_range"),
        ({"bonuses": bonuses(title=Bilingual("", "x"))}, "bonuses.0.title.zh", "missing"),
        ({"bonuses": bonuses(ends_at=NOON)}, "bonuses.0.endsAt", "ends_before_start"),
        ({"bonuses": bonuses(tiers=("a", "a"))}, "bonuses.0.tiers.1", "repeated"),
        ({"bonuses": bonuses(tiers=(" ",))}, "bonuses.0.tiers.0", "missing"),
        ({"bonuses": bonuses(tiers=("t" * 41,))}, "bonuses.0.tiers.0", "too_long"),
        ({"bonuses": bonuses(tiers=tuple("abcdefghijklmnopqrstu"))}, "bonuses.0.tiers", "too_many"),
        ({"bonuses": bonuses(channels=(Channel.PAD,) * 2)}, "bonuses.0.channels.1", "repeated"),
        ({"bonuses": bonuses(goods=GoodsScope((), KEYS[:1] * 2))},
         "bonuses.0.categoryIds.1", "repeated"),
        ({"caps": Caps(day=-1)}, "caps.day", "out_of_range"),
        ({"caps": Caps(balance=10**9 + 1)}, "caps.balance", "out_of_range"),
        ({"validity": Validity(ValidityKind.DAYS)}, "validity", "not_possible_validity"),
        ({"validity": Validity(ValidityKind.SLIDING, 3_661)}, "validity", "not_possible_validity"),
        ({"validity": Validity(ValidityKind.NEVER, 1)}, "validity", "not_possible_validity"),
        ({"validity": Validity(ValidityKind.YEAR_END, cut=431)},
         "validity", "not_possible_validity"),
    ],
)  # fmt: skip
def test_each_problem_is_named_by_its_field_and_no_other_is_found(
    change: dict[str, object], path: str, kind: str
):
    assert found(**change) == {(path, kind)}
