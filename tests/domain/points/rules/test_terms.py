"""What points are worth in the checkout, for any terms, points and amounts."""

from hypothesis import given
from hypothesis import strategies as st

from domain.points.rules.terms import PointsTerms

AMOUNTS = st.integers(0, 10_000_000)
TERMS = st.builds(
    PointsTerms, st.integers(1, 1_000_000), st.integers(0, 10_000), st.integers(0, 10_000)
)


@given(TERMS, st.integers(0, 10_000_000), AMOUNTS, AMOUNTS)
def test_points_take_off_what_they_may_and_none_is_wasted(
    terms: PointsTerms, points: int, goods_fen: int, freight_fen: int
):
    payable_fen = goods_fen + freight_fen
    use = terms.use(points, goods_fen=goods_fen, payable_fen=payable_fen)
    assert 0 <= use.points <= points
    assert use.fen <= goods_fen * terms.share_bp // 10_000
    assert use.fen == 0 or payable_fen - use.fen >= terms.min_cash_fen
    # Both sides are rounded for the shop: the points are worth it, and one less would not be.
    assert terms.worth_fen(use.points) >= use.fen
    assert use.points == 0 or terms.worth_fen(use.points - 1) < use.fen


@given(TERMS, st.integers(0, 10_000_000), AMOUNTS)
def test_what_was_used_is_used_again_as_it_was(terms: PointsTerms, points: int, goods_fen: int):
    """A quote is priced again when it is ordered: the same points have to come out."""
    use = terms.use(points, goods_fen=goods_fen, payable_fen=goods_fen)
    assert terms.use(use.points, goods_fen=goods_fen, payable_fen=goods_fen) == use


@given(TERMS, st.integers(0, 1_000_000), st.integers(0, 1_000_000), AMOUNTS)
def test_more_points_never_take_off_less(terms: PointsTerms, some: int, more: int, goods_fen: int):
    bounds = {"goods_fen": goods_fen, "payable_fen": goods_fen}
    assert terms.use(some, **bounds).fen <= terms.use(some + more, **bounds).fen


def test_a_point_that_is_worth_nothing_pays_nothing():
    assert PointsTerms(value=0).use(500, goods_fen=10_000, payable_fen=10_000).points == 0


def test_the_usual_terms():
    terms = PointsTerms()
    use = terms.use(9_000, goods_fen=15_800, payable_fen=16_800)
    assert (use.points, use.fen) == (7_900, 7_900)
    assert terms.use(300, goods_fen=15_800, payable_fen=15_800).fen == 300
