"""What delivery costs: to the gram and the fen, whatever the rules, the region and the goods."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.freight.rules import (
    BEFORE_ANY,
    LEAST_STEP_GRAMS,
    MOST_FIRST_FEN,
    MOST_GRAMS,
    MOST_REGIONS,
    MOST_RULES,
    MOST_STEP_FEN,
    FreightCharge,
    FreightRule,
    NotDelivered,
    freight,
    problems_of,
    rule_for,
)
from domain.kernel.language import Bilingual
from domain.kernel.money import LARGEST_FEN
from sandbox.brand.freight import RULES as OF_THE_BRAND

HEAVIEST = 100 * 999 * MOST_GRAMS
"""A hundred lines of 999 units of the heaviest there is."""
DISTRICTS = ("310104", "310115", "320583", "650102", "441900")
"""The last one is a city without districts, which rules know by its four digits."""
GRAMS = st.integers(0, HEAVIEST)
GOODS = st.integers(0, LARGEST_FEN)


def named(title: str) -> Bilingual:
    return Bilingual(title, title)


def rule(*codes: str, title: str = "x", **more: object) -> FreightRule:
    known = FreightRule(title=named(title), region_codes=codes)
    return msgspec.structs.replace(known, **more)


figures = st.builds(
    FreightRule,
    title=st.just(named("x")),
    first_grams=st.integers(0, MOST_GRAMS),
    first_fen=st.integers(0, MOST_FIRST_FEN),
    step_grams=st.integers(LEAST_STEP_GRAMS, MOST_GRAMS),
    step_fen=st.integers(0, MOST_STEP_FEN),
    free_from_fen=st.none() | st.integers(0, LARGEST_FEN),
)


@st.composite
def arrangements(draw: st.DrawFn) -> list[FreightRule]:
    """Rules for some beginnings of the districts' codes, and one for everywhere else, shuffled."""
    beginnings = {code[:length] for code in DISTRICTS for length in (2, 4, 6)} - {"441900"}
    codes = draw(st.lists(st.sampled_from(sorted(beginnings)), unique=True))
    rules = [rule(code, title=code) for code in codes]
    return draw(st.permutations([*rules, rule(title="elsewhere")]))


def charge(rules: list[FreightRule], grams: int, goods_fen: int) -> FreightCharge:
    charged = freight(rules, "310104", grams, goods_fen)
    assert isinstance(charged, FreightCharge)
    return charged


@given(rule=figures, grams=GRAMS, more=st.integers(0, HEAVIEST), goods=GOODS)
def test_more_weight_never_costs_less_and_nothing_is_below_zero_or_too_large(
    rule: FreightRule, grams: int, more: int, goods: int
):
    assert problems_of([rule]) == []
    light, heavy = charge([rule], grams, goods), charge([rule], grams + more, goods)
    assert 0 <= light.list_fen <= heavy.list_fen <= LARGEST_FEN
    for each in (light, heavy):
        assert 0 <= each.charged_fen <= each.list_fen
        assert each.charged_fen + each.reduced_fen == each.list_fen


@given(rule=figures, steps=st.integers(0, 1_000), into=st.integers(0, MOST_GRAMS))
def test_a_step_is_charged_as_soon_as_it_is_begun(rule: FreightRule, steps: int, into: int):
    begun = 1 + into % rule.step_grams
    grams = rule.first_grams + steps * rule.step_grams
    assert charge([rule], grams, 0).list_fen == rule.first_fen + steps * rule.step_fen
    assert charge([rule], grams + begun, 0).list_fen == rule.first_fen + (steps + 1) * rule.step_fen


@given(rule=figures, threshold=st.integers(1, LARGEST_FEN), grams=GRAMS)
def test_delivery_is_free_from_the_fen_on_that_the_rule_says(
    rule: FreightRule, threshold: int, grams: int
):
    rule = msgspec.structs.replace(rule, free_from_fen=threshold)
    short, reached = charge([rule], grams, threshold - 1), charge([rule], grams, threshold)
    assert (short.is_free, short.charged_fen) == (False, short.list_fen)
    assert (reached.is_free, reached.charged_fen) == (True, 0)
    assert reached.list_fen == short.list_fen


@given(rules=arrangements(), district=st.sampled_from(DISTRICTS))
def test_the_longest_beginning_of_the_code_decides(rules: list[FreightRule], district: str):
    assert problems_of(rules) == []
    beginning = [code for each in rules for code in each.region_codes if district.startswith(code)]
    expected = max(beginning, key=len, default="elsewhere")
    assert rule_for(rules, district).title.zh == expected


