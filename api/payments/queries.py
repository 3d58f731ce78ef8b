"""The root fields of money, for those of the staff who keep its account."""

from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.ids import key
from api.limits import sized
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from api.payments.staff_types import Clearing, ClearingView, PaymentAttempt
from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence
from domain.kernel.paging import DEFAULT_PAGE
from domain.orders.views.structs import ORDER
from domain.payments import views
from domain.payments.views import AttemptView

_UNAPPLIED = "unapplied"
_USUAL_PERIOD = timedelta(days=1)
_LONGEST_PERIOD = timedelta(days=31)
_NO_PERIOD = Sentence(
    zh="recordedUntil 应晚于 recordedFrom，且相距不超过 {days} 天。",
    en="recordedUntil must be after recordedFrom, by at most {days} days.",
)


@strawberry.type
class PaymentQuery:
    """Reads of money."""

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=list[PaymentAttempt],
        description="The attempts at paying for an order with their refunds, the latest first, at "
        "most 100; none where there is no such order. Counts as 5 in a document's cost.",
        metadata=sized(5),
    )
    async def payment_attempts(
        self,
        info: Info,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")],
    ) -> list[AttemptView]:
        context = info.context
        order_key = key(order_id, ORDER, argument="orderId")
        return await views.attempts_of(context.reads, order_key, at=context.now())

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=Connection[PaymentAttempt],
        description="Payments whose money has come in and is neither an order's nor back, those "
        "that have been so the longest first.",
    )
    async def unapplied_payments(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        *,
        attention_only: Annotated[
            bool,
            strawberry.argument(
                description="Whether to leave out what is on its way back as it should be."
            ),
        ] = False,
    ) -> ConnectionView[AttemptView]:
        context, after_place = info.context, place(after, _UNAPPLIED)
        page = await views.unapplied_attempts(
            context.reads,
            attention_only=attention_only,
            at=context.now(),
            first=page_size(first),
            after=after_place,
        )
        return connection(page, _UNAPPLIED, lambda each: each.place, after=after_place)

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=Clearing,
        description="Where money is: what came to each account and left it in a time of at most 31 "
        "days, and what has to return to 0.",
    )
    async def clearing(
        self,
        info: Info,
        recorded_from: Annotated[
            datetime | None,
            strawberry.argument(
                description="From this moment on; a day before `recordedUntil` without it."
            ),
        ] = None,
        recorded_until: Annotated[
            datetime | None,
            strawberry.argument(description="Until before this moment; until now without it."),
        ] = None,
    ) -> ClearingView:
        context = info.context
        ends = recorded_until or context.now()
        begins = recorded_from or ends - _USUAL_PERIOD
        if not begins < ends <= begins + _LONGEST_PERIOD:
            raise BadInput(_NO_PERIOD, days=_LONGEST_PERIOD.days)
        accounts = await views.accounts(context.reads, begins=begins, ends=ends)
        return ClearingView(begins, ends, accounts, await views.unapplied_now(context.reads))
