"""News for members: made by whoever knows the fact, told by `telling.tell`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.kernel.language import Bilingual
from domain.messages.kinds import Parameters
from domain.messages.words import (
    CaseNews,
    ClosedBecause,
    MessageKind,
    PaidFor,
    RefundedBecause,
)

_KNOWN_OTHERWISE = frozenset({ClosedBecause.CANCELLED_BY_MEMBER, ClosedBecause.REFUNDED})


@dataclass(frozen=True, slots=True)
class News:
    """Something that a member is told once: the same ``source`` tells the same member nothing new.

    What is not told outside is for the inbox alone.
    """

    member_id: UUID
    kind: MessageKind
    parameters: Parameters
    order_id: UUID | None
    source: str
    is_told_outside: bool = True


def order_paid(
    member_id: UUID,
    order_id: UUID,
    order_number: str,
    amount_fen: int,
    source: str,
    *,
    paid_for: PaidFor | None = None,
) -> News:
    """An order is paid, whatever it was paid by."""
    parameters = Parameters(order_number, amount_fen, paid_for)
    return News(member_id, MessageKind.ORDER_PAID, parameters, order_id, source)


def order_closed(
    member_id: UUID, order_id: UUID, order_number: str, reason: ClosedBecause, source: str
) -> News:
    """An order was closed: not paid, or refunded altogether.

    Who has cancelled it themselves knows, and nothing came back of what cost nothing: both find it
    in the inbox. Of what money went back for nobody makes this news.
    """
    return News(
        member_id,
        MessageKind.ORDER_CLOSED,
        Parameters(order_number, reason=reason),
        order_id,
        source,
        is_told_outside=reason not in _KNOWN_OTHERWISE,
    )


def payment_refunded(
    member_id: UUID,
    order_id: UUID,
    order_number: str,
    amount_fen: int,
    source: str,
    *,
    reason: RefundedBecause = RefundedBecause.OTHER,
) -> News:
    """Money has gone back to where it came from."""
    parameters = Parameters(order_number, amount_fen, reason)
    return News(member_id, MessageKind.PAYMENT_REFUNDED, parameters, order_id, source)


def order_shipped(
    member_id: UUID,
    order_id: UUID,
    order_number: str,
    parcel: int,
    source: str,
    *,
    is_whole: bool,
) -> News:
    """A parcel of an order is on its way; ``is_whole`` where nothing follows it."""
    parameters = Parameters(order_number, parcel=parcel, is_whole=is_whole)
    return News(member_id, MessageKind.ORDER_SHIPPED, parameters, order_id, source)


def case_moved(
    member_id: UUID,
    order_id: UUID,
    order_number: str,
    what: CaseNews,
    source: str,
    *,
    note: str | None = None,
    product: Bilingual | None = None,
) -> News:
    """A case has moved on; ``note`` is what the staff said about it, ``product`` what it is of."""
    parameters = Parameters(order_number, reason=what, note=note, product=product)
    return News(member_id, MessageKind.CASE_MOVED, parameters, order_id, source)


def order_ready(
    member_id: UUID, order_id: UUID, order_number: str, until: datetime, source: str
) -> News:
    """An order can be fetched at its store until then."""
    parameters = Parameters(order_number, until=until)
    return News(member_id, MessageKind.ORDER_READY, parameters, order_id, source)


def order_fetched(member_id: UUID, order_id: UUID, order_number: str, source: str) -> News:
    """An order was handed over at its store."""
    parameters = Parameters(order_number)
    return News(member_id, MessageKind.ORDER_FETCHED, parameters, order_id, source)


def invoice_issued(
    member_id: UUID, order_id: UUID, order_number: str, amount_fen: int, source: str
) -> News:
    """The invoice of an order was made."""
    parameters = Parameters(order_number, amount_fen)
    return News(member_id, MessageKind.INVOICE_ISSUED, parameters, order_id, source)


def invoice_rejected(member_id: UUID, order_id: UUID, order_number: str, source: str) -> News:
    """The invoice of an order will not be made as it was asked for."""
    parameters = Parameters(order_number)
    return News(member_id, MessageKind.INVOICE_REJECTED, parameters, order_id, source)


def order_delivered(member_id: UUID, order_id: UUID, order_number: str, source: str) -> News:
    """An order of which nothing is sent was delivered."""
    parameters = Parameters(order_number)
    return News(member_id, MessageKind.ORDER_DELIVERED, parameters, order_id, source)


def points_expiring(member_id: UUID, points: int, until: datetime, source: str) -> News:
    """Points expire soon; ``until`` is the last minute in which they are good."""
    parameters = Parameters(until=until, points=points)
    return News(member_id, MessageKind.POINTS_EXPIRING, parameters, None, source)
