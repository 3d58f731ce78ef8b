"""What staff can do to the points mall, and members in it."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Info
from api.orders.placing_results import OrderPlacedView
from api.points import mall_inputs as inputs
from api.points import mall_results as results
from api.refusals import root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id
from domain.orders.placing.values import Placed
from domain.orders.redeeming import publishing
from domain.orders.redeeming.actions import redeem
from domain.orders.redeeming.publishing import OfferSaved
from domain.orders.redeeming.views import POINTS_OFFER
from domain.orders.views.structs import ORDER

_Input = strawberry.argument(name="input", description="What, and why.")


@strawberry.type
class PointsMallMutation:
    """Changes of the points mall, and redeeming."""

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.PublishPointsOfferResult,
        description="Offer units of a variant for points, or for points and cash.",
    )
    async def publish_points_offer(
        self, info: Info, given: Annotated[inputs.PublishPointsOfferInput, _Input]
    ) -> results.PointsOfferSavedView:
        variant_id, terms, by = given.variant_key, given.value(), _by(info)

        async def act(session: WriteSession) -> OfferSaved:
            return await publishing.publish(session, variant_id, terms, reason=given.reason, by=by)

        saved = await info.context.once(
            "publishPointsOffer", given.request_id, given, act, answer=OfferSaved
        )
        return _saved(saved)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.ChangePointsOfferResult,
        description="Say something else of an offer; orders of it stay as they are.",
    )
    async def change_points_offer(
        self, info: Info, given: Annotated[inputs.ChangePointsOfferInput, _Input]
    ) -> results.PointsOfferSavedView:
        offer_id, terms, by = given.offer_key, given.value(), _by(info)

        async def act(session: WriteSession) -> OfferSaved:
            return await publishing.change(
                session, offer_id, given.revision, terms, reason=given.reason, by=by
            )

        saved = await info.context.once(
            "changePointsOffer", given.request_id, given, act, answer=OfferSaved
        )
        return _saved(saved)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.WithdrawPointsOfferResult,
        description="End an offer for good; orders of it stay as they are.",
    )
    async def withdraw_points_offer(
        self, info: Info, given: Annotated[inputs.WithdrawPointsOfferInput, _Input]
    ) -> results.PointsOfferSavedView:
        offer_id, by = given.offer_key, _by(info)

        async def act(session: WriteSession) -> OfferSaved:
            return await publishing.withdraw(
                session, offer_id, given.revision, reason=given.reason, by=by
            )

        saved = await info.context.once(
            "withdrawPointsOffer", given.request_id, given, act, answer=OfferSaved
        )
        return _saved(saved)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.RedeemPointsOfferResult,
        description="Order units of an offer: all of them or nothing. They and the points are held "
        "until the order is paid or closed; where there is no cash and no freight to pay it is "
        "paid by itself.",
    )
    async def redeem_points_offer(
        self,
        info: Info,
        given: Annotated[
            inputs.RedeemPointsOfferInput,
            strawberry.argument(name="input", description="What, and where to."),
        ],
    ) -> OrderPlacedView:
        context = info.context
        wish, at, random = given.wish_of(context.member()), context.now(), context.random

        async def act(session: WriteSession) -> Placed:
            return await redeem(session, wish, at=at, random=random)

        placed = await context.once(
            "redeemPointsOffer", given.request_id, given, act, answer=Placed
        )
        return OrderPlacedView(
            public_id(ORDER, placed.order_id), placed.number, placed.payable_fen, placed.pay_by
        )


def _by(info: Info) -> By:
    return By(info.context.staff(), info.context.now(), info.context.random)


def _saved(saved: OfferSaved) -> results.PointsOfferSavedView:
    return results.PointsOfferSavedView(public_id(POINTS_OFFER, saved.offer_id), saved.revision)
