"""What the staff can do to members' points, all of it in the audit trail."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Info
from api.points import staff_inputs as inputs
from api.points import staff_results as results
from api.refusals import root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.points import views
from domain.points.adjusting import actions
from domain.points.adjusting import views as adjusting
from domain.points.adjusting.actions import SavedAdjustment
from domain.points.freezing import SavedAccount, set_frozen

_Input = strawberry.argument(name="input", description="Whose or which, and why.")


@strawberry.type
class StaffPointsMutation:
    """Changes of members' points by staff."""

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.AdjustPointsResult,
        description="Add points to a member or take some. What is beyond the limit of the caller's "
        "role for a member and a day waits for somebody else to approve it.",
    )
    async def adjust_points(
        self, info: Info, given: Annotated[inputs.AdjustPointsInput, _Input]
    ) -> results.AdjustmentSavedView:
        context, wish, by = info.context, given.wish(), _by(info)

        async def act(session: WriteSession) -> SavedAdjustment:
            return await actions.adjust(
                session,
                wish,
                request_id=given.request_id,
                limits=context.points.limits,
                by=by,
            )

        saved = await context.once(
            "adjustPoints", given.request_id, given, act, answer=SavedAdjustment
        )
        return await _adjusted(info, saved)

    @root_mutation(
        access=Access.BOOKKEEPER,
        graphql_type=results.ApprovePointsAdjustmentResult,
        description="Do what somebody else wants to adjust, by the balance of now.",
    )
    async def approve_points_adjustment(
        self, info: Info, given: Annotated[inputs.ApprovePointsAdjustmentInput, _Input]
    ) -> results.AdjustmentSavedView:
        context, adjustment_key, by = info.context, given.adjustment_key, _by(info)

        async def act(session: WriteSession) -> SavedAdjustment:
            return await actions.approve(session, adjustment_key, reason=given.reason, by=by)

        saved = await context.once(
            "approvePointsAdjustment", given.request_id, given, act, answer=SavedAdjustment
        )
        return await _adjusted(info, saved)

    @root_mutation(
        access=Access.BOOKKEEPER,
        graphql_type=results.RejectPointsAdjustmentResult,
        description="Say no to what somebody else wants to adjust; nothing moves.",
    )
    async def reject_points_adjustment(
        self, info: Info, given: Annotated[inputs.RejectPointsAdjustmentInput, _Input]
    ) -> results.AdjustmentSavedView:
        context, adjustment_key, by = info.context, given.adjustment_key, _by(info)

        async def act(session: WriteSession) -> SavedAdjustment:
            return await actions.reject(session, adjustment_key, reason=given.reason, by=by)

        saved = await context.once(
            "rejectPointsAdjustment", given.request_id, given, act, answer=SavedAdjustment
        )
        return await _adjusted(info, saved)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.FreezePointsResult,
        description="Freeze a member's points: nothing is spent, given or received, and nothing "
        "settles. What is reserved already is spent or given back as its order ends.",
    )
    async def freeze_points(
        self, info: Info, given: Annotated[inputs.FreezePointsInput, _Input]
    ) -> results.MemberPointsSavedView:
        context, member_key, by = info.context, given.member_key, _by(info)

        async def act(session: WriteSession) -> SavedAccount:
            return await set_frozen(session, member_key, is_frozen=True, reason=given.reason, by=by)

        await context.once("freezePoints", given.request_id, given, act, answer=SavedAccount)
        return await _saved(info, member_key)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.UnfreezePointsResult,
        description="Let a member's points go again; what was due meanwhile settles.",
    )
    async def unfreeze_points(
        self, info: Info, given: Annotated[inputs.UnfreezePointsInput, _Input]
    ) -> results.MemberPointsSavedView:
        context, member_key, by = info.context, given.member_key, _by(info)

        async def act(session: WriteSession) -> SavedAccount:
            return await set_frozen(
                session, member_key, is_frozen=False, reason=given.reason, by=by
            )

        await context.once("unfreezePoints", given.request_id, given, act, answer=SavedAccount)
        return await _saved(info, member_key)


def _by(info: Info) -> By:
    context = info.context
    return By(context.staff(), context.now(), context.random)


async def _adjusted(info: Info, saved: SavedAdjustment) -> results.AdjustmentSavedView:
    found = await adjusting.adjustment(info.context.reads, saved.adjustment_id)
    assert found is not None
    return results.AdjustmentSavedView(found)


async def _saved(info: Info, member_key: UUID) -> results.MemberPointsSavedView:
    context = info.context
    found = await views.staff_points(context.reads, member_key, at=context.now())
    assert found is not None
    return results.MemberPointsSavedView(found)
