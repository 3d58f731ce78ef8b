"""What staff do with cases."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.aftersales import staff_inputs as inputs
from api.aftersales import staff_results as results
from api.aftersales.on_behalf_inputs import StaffOpenCaseInput
from api.aftersales.reading import case_now
from api.aftersales.results import CaseOpenedView
from api.context import Info
from api.refusals import root_mutation
from domain.aftersales import on_behalf, returns, staff
from domain.aftersales.members import CaseDone
from domain.aftersales.opening import Opened
from domain.aftersales.repaying import refund_exchange
from domain.kernel.actors import By
from domain.kernel.db import WriteSession

_Input = strawberry.argument(name="input", description="Which case, and why.")


@strawberry.type
class StaffCaseMutation:
    """Answering cases, and opening them for members."""

    @root_mutation(
        access=Access.GUIDE,
        graphql_type=results.StaffOpenCaseResult,
        description="Open a case for an order's member, by the amount that the preview told; the "
        "member is told. What guides open, or what an exception is made for, waits for the shop's "
        "answer. Guides and store managers can do so with orders of their stores.",
    )
    async def staff_open_case(
        self,
        info: Info,
        given: Annotated[
            StaffOpenCaseInput,
            strawberry.argument(name="input", description="What is asked for, and why."),
        ],
    ) -> CaseOpenedView:
        context, order_key, asked = info.context, given.order_key, given.asked
        by, terms = _by(info), context.cases.terms

        async def act(session: WriteSession) -> Opened:
            return await on_behalf.open_for_member(session, order_key, asked, by, terms)

        opened = await context.once("staffOpenCase", given.request_id, given, act, answer=Opened)
        return CaseOpenedView(await case_now(info, opened.case_id))

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=results.ApproveCaseResult,
        description="Agree to a case: the money of a REFUND goes back at once, and of others the "
        "goods are awaited. Store managers can do so with cases of their stores.",
    )
    async def approve_case(
        self, info: Info, given: Annotated[inputs.ApproveCaseInput, _Input]
    ) -> results.CaseChangedView:
        by, terms = _by(info), info.context.cases.terms

        async def act(session: WriteSession) -> CaseDone:
            return await staff.approve(
                session,
                given.case_key,
                return_to=given.return_to,
                reason=given.reason,
                by=by,
                terms=terms,
            )

        return await _done(info, "approveCase", given.request_id, given, act, given.case_key)

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=results.RefuseCaseResult,
        description="Say no to a case, or to goods that came back; the member reads why.",
    )
    async def refuse_case(
        self, info: Info, given: Annotated[inputs.RefuseCaseInput, _Input]
    ) -> results.CaseChangedView:
        by, terms = _by(info), info.context.cases.terms

        async def act(session: WriteSession) -> CaseDone:
            return await staff.refuse(
                session,
                given.case_key,
                reason=given.reason,
                pictures=given.picture_keys,
                by=by,
                terms=terms,
            )

        return await _done(info, "refuseCase", given.request_id, given, act, given.case_key)

    @root_mutation(
        access=Access.STAFF,
        graphql_type=results.ReceiveCaseResult,
        description="Note that the goods of a case have come. Guides can do so in their stores.",
    )
    async def receive_case(
        self, info: Info, given: Annotated[inputs.ReceiveCaseInput, _Input]
    ) -> results.CaseChangedView:
        by, terms = _by(info), info.context.cases.terms

        async def act(session: WriteSession) -> CaseDone:
            return await returns.receive_back(
                session, given.case_key, reason=given.reason, by=by, terms=terms
            )

        return await _done(info, "receiveCase", given.request_id, given, act, given.case_key)

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=results.InspectCaseResult,
        description="Accept goods that came back: what can be sold again goes on the shelf, and "
        "the money goes back; of an EXCHANGE what comes in their place is to be sent.",
    )
    async def inspect_case(
        self, info: Info, given: Annotated[inputs.InspectCaseInput, _Input]
    ) -> results.CaseChangedView:
        by, terms = _by(info), info.context.cases.terms

        async def act(session: WriteSession) -> CaseDone:
            return await returns.inspect(
                session, given.case_key, given.found, reason=given.reason, by=by, terms=terms
            )

        return await _done(info, "inspectCase", given.request_id, given, act, given.case_key)

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=results.RefundExchangeResult,
        description="Give money back in the place of what cannot be sent in exchange any more: as "
        "much as a RETURN of the same units would bring now.",
    )
    async def refund_exchange(
        self, info: Info, given: Annotated[inputs.RefundExchangeInput, _Input]
    ) -> results.CaseChangedView:
        by, terms = _by(info), info.context.cases.terms

        async def act(session: WriteSession) -> CaseDone:
            return await refund_exchange(
                session, given.case_key, reason=given.reason, by=by, terms=terms
            )

        return await _done(info, "refundExchange", given.request_id, given, act, given.case_key)

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=results.SendReplacementResult,
        description="Send what comes in exchange; its units are sold with it.",
    )
    async def send_replacement(
        self, info: Info, given: Annotated[inputs.SendReplacementInput, _Input]
    ) -> results.CaseChangedView:
        by, terms = _by(info), info.context.cases.terms

        async def act(session: WriteSession) -> CaseDone:
            return await returns.send_replacement(
                session, given.case_key, given.parcel, reason=given.reason, by=by, terms=terms
            )

        return await _done(info, "sendReplacement", given.request_id, given, act, given.case_key)


async def _done(
    info: Info,
    operation: str,
    request_id: UUID,
    given: object,
    act: Callable[[WriteSession], Awaitable[CaseDone]],
    case_key: UUID,
) -> results.CaseChangedView:
    await info.context.once(operation, request_id, given, act, answer=CaseDone)
    return results.CaseChangedView(await case_now(info, case_key))


def _by(info: Info) -> By:
    context = info.context
    return By(context.staff(), context.now(), context.random)
