"""The terms of refunds are those of the settings, in every process that carries one out."""

from datetime import timedelta

import pytest

from domain.aftersales.rules import terms_of
from domain.kernel.settings import read_settings
from domain.orders.refunding.terms import RefundTerms, refund_terms_of
from domain.points.words import ClawbackPolicy


@pytest.mark.parametrize(
    "policy", [each for each in ClawbackPolicy if each is not ClawbackPolicy.DEDUCT_CASH]
)
def test_what_refunds_do_about_points_that_are_gone_is_a_setting(policy: ClawbackPolicy):
    settings = read_settings({"MALL_POINTS_CLAWBACK": policy.value, "MALL_RECEIPT_DAYS": "12"})
    expected = RefundTerms(timedelta(days=12), policy)
    assert refund_terms_of(settings) == expected
    assert terms_of(settings).refunding == expected


def test_members_owe_what_is_gone_unless_the_mall_says_otherwise():
    assert refund_terms_of(read_settings({})).clawback is ClawbackPolicy.DEBT
