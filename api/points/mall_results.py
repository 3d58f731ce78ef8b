"""What changes of the points mall and redeeming answer with."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from api.addresses.results import AddressUnavailable
from api.members.results import MemberBlocked
from api.orders.placing_results import OrderPlaced, OutOfStock, OverMemberLimit
from api.points.refusals import PointsFrozen, PointsShort
from api.refusals import InvalidInput, Refusal, refusal
from domain.kernel.language import Sentence
from domain.kernel.money import Fen
from domain.kernel.points import Points
from domain.orders.redeeming import errors


class PointsOfferSavedView(msgspec.Struct, frozen=True):
    """The struct behind `PointsOfferSaved`."""

    offer_id: str
    revision: int


@strawberry.type(description="The offer was written.")
class PointsOfferSaved:
    offer_id: strawberry.ID = strawberry.field(description="The offer.")
    revision: int = strawberry.field(description="Its revision now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PointsOfferSavedView)


@refusal(
    errors.OfferUnavailable,
    Sentence(zh="没有这个兑换商品，或已下架。", en="There is no such offer (any more)."),
)
@strawberry.type(description="There is no such offer, or its goods are not sold; nothing changed.")
class OfferUnavailable(Refusal):
    pass


@refusal(
    errors.OfferNotOpen,
    Sentence(zh="兑换尚未开始或已经结束。", en="The offer is not open (any more)."),
)
@strawberry.type(description="The offer opens later, or is over; nothing was changed.")
class OfferNotOpen(Refusal):
    opens_at: datetime | None = strawberry.field(
        description="From when on it can be redeemed; null where it is over."
    )


@refusal(
    errors.OfferSoldOut,
    Sentence(
        zh="兑换数量不足：需要 {wanted} 件，仅剩 {left} 件。",
        en="The offer has not enough left: {wanted} wanted, {left} left.",
    ),
)
@strawberry.type(description="The offer has fewer units left; nothing was changed.")
class OfferSoldOut(Refusal):
    left: int = strawberry.field(description="How many units it still has.")
    wanted: int = strawberry.field(description="How many were wanted.")


@refusal(
    errors.OfferPriceChanged,
    Sentence(
        zh="兑换价格有变化，请确认后重新提交。",
        en="The offer costs something else by now; please look again.",
    ),
    lambda refused, _: {
        "points": Points(refused.points),
        "cash_fen": Fen(refused.cash_fen),
    },
)
@strawberry.type(description="A unit costs something else than was seen; nothing was changed.")
class OfferPriceChanged(Refusal):
    points: Points = strawberry.field(description="The points that it costs now.")
    cash_fen: Fen = strawberry.field(name="cash", description="The cash that it costs now.")


@refusal(
    errors.OfferChanged,
    Sentence(
        zh="兑换商品已被他人修改（版本 {revision}），请重新读取后再改。",
        en="Somebody has changed the offer (revision {revision}); read it again first.",
    ),
)
@strawberry.type(description="Somebody has changed the offer since it was read.")
class OfferChanged(Refusal):
    revision: int = strawberry.field(description="Its revision now.")


PublishPointsOfferResult = Annotated[
    PointsOfferSaved | InvalidInput,
    strawberry.union("PublishPointsOfferResult", description="How publishing the offer went."),
]
ChangePointsOfferResult = Annotated[
    PointsOfferSaved | OfferUnavailable | OfferChanged | InvalidInput,
    strawberry.union("ChangePointsOfferResult", description="How changing the offer went."),
]
WithdrawPointsOfferResult = Annotated[
    PointsOfferSaved | OfferUnavailable | OfferChanged | InvalidInput,
    strawberry.union("WithdrawPointsOfferResult", description="How withdrawing the offer went."),
]
RedeemPointsOfferResult = Annotated[
    OrderPlaced
    | OfferUnavailable
    | OfferNotOpen
    | OfferSoldOut
    | OfferPriceChanged
    | OverMemberLimit
    | OutOfStock
    | PointsShort
    | PointsFrozen
    | AddressUnavailable
    | MemberBlocked
    | InvalidInput,
    strawberry.union("RedeemPointsOfferResult", description="How redeeming the offer went."),
]
