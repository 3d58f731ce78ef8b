"""The price: sums to the fen, nothing below zero, and the same whatever the order of asking."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.allocation import largest_remainder
from domain.kernel.language import Bilingual
from domain.orders.pricing.pipeline import price
from domain.orders.pricing.values import (
    AmountOff,
    Benefit,
    FreeFreight,
    FreightCharge,
    Goods,
    PercentOff,
    Price,
    Scope,
    ThresholdBase,
    WhyNot,
)
from domain.orders.words import DiscountClass, Funder
from tests.make import NOON

TITLE = Bilingual("优惠", "Offer")
FREIGHT = FreightCharge(Bilingual("运费", "Freight"), 1_200)
PRODUCTS = [UUID(int=number) for number in range(1, 5)]


def goods(number: int, unit_fen: int, units: int = 1, product: int = 0) -> Goods:
    """A line of one of the products."""
    return Goods(number, UUID(int=100 + number), PRODUCTS[product], units, unit_fen)


def benefit(source: str, fen: int, kind: DiscountClass = DiscountClass.ORDER) -> Benefit:
    """So much off."""
    return Benefit(source, kind, TITLE, Funder.MERCHANT, AmountOff(fen))


lines = st.lists(
    st.builds(
        goods,
        number=st.integers(1, 50),
        unit_fen=st.integers(0, 500_000),
        units=st.integers(1, 99),
        product=st.integers(0, 3),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda line: line.number,
)
reductions = st.one_of(
    st.builds(AmountOff, fen=st.integers(0, 300_000)),
    st.builds(
        PercentOff,
        basis_points=st.integers(0, 10_000),
        most_fen=st.none() | st.integers(0, 100_000),
    ),
)
scopes = st.builds(
    Scope,
    product_ids=st.none() | st.frozensets(st.sampled_from(PRODUCTS)),
    excluded_product_ids=st.frozensets(st.sampled_from(PRODUCTS), max_size=2),
)
benefits = st.lists(
    st.builds(
        Benefit,
        source=st.integers(1, 99).map("coupon:{}".format),
        discount_class=st.sampled_from(DiscountClass),
        title=st.just(TITLE),
        funder=st.sampled_from(Funder),
        off=reductions,
        priority=st.integers(0, 2),
        threshold_fen=st.integers(0, 600_000),
        threshold_base=st.sampled_from(ThresholdBase),
        scope=scopes,
        combines_with=st.frozensets(st.sampled_from(DiscountClass)),
        exclusive_group=st.none() | st.sampled_from("ab"),
        is_exclusive=st.booleans(),
        starts_at=st.none() | st.sampled_from([NOON, NOON + timedelta(hours=1)]),
        ends_at=st.none() | st.sampled_from([NOON, NOON + timedelta(hours=2)]),
    ),
    max_size=6,
    unique_by=lambda each: each.source,
)


@given(lines, benefits, st.integers(0, 50_000))
def test_every_fen_is_explained(given_goods: list[Goods], given: list[Benefit], freight_fen: int):
    outcome = price(given_goods, FreightCharge(TITLE, freight_fen), given, at=NOON)
    for line in outcome.lines:
        assert line.list_fen == line.goods.list_fen
        assert line.payable_fen == line.list_fen - sum(each.fen for each in line.reductions)
        assert 0 <= line.payable_fen <= line.list_fen
        assert all(each.fen > 0 for each in line.reductions)
    freight = outcome.freight
    assert freight.list_fen == freight_fen
    assert freight.payable_fen == freight_fen - sum(each.fen for each in freight.reductions)
    assert freight.payable_fen >= 0
    assert outcome.payable_fen == (
        outcome.list_fen - outcome.discount_fen + freight.list_fen - outcome.freight_discount_fen
    )
    assert_each_is_told_once(outcome, given)


def assert_each_is_told_once(outcome: Price, given: Sequence[Benefit]) -> None:
    """A benefit has reduced something, or there is a reason why it has not; never both."""
    applied = sources_of(outcome)
    not_applied = [each.source for each in outcome.not_applied]
    assert sorted([*applied, *not_applied]) == sorted(each.source for each in given)


def sources_of(outcome: Price) -> set[str]:
    """What has reduced anything."""
    told = [
        *outcome.freight.reductions,
        *(each for line in outcome.lines for each in line.reductions),
    ]
    return {each.source for each in told}


@given(lines, benefits, st.randoms(use_true_random=False))
def test_the_order_of_asking_does_not_matter(
    given_goods: list[Goods], given: list[Benefit], random: Random
):
    first = price(given_goods, FREIGHT, given, at=NOON)
    shuffled_goods, shuffled = [*given_goods], [*given]
    random.shuffle(shuffled_goods)
    random.shuffle(shuffled)
    assert price(shuffled_goods, FREIGHT, shuffled, at=NOON) == first


@given(lines, benefits)
def test_what_does_not_go_together_is_never_applied_together(
    given_goods: list[Goods], given: list[Benefit]
):
    outcome = price(given_goods, FREIGHT, given, at=NOON)
    applied = [each for each in given if each.source in sources_of(outcome)]
    for one in applied:
        for other in applied:
            if one is not other:
                assert not one.is_exclusive
                assert one.exclusive_group is None or one.exclusive_group != other.exclusive_group
                assert other.discount_class in one.combines_with


@given(lines, benefits)
def test_what_is_out_of_its_time_scope_or_threshold_is_never_applied(
    given_goods: list[Goods], given: list[Benefit]
):
    outcome = price(given_goods, FREIGHT, given, at=NOON)
    applied = sources_of(outcome)
    for each in given:
        in_scope = [line for line in given_goods if each.scope.has(line)]
        initial = sum(line.list_fen for line in in_scope)
        is_open = (each.starts_at or NOON) <= NOON and (each.ends_at is None or each.ends_at > NOON)
        if not (is_open and in_scope and initial >= each.threshold_fen):
            assert each.source not in applied
    for line in outcome.lines:
        for reduction in line.reductions:
            (own,) = (each for each in given if each.source == reduction.source)
            assert own.scope.has(line.goods)


def test_stages_see_what_the_stage_before_has_left():
    off_line = benefit("line", 3_000, DiscountClass.LINE)
    percent = msgspec.structs.replace(benefit("order", 0), off=PercentOff(1_000))
    outcome = price([goods(1, 10_000), goods(2, 20_000)], FREIGHT, [percent, off_line], at=NOON)
    # 3,000 by 10,000 and 20,000; then a tenth of the 27,000 that are left.
    assert [[each.fen for each in line.reductions] for line in outcome.lines] == [
        [1_000, 900],
        [2_000, 1_800],
    ]
    assert outcome.payable_fen == 24_300 + 1_200


def test_a_threshold_says_what_is_missing_after_the_reductions_before_it():
    free = Benefit(
        "freight:1",
        DiscountClass.SHIPPING,
        TITLE,
        Funder.MERCHANT,
        AmountOff(1_200),
        threshold_fen=9_900,
    )
    outcome = price([goods(1, 10_000)], FREIGHT, [free, benefit("coupon:1", 1_900)], at=NOON)
    (why,) = outcome.not_applied
    assert (why.source, why.why, why.missing_fen) == ("freight:1", WhyNot.BELOW_THRESHOLD, 1_800)
    initial = msgspec.structs.replace(free, threshold_base=ThresholdBase.INITIAL)
    outcome = price([goods(1, 10_000)], FREIGHT, [initial, benefit("coupon:1", 1_900)], at=NOON)
    assert outcome.freight.payable_fen == 0
    assert outcome.payable_fen == 8_100


def test_free_delivery_is_a_rule_and_no_promotion():
    """Nothing excludes it, and a shipping coupon is not used up for what is free anyway."""
    free = FreeFreight("freight:1", TITLE, Funder.MERCHANT, 9_900)
    charge = FreightCharge(TITLE, 1_200, free)
    exclusive = msgspec.structs.replace(benefit("coupon:1", 100), is_exclusive=True)
    shipping = benefit("coupon:2", 500, DiscountClass.SHIPPING)

    outcome = price([goods(1, 10_000)], charge, [exclusive], at=NOON)
    assert (outcome.freight.payable_fen, outcome.payable_fen) == (0, 9_900)
    outcome = price([goods(1, 10_000)], charge, [shipping], at=NOON)
    assert sources_of(outcome) == {"freight:1"}
    assert [(each.source, each.why) for each in outcome.not_applied] == [
        ("coupon:2", WhyNot.NO_EFFECT)
    ]
    outcome = price([goods(1, 9_000)], charge, [shipping], at=NOON)
    assert outcome.freight.payable_fen == 700
    assert [(each.source, each.missing_fen) for each in outcome.not_applied] == [("freight:1", 900)]


def test_the_first_of_two_that_exclude_each_other_stays_and_the_other_says_so():
    one = msgspec.structs.replace(benefit("coupon:1", 100), exclusive_group="spring")
    other = msgspec.structs.replace(benefit("coupon:2", 900), exclusive_group="spring")
    outcome = price([goods(1, 10_000)], FREIGHT, [other, one], at=NOON)
    (why,) = outcome.not_applied
    assert (why.source, why.why, why.other_source) == (
        "coupon:2",
        WhyNot.EXCLUSIVE_WITH,
        "coupon:1",
    )


def test_a_benefit_without_effect_is_never_consumed():
    outcome = price([goods(1, 0)], FREIGHT, [benefit("coupon:1", 100)], at=NOON)
    (why,) = outcome.not_applied
    assert why.why is WhyNot.NO_EFFECT


@pytest.mark.parametrize("twice", ["goods", "benefits"])
def test_what_is_there_twice_is_a_mistake(twice: str):
    doubled = [goods(1, 100), goods(1, 200)] if twice == "goods" else [goods(1, 100)]
    offers = [benefit("coupon:1", 1)] * (2 if twice == "benefits" else 1)
    with pytest.raises(ValueError, match=r"one number|twice"):
        price(doubled, FREIGHT, offers, at=NOON)


@given(st.lists(st.integers(0, 1_000_000), min_size=1, max_size=20), st.data())
def test_the_largest_remainder_loses_and_invents_nothing(weights: list[int], data: st.DataObject):
    total = data.draw(st.integers(0, sum(weights)))
    parts = largest_remainder(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part <= weight
        exact = total * weight / max(sum(weights), 1)
        assert abs(part - exact) < 1 + 1e-6


def test_what_is_left_over_goes_to_the_largest_remainders_and_ties_to_the_earlier():
    assert largest_remainder(100, [1, 1, 1]) == [34, 33, 33]
    assert largest_remainder(10, [333, 333, 334]) == [3, 3, 4]
    assert largest_remainder(0, [0, 0]) == [0, 0]
    for total, weights in ((1, [0, 0]), (-1, [1]), (1, [2, -1])):
        with pytest.raises(ValueError, match="cannot be shared"):
            largest_remainder(total, weights)
