"""What members do to give points to each other."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.points.transfer_types import (
    PointsTransferredView,
    PointsTransfers,
    PointsTransfersView,
    TransferPointsInput,
    TransferPointsResult,
)
from api.refusals import root_mutation
from domain.kernel.db import WriteSession
from domain.kernel.points import Points
from domain.points import views
from domain.points.giving.actions import SavedTransfer, TransferWish, give
from domain.points.giving.codes import member_of, new_code

_Input = strawberry.argument(name="input", description="To whom, and how many.")


@strawberry.type
class PointsTransferQuery:
    """Reads of members who are to get points."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=PointsTransfers,
        description="Whether and how members of this mall give points to each other, with a new "
        "code to be given some.",
    )
    async def points_transfers(self, info: Info) -> PointsTransfersView:
        context, member, code = info.context, info.context.member(), None
        terms, vault = context.points.transfers, context.members.vault
        if terms.is_open:
            code = new_code(vault, member.id, at=context.now(), random=context.random)
        return PointsTransfersView(
            terms.is_open, terms.times_a_day, Points(terms.points_a_day), code
        )


@strawberry.type
class PointsTransferMutation:
    """Changes of points by members."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=TransferPointsResult,
        description="Give points to the member who shows a code. They keep the day after which "
        "they expire.",
    )
    async def transfer_points(
        self, info: Info, given: Annotated[TransferPointsInput, _Input]
    ) -> PointsTransferredView:
        context, member = info.context, info.context.member()

        async def act(session: WriteSession) -> SavedTransfer:
            at = context.now()
            taker_id = member_of(given.code, context.members.vault, at=at)
            wish = TransferWish(member.id, taker_id, given.points, given.request_id)
            terms = context.points.transfers
            return await give(session, wish, terms=terms, at=at, random=context.random)

        saved = await context.once(
            "transferPoints", given.request_id, given, act, answer=SavedTransfer
        )
        account = await views.points_of(context.reads, member.id, at=context.now())
        return PointsTransferredView(Points(saved.points), account)
