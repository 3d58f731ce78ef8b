"""What counts towards a tier: each whole yuan that was paid for goods, until it goes back.

In the GROWTH wallet, which has no lots, settles at once and is never spent (R1 Tiers).
"""

from datetime import datetime

from domain.kernel.allocation import cumulative_share
from domain.points.earning.orders import PaidOrder, Refunded
from domain.points.rules import granting
from domain.points.rules.books import Book
from domain.points.words import Reason

FEN_A_POINT = 100


def growth_of(goods_fen: int) -> int:
    """How many points what was paid for goods counts."""
    return goods_fen // FEN_A_POINT


def growth_to_take(goods_fen: int, *, before: int, now: int) -> int:
    """What no longer counts when ``now`` fen of an order are back, and ``before`` of them were.

    By what is kept, rounded down, so that the steps add up to all of it (R0, S).
    """
    growth = growth_of(goods_fen)
    if growth == 0:
        return 0
    left_before, left_now = (goods_fen - min(back, goods_fen) for back in (before, now))
    kept = cumulative_share(growth, left_now, goods_fen)
    return cumulative_share(growth, left_before, goods_fen) - kept


def grow(book: Book, order: PaidOrder, *, at: datetime) -> None:
    """Count an order that was paid; once."""
    granting.grow(book, growth_of(order.goods_fen), source=order.source, at=at)


def shrink(book: Book, order: PaidOrder, refund: Refunded, *, at: datetime) -> None:
    """Count less by what a refund gave back, never below none; once.

    Of an order that earned before orders were counted nothing is taken.
    """
    if not _has_grown(book, order):
        return
    now = sum(refund.by_line.values())
    points = growth_to_take(order.goods_fen, before=now - refund.goods_fen, now=now)
    granting.shrink(book, points, source=refund.source, at=at)


def _has_grown(book: Book, order: PaidOrder) -> bool:
    """Whether an order counted: before, or a moment ago."""
    is_new = any(entry.source == order.source for entry in book.written)
    return is_new or book.has(order.source, Reason.GRANTED)
