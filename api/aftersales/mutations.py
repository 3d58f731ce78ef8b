"""What members do about cases of theirs."""

from typing import Annotated

import strawberry

from api.access import Access
from api.aftersales import results
from api.aftersales.inputs import CancelCaseInput, OpenCaseInput, SendCaseBackInput
from api.aftersales.reading import own_case
from api.context import Info
from api.refusals import root_mutation
from domain.aftersales import members, opening
from domain.aftersales.members import CaseDone
from domain.aftersales.moving import Mover
from domain.aftersales.opening import Opened
from domain.kernel.db import WriteSession


@strawberry.type
class CaseMutation:
    """Asking for something after the sale."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.OpenCaseResult,
        description="Ask for a refund, a return or an exchange, by the amount that the preview "
        "told. What was not sent yet is refunded at once.",
    )
    async def open_case(
        self,
        info: Info,
        given: Annotated[
            OpenCaseInput, strawberry.argument(name="input", description="What is asked for.")
        ],
    ) -> results.CaseOpenedView:
        context, member, order_key = info.context, info.context.member(), given.order_key
        wish, evidence, by = given.wish, given.evidence_keys, _by(info)

        async def act(session: WriteSession) -> Opened:
            return await opening.open_case(
                session, order_key, member.id, wish, evidence, given.seen, by
            )

        opened = await context.once("openCase", given.request_id, given, act, answer=Opened)
        return results.CaseOpenedView(await own_case(info, opened.case_id))

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.CancelCaseResult,
        description="Take a case of the caller's back, as long as nothing was sent for it.",
    )
    async def cancel_case(
        self,
        info: Info,
        given: Annotated[
            CancelCaseInput, strawberry.argument(name="input", description="Which case.")
        ],
    ) -> results.CaseCancelledView:
        context, member, case_key = info.context, info.context.member(), given.case_key
        by = _by(info)

        async def act(session: WriteSession) -> CaseDone:
            return await members.cancel(session, case_key, member.id, by)

        await context.once("cancelCase", given.request_id, given, act, answer=CaseDone)
        return results.CaseCancelledView(await own_case(info, case_key))

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.SendCaseBackResult,
        description="Say by whom, and under which number, goods come back.",
    )
    async def send_case_back(
        self,
        info: Info,
        given: Annotated[
            SendCaseBackInput, strawberry.argument(name="input", description="Which parcel.")
        ],
    ) -> results.CaseSentBackView:
        context, member, case_key = info.context, info.context.member(), given.case_key
        by = _by(info)

        async def act(session: WriteSession) -> CaseDone:
            return await members.send_back(session, case_key, member.id, given.parcel, by)

        await context.once("sendCaseBack", given.request_id, given, act, answer=CaseDone)
        return results.CaseSentBackView(await own_case(info, case_key))


def _by(info: Info) -> Mover:
    context = info.context
    return Mover(context.member().key, context.now(), context.random, context.cases.terms)
