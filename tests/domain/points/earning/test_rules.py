"""What an order earns: worked examples, and what holds for all orders and all programmes."""

from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.language import Bilingual
from domain.members.words import Channel
from domain.points.earning.programme import (
    Bonus,
    Caps,
    Edition,
    GoodsRate,
    GoodsScope,
    Programme,
)
from domain.points.earning.rules import (
    NOTHING_YET,
    Cap,
    Circumstances,
    Earning,
    EarningLine,
    Totals,
    periods_at,
    plan_of,
    settles_at,
)
from tests.make import NOON

TITLE = Bilingual("规则", "Rule")
PLUSH, SWEETS, GIFTS = (UUID(int=number) for number in range(1, 4))
BEAR, SEAL, TOFFEE = (UUID(int=number) for number in range(11, 14))
SHELVES = {BEAR: (PLUSH, GIFTS), SEAL: (PLUSH, GIFTS), TOFFEE: (SWEETS,)}
"""Each product's category and those above it."""
HERE = Circumstances(NOON, Channel.MINI_PROGRAM)


def lines(*bases: tuple[UUID, int]) -> list[EarningLine]:
    return [
        EarningLine(number, product, SHELVES[product], fen)
        for number, (product, fen) in enumerate(bases, start=1)
    ]


def programme(base_rate_bp: int = 10_000, **more: object) -> Programme:
    return msgspec.structs.replace(Programme(base_rate_bp=base_rate_bp), **more)


def rate(rate_bp: int, *, products: tuple[UUID, ...] = (), categories: tuple[UUID, ...] = (),
         window_days: int | None = None) -> GoodsRate:  # fmt: skip
    goods = GoodsScope(products, categories)
    return GoodsRate(title=TITLE, goods=goods, rate_bp=rate_bp, window_days=window_days)


def bonus(bonus_bp: int, **more: object) -> Bonus:
    return msgspec.structs.replace(Bonus(title=TITLE, bonus_bp=bonus_bp), **more)


def plan(
    bought: list[EarningLine],
    rules: Programme,
    circumstances: Circumstances = HERE,
    totals: Totals = NOTHING_YET,
) -> Earning:
    return plan_of(bought, Edition(7, rules), circumstances, totals=totals)


def granted(earning: Earning) -> list[int]:
    return [line.granted for line in earning.lines]


def test_points_are_rounded_down_once_for_the_order_not_for_each_line():
    earning = plan(lines((BEAR, 150), (SEAL, 150), (TOFFEE, 199)), programme())
    assert (earning.version, earning.wanted, earning.granted) == (7, 4, 4)
    # 1.20, 1.20 and 1.60 of four: the one left over goes to the largest remainder.
    assert granted(earning) == [1, 1, 2]


def test_bonuses_are_added_not_multiplied_and_rounded_down_once_more():
    doubled, tenth = bonus(10_000), bonus(1_000)
    earning = plan(lines((BEAR, 1_999)), programme(bonuses=(doubled, doubled, tenth)))
    # 19 points, 210 per cent on top of them: 39.9.
    assert (earning.wanted, earning.bonuses) == (19 + 39, (doubled, doubled, tenth))
    assert [line.bonus_bp for line in earning.lines] == [21_000]


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ((), [10, 10, 10]),
        ((rate(20_000, categories=(GIFTS,)),), [20, 20, 10]),
        ((rate(20_000, categories=(GIFTS,)), rate(30_000, categories=(PLUSH,))), [30, 30, 10]),
        ((rate(30_000, categories=(PLUSH,)), rate(50_000, products=(SEAL,))), [30, 50, 10]),
        ((rate(0, products=(SEAL,)), rate(30_000, categories=(PLUSH,))), [30, 0, 10]),
    ],
)
def test_of_the_rates_the_most_specific_one_applies(
    rates: tuple[GoodsRate, ...], expected: list[int]
):
    bought = lines((BEAR, 1_000), (SEAL, 1_000), (TOFFEE, 1_000))
    assert granted(plan(bought, programme(rates=rates))) == expected
    assert granted(plan(bought, programme(rates=rates[::-1]))) == expected


