"""The shop's terms for what follows from a refund, as values."""

from datetime import timedelta
from typing import Protocol

import msgspec

from domain.orders.shipping.rules import RECEIPT_AFTER
from domain.points.words import ClawbackPolicy


class RefundTerms(msgspec.Struct, frozen=True):
    """What is left of an order is taken for received ``receipt_after`` it was sent.

    ``clawback`` says what becomes of earned points that are not there any more.
    """

    receipt_after: timedelta = RECEIPT_AFTER
    clawback: ClawbackPolicy = ClawbackPolicy.DEBT


class RefundTermSettings(Protocol):
    """The settings that the terms are made of."""

    @property
    def receipt_days(self) -> int: ...
    @property
    def points_clawback(self) -> str: ...


def refund_terms_of(settings: RefundTermSettings) -> RefundTerms:
    """The terms of a mall with these settings."""
    return RefundTerms(
        timedelta(days=settings.receipt_days), ClawbackPolicy(settings.points_clawback)
    )


USUAL_REFUND_TERMS = RefundTerms()
"""Those of a mall that says nothing else."""
