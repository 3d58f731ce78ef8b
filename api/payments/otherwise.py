"""What who keeps the books does about refunds that the gateway cannot carry out."""

from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.access import Access
from api.context import Info
from api.payments.refusals import RefundNotAbnormal, RefundSucceeded, RefundUnavailable
from api.refusals import InvalidInput, root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id
from domain.kernel.money import Fen
from domain.orders.views.structs import ORDER
from domain.payments.otherwise import (
    OtherPayment,
    PaidOtherwise,
    Unfinished,
    pay_otherwise,
)


@strawberry.input(description="A refund that the shop has paid by other means.")
class RecordRefundPaidOtherwiseInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it gets the first "
        "answer."
    )
    refund_number: str = strawberry.field(
        description="What the gateway calls it by: `number` of the payment's refund."
    )
    paid: Fen = strawberry.field(
        description="What the payer was paid: at most the refund's amount, and less where a coupon "
        "of the gateway's had paid a part of the payment, which is not the payer's."
    )
    reference: str = strawberry.field(
        description="By what the payment can be found, such as the bank's number of the transfer; "
        "at most 100 characters. No number of an account: it stays for good."
    )
    reason: str = strawberry.field(
        description="How it was paid and why, in words for colleagues: it stands in the audit "
        "trail. At most 500 characters."
    )


class RefundPaidOtherwiseView(msgspec.Struct, frozen=True, gc=False):
    """The struct behind `RefundPaidOtherwise`."""

    order_id: str
    refund_number: str


@strawberry.type(
    description="The refund is over, and its member is told. No money moves by recording it."
)
class RefundPaidOtherwise:
    order_id: strawberry.ID = strawberry.field(description="The order whose money it is.")
    refund_number: str = strawberry.field(description="Which refund.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, RefundPaidOtherwiseView)


RecordRefundPaidOtherwiseResult = Annotated[
    RefundPaidOtherwise | RefundUnavailable | RefundSucceeded | RefundNotAbnormal | InvalidInput,
    strawberry.union("RecordRefundPaidOtherwiseResult", description="How recording it went."),
]


@strawberry.type
class RefundMutation:
    """Changes of refunds by hand."""

    @root_mutation(
        access=Access.BOOKKEEPER,
        graphql_type=RecordRefundPaidOtherwiseResult,
        description="Record that the shop has paid a refund by other means, as by a bank transfer, "
        "since the payer's account cannot take it (ABNORMAL), or since the gateway has refused to "
        "begin it five times (CREATED) and knows nothing of it. The gateway is asked first; BUSY "
        "where it does not say, or where the refund is just being sent. The refund is over by "
        "that, and is neither sent nor asked about any more.",
    )
    async def record_refund_paid_otherwise(
        self,
        info: Info,
        given: Annotated[
            RecordRefundPaidOtherwiseInput,
            strawberry.argument(name="input", description="Which one, and how it was paid."),
        ],
    ) -> RefundPaidOtherwiseView:
        context = info.context
        by = By(context.staff(), context.now(), context.random)

        paid = OtherPayment(given.refund_number, given.paid, given.reference, given.reason)

        async def call() -> Unfinished | None:
            return await context.payments.ask_refund(paid.number)

        async def act(session: WriteSession, asked: Unfinished | None) -> PaidOtherwise:
            terms = context.payments.till.terms
            return await pay_otherwise(session, paid, asked, by=by, terms=terms)

        done = await context.once_after(
            "recordRefundPaidOtherwise", given.request_id, given, call, act, answer=PaidOtherwise
        )
        return RefundPaidOtherwiseView(public_id(ORDER, done.order_id), done.number)