def test_each_line_keeps_its_rate_and_how_long_it_may_be_returned():
    rates = (rate(5_000, products=(BEAR,), window_days=0), rate(20_000, products=(TOFFEE,)))
    earning = plan(lines((BEAR, 100), (SEAL, 100), (TOFFEE, 100)), programme(rates=rates))
    told = [(line.rate_bp, line.window_days, line.base_fen) for line in earning.lines]
    assert told == [(5_000, 0, 100), (10_000, 7, 100), (20_000, 7, 100)]


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("condition", "circumstances", "applies"),
    [
        ({"starts_at": NOON}, HERE, True),
        ({"starts_at": NOON + SECOND}, HERE, False),
        ({"ends_at": NOON + SECOND}, HERE, True),
        ({"ends_at": NOON}, HERE, False),
        ({"channels": (Channel.PAD, Channel.MINI_PROGRAM)}, HERE, True),
        ({"channels": (Channel.PAD,)}, HERE, False),
        ({"tiers": ("gold",)}, HERE, False),
        ({"tiers": ("gold",)}, Circumstances(NOON, Channel.PAD, "gold"), True),
        ({"tiers": ("gold",)}, Circumstances(NOON, Channel.PAD, "silver"), False),
        ({"goods": GoodsScope((BEAR,))}, HERE, True),
        ({"goods": GoodsScope((), (GIFTS,))}, HERE, True),
        ({"goods": GoodsScope((SEAL,), (SWEETS,))}, HERE, False),
    ],
)
def test_a_bonus_applies_where_all_its_conditions_hold(
    condition: dict[str, object], circumstances: Circumstances, *, applies: bool
):
    given = bonus(10_000, **condition)
    earning = plan(lines((BEAR, 1_000)), programme(bonuses=(given,)), circumstances)
    assert (earning.wanted, earning.bonuses) == ((20, (given,)) if applies else (10, ()))


def test_a_bonus_is_on_the_points_of_its_own_lines_and_goes_to_them():
    own = bonus(10_000, goods=GoodsScope((), (SWEETS,)))
    earning = plan(lines((BEAR, 1_000), (TOFFEE, 1_050)), programme(bonuses=(own,)))
    # 20 points by the rates, and the toffee's whole 10 again.
    assert earning.wanted == 30
    assert granted(earning) == [10, 20]
    assert [line.bonus_bp for line in earning.lines] == [0, 10_000]


@pytest.mark.parametrize(
    ("caps", "totals", "expected"),
    [
        (Caps(order=100), Totals(), (100, None)),
        (Caps(order=99), Totals(), (99, Cap.ORDER)),
        (Caps(order=0), Totals(), (0, Cap.ORDER)),
        (Caps(day=120), Totals(day=30), (90, Cap.DAY)),
        (Caps(day=120), Totals(month=30, lifetime=30, balance=30), (100, None)),
        (Caps(month=120), Totals(month=119), (1, Cap.MONTH)),
        (Caps(lifetime=120), Totals(lifetime=121), (0, Cap.LIFETIME)),
        (Caps(balance=1_000), Totals(balance=950), (50, Cap.BALANCE)),
        (Caps(order=80, day=100, month=500), Totals(day=20, month=430), (70, Cap.MONTH)),
        (Caps(order=80, day=80), Totals(), (80, Cap.ORDER)),
    ],
)
def test_caps_reduce_what_is_granted_and_the_tightest_is_named(
    caps: Caps, totals: Totals, expected: tuple[int, Cap | None]
):
    earning = plan(lines((BEAR, 6_000), (SEAL, 4_000)), programme(caps=caps), totals=totals)
    assert earning.wanted == 100
    assert (earning.granted, earning.limited_by) == expected


def test_nothing_is_earned_by_no_line_by_gifts_and_before_anything_was_published():
    doubled = programme(bonuses=(bonus(10_000),))
    assert plan([], doubled).granted == 0
    gifts = plan(lines((BEAR, 0), (SEAL, 99)), doubled)
    assert (gifts.granted, gifts.bonuses, granted(gifts)) == (0, (), [0, 0])
    assert plan(lines((BEAR, 100_000)), programme(0)).granted == 0


def test_a_line_that_was_paid_less_than_nothing_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="less than nothing"):
        plan(lines((BEAR, -1)), programme())


def test_periods_are_those_of_the_shops_clock():
    last_of_year = NOON.replace(month=12, day=31, hour=15, minute=59)
    before, after = periods_at(last_of_year), periods_at(last_of_year + timedelta(minutes=1))
    assert (before.day.first.day, before.month.first.month, before.month.last.day) == (31, 12, 31)
    assert before.day.ends == before.month.ends == after.day.begins == after.month.begins
    leap = periods_at(NOON.replace(year=2028, month=2, day=3))
    assert leap.month.last == date(2028, 2, 29)


@pytest.mark.parametrize("days", [0, 7, 30])
def test_points_settle_when_nothing_can_be_returned_any_more(days: int):
    assert settles_at(NOON, days) - NOON == timedelta(days=days)


