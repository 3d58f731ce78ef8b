"""The GraphQL types of money as the staff see it; behind each is a struct of the views."""

from datetime import datetime

import msgspec
import strawberry

from api.limits import sized
from api.orders.enums import PaymentPurpose
from api.payments.enums import (
    AttemptStatus,
    Attention,
    ClearingAccount,
    PaymentProvider,
    RefundReason,
    RefundStatus,
)
from domain.kernel.money import Fen
from domain.payments.views import AccountView, UnappliedView


class ClearingView(msgspec.Struct, frozen=True, gc=False):
    """The struct behind `Clearing`."""

    recorded_from: datetime
    recorded_until: datetime
    accounts: list[AccountView]
    unapplied: UnappliedView


@strawberry.type(description="Money of an attempt that goes back to its payer.")
class PaymentRefund:
    number: str = strawberry.field(
        description="What the gateway calls it by (`out_refund_no`), for as long as it is tried."
    )
    reason: RefundReason = strawberry.field(description="Why.")
    status: RefundStatus = strawberry.field(description="How far it has come.")
    amount_fen: Fen = strawberry.field(name="amount", description="How much.")
    payer_fen: Fen | None = strawberry.field(
        name="payerAmount",
        description="What of it the payer has got, from the gateway or by other means: less where "
        "a coupon of the gateway's paid a part. Null until it is back.",
    )
    gateway_id: str | None = strawberry.field(
        description="The gateway's own number, which its support asks for; null until it is known."
    )
    created_at: datetime = strawberry.field(description="When it became clear that it goes back.")
    finished_at: datetime | None = strawberry.field(
        description="When it was back or given up; null until then."
    )
    ask_at: datetime | None = strawberry.field(
        description="When the gateway is spoken to next; null where that is over."
    )
    paid_reference: str | None = strawberry.field(
        description="By what it can be found that it was paid by other means; null otherwise."
    )
    late_success_at: datetime | None = strawberry.field(
        description="When the gateway has given it back too, although it was paid by other means: "
        "its payer has it twice. Null otherwise."
    )


@strawberry.type(description="An attempt at paying for an order.")
class PaymentAttempt:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    order_number: str = strawberry.field(description="What people call the order by.")
    number: str = strawberry.field(
        description="What the gateway calls it by (`out_trade_no`): the order's number, and which "
        "of its attempts."
    )
    purpose: PaymentPurpose = strawberry.field(description="Which part of the order it is for.")
    provider: PaymentProvider = strawberry.field(description="Who takes the money.")
    amount_fen: Fen = strawberry.field(name="amount", description="How much.")
    status: AttemptStatus = strawberry.field(description="How far it has come.")
    created_at: datetime = strawberry.field(description="When it began.")
    expires_at: datetime = strawberry.field(
        description="Until when the gateway was told to take money."
    )
    paid_at: datetime | None = strawberry.field(
        description="When it was paid, by the gateway's clock; null where it is not."
    )
    transaction_id: str | None = strawberry.field(
        description="The gateway's own number of the payment, which payers see too."
    )
    ask_at: datetime | None = strawberry.field(
        description="When the gateway is asked next; null where that is over."
    )
    unapplied_fen: Fen = strawberry.field(
        name="unapplied",
        description="What has come in by it and is neither the order's nor back, usually 0.",
    )
    unapplied_since: datetime | None = strawberry.field(
        description="Since when that is so; null where it is 0."
    )
    attention: Attention | None = strawberry.field(
        description="Why a person has to look at it; null where nobody has to."
    )
    refunds: list[PaymentRefund] = strawberry.field(
        description="What goes or went back of it, the latest first, at most 20; counts as 2 in a "
        "document's cost.",
        metadata=sized(2),
    )


@strawberry.type(description="What came to an account in a time, and what left it.")
class ClearingAccountSum:
    account: ClearingAccount = strawberry.field(description="Which.")
    in_fen: Fen = strawberry.field(name="in", description="What came to it.")
    out_fen: Fen = strawberry.field(name="out", description="What left it.")
    balance_fen: Fen = strawberry.field(
        name="balance",
        description="What it has more for that, or less: negative for the GATEWAY, which is where "
        "money comes from.",
    )


@strawberry.type(description="The money that has been unapplied the longest.")
class OldestUnapplied:
    order_id: strawberry.ID = strawberry.field(description="The order that it came for.")
    order_number: str = strawberry.field(description="What people call the order by.")
    number: str = strawberry.field(description="What the gateway calls the payment by.")
    amount_fen: Fen = strawberry.field(name="amount", description="How much.")
    since: datetime = strawberry.field(description="Since when.")


@strawberry.type(description="Money that has come in, and is neither an order's nor back.")
class UnappliedMoney:
    amount_fen: Fen = strawberry.field(name="amount", description="How much in all, usually 0.")
    attempts: int = strawberry.field(
        description="How many payments it is of; `unappliedPayments` lists them."
    )
    oldest: OldestUnapplied | None = strawberry.field(
        description="What of it stands the longest; null where there is none."
    )


@strawberry.type(description="Where money is: what moved in a time, and what does not stand at 0.")
class Clearing:
    recorded_from: datetime = strawberry.field(description="From this moment on.")
    recorded_until: datetime = strawberry.field(description="Until before this one.")
    accounts: list[ClearingAccountSum] = strawberry.field(
        description="Each account, by what was recorded in that time.",
        metadata=sized(len(ClearingAccount)),
    )
    unapplied: UnappliedMoney = strawberry.field(
        description="What has to return to 0, as it is now, whenever it came."
    )