@given(rules=arrangements(), region=st.text(max_size=12))
def test_a_region_that_nobody_knows_is_elsewhere(rules: list[FreightRule], region: str):
    if not region.startswith(tuple(code[:2] for code in DISTRICTS)):
        assert rule_for(rules, region).title.zh == "elsewhere"


def test_what_the_demo_brand_charges():
    told = {
        ("310104", 800, 9_899): ("江浙沪", 600, 600),
        ("310104", 1_001, 9_900): ("江浙沪", 700, 0),
        ("650102", 1_500, 99_900): ("西藏、新疆", 3_500, 3_500),
        ("440106", 2_001, 0): ("其他地区", 1_600, 1_600),
    }
    for (region, grams, goods), expected in told.items():
        charged = freight(OF_THE_BRAND, region, grams, goods)
        assert isinstance(charged, FreightCharge)
        assert (charged.title.zh, charged.list_fen, charged.charged_fen) == expected
    assert freight(OF_THE_BRAND, "710000", 1, 99_900) == NotDelivered(OF_THE_BRAND[3].title)
    assert problems_of(OF_THE_BRAND) == []


def test_before_any_rules_all_is_delivered_for_nothing():
    assert problems_of(BEFORE_ANY) == []
    charged = freight(BEFORE_ANY, "650102", HEAVIEST, 0)
    assert isinstance(charged, FreightCharge)
    assert (charged.list_fen, charged.charged_fen, charged.is_free) == (0, 0, False)


@pytest.mark.parametrize(("grams", "goods"), [(-1, 0), (0, -1)])
def test_less_than_nothing_is_a_mistake(grams: int, goods: int):
    with pytest.raises(ValueError, match="-1"):
        freight(BEFORE_ANY, "310104", grams, goods)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], {("rules", "no_rule_elsewhere")}),
        ([rule("31")], {("rules", "no_rule_elsewhere")}),
        ([rule(), rule("31"), rule()], {("rules.2.regionCodes", "second_rule_elsewhere")}),
        (
            [rule(), rule("31", "3101"), rule("3101", "31")],
            {
                ("rules.2.regionCodes.0", "repeated"),
                ("rules.2.regionCodes.1", "repeated"),
            },
        ),
        (
            [rule(), rule("3", "01", "3100", "310000", "3101041", "上海", "")],
            {(f"rules.1.regionCodes.{place}", "not_a_region_prefix") for place in range(7)},
        ),
        (
            [rule(title=" "), rule("31", title="长" * 61)],
            {
                ("rules.0.title.zh", "missing"),
                ("rules.0.title.en", "missing"),
                ("rules.1.title.zh", "too_long"),
                ("rules.1.title.en", "too_long"),
            },
        ),
        (
            [rule(first_grams=-1, first_fen=-1, step_grams=99, step_fen=-1, free_from_fen=-1)],
            {
                (f"rules.0.{name}", "out_of_range")
                for name in ("firstGrams", "firstFee", "stepGrams", "stepFee", "freeFrom")
            },
        ),
        (
            [
                rule(
                    first_grams=MOST_GRAMS + 1,
                    first_fen=MOST_FIRST_FEN + 1,
                    step_grams=MOST_GRAMS + 1,
                    step_fen=MOST_STEP_FEN + 1,
                    free_from_fen=LARGEST_FEN + 1,
                )
            ],
            {
                (f"rules.0.{name}", "out_of_range")
                for name in ("firstGrams", "firstFee", "stepGrams", "stepFee", "freeFrom")
            },
        ),
        (
            [rule(), rule("71", is_delivered=False, first_fen=1, step_fen=1, free_from_fen=1)],
            {
                (f"rules.1.{name}", "not_delivered_has_no_price")
                for name in ("firstFee", "stepFee", "freeFrom")
            },
        ),
    ],
)
def test_each_thing_that_is_wrong_is_named(
    rules: list[FreightRule], expected: set[tuple[str, str]]
):
    assert {(each.path, each.code) for each in problems_of(rules)} == expected


def test_there_are_at_most_so_many_rules_and_regions():
    codes = [f"{11 + number // 9_801}{1 + number // 99 % 99:02}{1 + number % 99:02}"
             for number in range(MOST_REGIONS + 1)]  # fmt: skip
    fits = [rule(), *(rule(code) for code in codes[: MOST_RULES - 1])]
    assert problems_of(fits) == []
    found = problems_of([*fits, rule(codes[-1])])
    assert [(each.path, each.code) for each in found] == [("rules", "too_many")]
    assert problems_of([rule(), rule(*codes[:-1])]) == []
    found = problems_of([rule(), rule(*codes)])
    assert [(each.path, each.code) for each in found] == [("rules.regionCodes", "too_many")]