_PRODUCTS = st.sampled_from([BEAR, SEAL, TOFFEE])
_KEYS = st.sampled_from([PLUSH, SWEETS, GIFTS])
_BASES = st.one_of(st.integers(0, 300), st.integers(0, 10**9))
_BOUGHT = st.lists(st.tuples(_PRODUCTS, _BASES), max_size=8)
_SCOPES = st.builds(
    GoodsScope,
    st.lists(_PRODUCTS, max_size=2).map(tuple),
    st.lists(_KEYS, max_size=2).map(tuple),
)
_BONUSES = st.builds(
    Bonus,
    title=st.just(TITLE),
    bonus_bp=st.integers(1, 100_000),
    goods=_SCOPES,
    channels=st.sampled_from([(), (Channel.MINI_PROGRAM,), (Channel.PAD,)]),
)
_RATES = st.builds(
    GoodsRate, title=st.just(TITLE), goods=_SCOPES, rate_bp=st.integers(0, 1_000_000)
)
_CAP = st.none() | st.integers(0, 5_000)
_PROGRAMMES = st.builds(
    Programme,
    base_rate_bp=st.integers(0, 50_000),
    rates=st.lists(_RATES, max_size=3).map(tuple),
    bonuses=st.lists(_BONUSES, max_size=3).map(tuple),
    caps=st.builds(Caps, order=_CAP, day=_CAP, month=_CAP, lifetime=_CAP, balance=_CAP),
)
_USED = st.integers(0, 6_000)
_TOTALS = st.builds(Totals, day=_USED, month=_USED, lifetime=_USED, balance=_USED)


@given(_BOUGHT, _PROGRAMMES, _TOTALS)
def test_whatever_is_bought_the_lines_add_up_and_no_cap_is_exceeded(
    bought: list[tuple[UUID, int]], rules: Programme, totals: Totals
):
    earning = plan(lines(*bought), rules, totals=totals)
    assert sum(line.wanted for line in earning.lines) == earning.wanted
    assert sum(line.granted for line in earning.lines) == earning.granted
    for line in earning.lines:
        assert 0 <= line.granted <= line.wanted
        assert line.wanted == 0 or line.base_fen * line.rate_bp > 0
    caps = rules.caps
    used = ((caps.day, totals.day), (caps.month, totals.month), (caps.order, 0),
            (caps.lifetime, totals.lifetime), (caps.balance, totals.balance))  # fmt: skip
    room = [max(cap - by_now, 0) for cap, by_now in used if cap is not None]
    assert earning.granted == min([earning.wanted, *room])
    assert (earning.limited_by is None) == (earning.granted == earning.wanted)


@given(_BOUGHT, st.integers(0, 1_000_000), st.lists(st.integers(1, 50_000), max_size=4))
def test_with_one_rate_for_all_it_is_the_formula_of_two_floors_split_by_base(
    bought: list[tuple[UUID, int]], rate_bp: int, bonuses: list[int]
):
    rules = programme(rate_bp, bonuses=tuple(bonus(bp) for bp in bonuses))
    earning = plan(lines(*bought), rules)
    points = sum(fen for _, fen in bought) * rate_bp // 1_000_000
    assert earning.wanted == points * (10_000 + sum(bonuses)) // 10_000
    whole = sum(fen for _, fen in bought)
    for line in earning.lines:
        assert abs(line.granted * whole - earning.wanted * line.base_fen) < max(whole, 1)


@given(_BOUGHT, _PROGRAMMES, st.tuples(_PRODUCTS, _BASES), _TOTALS)
def test_whoever_buys_more_never_earns_less(
    bought: list[tuple[UUID, int]], rules: Programme, more: tuple[UUID, int], totals: Totals
):
    less = plan(lines(*bought), rules, totals=totals)
    with_more = plan(lines(*bought, more), rules, totals=totals)
    assert with_more.wanted >= less.wanted
    assert with_more.granted >= less.granted


@given(_BOUGHT, _PROGRAMMES, _TOTALS)
def test_the_order_of_bonuses_changes_nothing(
    bought: list[tuple[UUID, int]], rules: Programme, totals: Totals
):
    other = msgspec.structs.replace(rules, bonuses=rules.bonuses[::-1])
    one, two = (
        plan(lines(*bought), rules, totals=totals),
        plan(lines(*bought), other, totals=totals),
    )
    assert (one.wanted, one.granted, one.lines) == (two.wanted, two.granted, two.lines)
