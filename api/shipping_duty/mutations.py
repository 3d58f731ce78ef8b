"""What the staff can do with shipping duties."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Context, Info
from api.ids import key
from api.refusals import root_mutation
from api.shipping_duty.types import DutySeenToView, SeeToShippingDutyResult
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id
from domain.shipping_duty import staff
from domain.shipping_duty.staff import SeenTo
from domain.shipping_duty.views import DUTY


@strawberry.input(description="Which shipping duty somebody sees to, and why.")
class SeeToShippingDutyInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it gets the first "
        "answer."
    )
    duty_id: strawberry.ID = strawberry.field(description="Which one.")
    reason: str = strawberry.field(
        description="Why, in words for colleagues: it stands in the audit trail. At most 500 "
        "characters."
    )


@strawberry.input(description="By when goods are shipped that are shipped late.")
class FileSpecialShippingReportInput(SeeToShippingDutyInput):
    until: datetime = strawberry.field(
        description="By when: later than 15 days after the payment, within 330."
    )


@strawberry.type
class ShippingDutyMutation:
    """Changes of shipping duties."""

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=SeeToShippingDutyResult,
        description="Tell WeChat at once what it was not told, or ask it again.",
    )
    async def retry_shipping_duty(
        self,
        info: Info,
        given: Annotated[
            SeeToShippingDutyInput,
            strawberry.argument(name="input", description="Which one, and why."),
        ],
    ) -> DutySeenToView:
        duty_id = _key(given)
        by = _by(info)

        async def act(session: WriteSession) -> SeenTo:
            return await staff.retry(session, duty_id, reason=given.reason, by=by)

        return await _once(info.context, "retryShippingDuty", given, act)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=SeeToShippingDutyResult,
        description="Report to WeChat that goods are shipped later than 15 days after they were "
        "paid for, such as what is sold ahead or engraved.",
    )
    async def file_special_shipping_report(
        self,
        info: Info,
        given: Annotated[
            FileSpecialShippingReportInput,
            strawberry.argument(name="input", description="Which one, until when, and why."),
        ],
    ) -> DutySeenToView:
        duty_id = _key(given)
        by = _by(info)

        async def act(session: WriteSession) -> SeenTo:
            return await staff.report(
                session, duty_id, until=given.until, reason=given.reason, by=by
            )

        return await _once(info.context, "fileSpecialShippingReport", given, act)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=SeeToShippingDutyResult,
        description="Say that it was told in WeChat's own console. It is not told again.",
    )
    async def mark_shipping_duty_handled(
        self,
        info: Info,
        given: Annotated[
            SeeToShippingDutyInput,
            strawberry.argument(name="input", description="Which one, and how."),
        ],
    ) -> DutySeenToView:
        duty_id = _key(given)
        by = _by(info)

        async def act(session: WriteSession) -> SeenTo:
            return await staff.hand_over(session, duty_id, reason=given.reason, by=by)

        return await _once(info.context, "markShippingDutyHandled", given, act)


def _key(given: SeeToShippingDutyInput) -> UUID:
    return key(given.duty_id, DUTY, argument="dutyId")


def _by(info: Info) -> By:
    context = info.context
    return By(context.staff(), context.now(), context.random)


async def _once(
    context: Context,
    operation: str,
    given: SeeToShippingDutyInput,
    act: Callable[[WriteSession], Awaitable[SeenTo]],
) -> DutySeenToView:
    seen_to = await context.once(operation, given.request_id, given, act, answer=SeenTo)
    return DutySeenToView(public_id(DUTY, seen_to.id))
