"""What placing and cancelling answer with."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.enums import described
from api.limits import sized
from api.members.results import MemberBlocked
from api.orders.refusals import OrderNotOpen, OrderUnavailable, PaymentUnderWay
from api.points.refusals import PointsFrozen, PointsShort
from api.refusals import InvalidInput, Refusal, refusal
from domain.catalog.views.structs import PRODUCT, VARIANT
from domain.kernel.ids import public_id
from domain.kernel.language import Language, Sentence
from domain.kernel.money import Fen, Money
from domain.orders import errors
from domain.orders.cart.views import CART_LINE
from domain.orders.errors import ChangeKind

described(
    ChangeKind,
    "What differs from the quote.",
    EXPIRED="It is too old.",
    LINE_GONE="The cart does not have the line any more; it may have been ordered.",
    UNITS="The line has other units.",
    PERSONALISATION="The line has other texts.",
    UNAVAILABLE="It is not sold (any more).",
    PRICE="The price of a unit is another one.",
    ADDRESS="The address was changed or deleted, or the mall does not deliver there any more.",
    PICK_UP="The store does not hand orders out any more.",
    FREIGHT="The freight is another one.",
    TOTAL="What is left to pay after reductions is another amount.",
    POINTS="The points that were to pay some of it do not pay as much any more.",
)

_CHANGES = {
    ChangeKind.EXPIRED: Sentence(zh="报价已过期。", en="The quote has expired."),
    ChangeKind.LINE_GONE: Sentence(
        zh="购物车中已没有这件商品，可能已经下单。",
        en="The item is no longer in the cart; it may have been ordered.",
    ),
    ChangeKind.UNITS: Sentence(zh="商品数量已变更。", en="The quantity has changed."),
    ChangeKind.PERSONALISATION: Sentence(
        zh="定制内容已变更。", en="The personalisation has changed."
    ),
    ChangeKind.UNAVAILABLE: Sentence(
        zh="商品已下架或暂不可购买。", en="The item is no longer available."
    ),
    ChangeKind.PRICE: Sentence(
        zh="价格由 {before} 变为 {now}。", en="The price has changed from {before} to {now}."
    ),
    ChangeKind.ADDRESS: Sentence(
        zh="收货地址已变更或暂不支持配送。",
        en="The address has changed, or is not delivered to any more.",
    ),
    ChangeKind.PICK_UP: Sentence(
        zh="该门店暂不支持自提。", en="The store does not hand orders out any more."
    ),
    ChangeKind.FREIGHT: Sentence(
        zh="运费由 {before} 变为 {now}。", en="The freight has changed from {before} to {now}."
    ),
    ChangeKind.TOTAL: Sentence(
        zh="应付金额由 {before} 变为 {now}。",
        en="The amount payable has changed from {before} to {now}.",
    ),
    ChangeKind.POINTS: Sentence(zh="积分抵扣规则已变更。", en="What points pay for has changed."),
}


@strawberry.type(description="The order was placed and waits to be paid.")
class OrderPlaced:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    number: str = strawberry.field(description="The number that people know it by.")
    payable_fen: Fen = strawberry.field(name="payable", description="What there is to pay.")
    pay_by: datetime = strawberry.field(
        description="Until when; it is closed then, and its units are for others."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, OrderPlacedView)


class OrderPlacedView(msgspec.Struct, frozen=True):
    """The struct behind `OrderPlaced`."""

    order_id: str
    number: str
    payable_fen: int
    pay_by: datetime


@strawberry.type(description="The order is closed, and its units are for others.")
class OrderCancelled:
    order_id: strawberry.ID = strawberry.field(description="The order.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, OrderCancelledView)


class OrderCancelledView(msgspec.Struct, frozen=True):
    """The struct behind `OrderCancelled`."""

    order_id: str


@strawberry.type(description="One thing that has changed since the quote.")
class QuoteChange:
    kind: ChangeKind = strawberry.field(description="What has changed.")
    message: str = strawberry.field(description="A sentence for people, in the caller's language.")
    line_id: strawberry.ID | None = strawberry.field(
        description="The line of the cart, where it is about one."
    )
    before_fen: Fen | None = strawberry.field(
        name="before", description="The amount as it was, where it is about one."
    )
    now_fen: Fen | None = strawberry.field(
        name="now", description="The amount as it is, where it is about one."
    )


def _changes(refused: errors.QuoteChanged, language: Language) -> dict[str, object]:
    return {"changes": [_change(each, language) for each in refused.changes]}


def _change(change: errors.Change, language: Language) -> QuoteChange:
    amounts: dict[str, object] = {
        "before": Money(change.before_fen or 0),
        "now": Money(change.now_fen or 0),
    }
    return QuoteChange(
        kind=change.kind,
        message=_CHANGES[change.kind].told_in(language, amounts),
        line_id=_line(change.line_id) if change.line_id else None,
        before_fen=None if change.before_fen is None else Fen(change.before_fen),
        now_fen=None if change.now_fen is None else Fen(change.now_fen),
    )


@refusal(
    errors.QuoteChanged,
    Sentence(
        zh="订单信息有变化，请确认后重新提交。",
        en="Something has changed since the quote; please look again before ordering.",
    ),
    _changes,
)
@strawberry.type(description="What the member saw is not so any more; nothing was placed.")
class QuoteChanged(Refusal):
    changes: list[QuoteChange] = strawberry.field(
        description="Everything that has changed, at most a few for each line; counts as 10 in a "
        "document's cost.",
        metadata=sized(10),
    )


@refusal(
    errors.OutOfStock,
    Sentence(
        zh="库存不足：需要 {wanted} 件，仅剩 {available} 件。",
        en="Not enough in stock: {wanted} wanted, {available} left.",
    ),
    lambda refused, _: {
        "line_id": _line(refused.line_id) if refused.line_id else None,
        "variant_id": public_id(VARIANT, refused.variant_id),
        "available": refused.available,
        "wanted": refused.wanted,
    },
)
@strawberry.type(description="There are not enough units of a variant; nothing was placed.")
class OutOfStock(Refusal):
    line_id: strawberry.ID | None = strawberry.field(
        description="The line of the cart; null where none was ordered from it."
    )
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    available: int = strawberry.field(description="How many units there are.")
    wanted: int = strawberry.field(description="How many were wanted, in all lines together.")


@refusal(
    errors.OverMemberLimit,
    Sentence(
        zh="该商品每人限购 {limit} 件，您还可购买 {left} 件。",
        en="At most {limit} of this product for each member; you may have {left} more.",
    ),
    lambda refused, _: {
        "line_id": _line(refused.line_id) if refused.line_id else None,
        "product_id": public_id(PRODUCT, refused.product_id),
        "limit": refused.limit,
        "left": refused.left,
    },
)
@strawberry.type(
    description="A member may have only so many of a product, or of an offer; nothing was placed."
)
class OverMemberLimit(Refusal):
    line_id: strawberry.ID | None = strawberry.field(
        description="The line of the cart; null where none was ordered from it."
    )
    product_id: strawberry.ID = strawberry.field(description="The product.")
    limit: int = strawberry.field(description="How many a member may have, over all orders.")
    left: int = strawberry.field(description="How many more the member may have.")


PlaceOrderResult = Annotated[
    OrderPlaced
    | QuoteChanged
    | OutOfStock
    | OverMemberLimit
    | PointsShort
    | PointsFrozen
    | MemberBlocked
    | InvalidInput,
    strawberry.union("PlaceOrderResult", description="How placing an order went."),
]
CancelOrderResult = Annotated[
    OrderCancelled | OrderUnavailable | OrderNotOpen | PaymentUnderWay,
    strawberry.union("CancelOrderResult", description="How cancelling an order went."),
]


def _line(key: UUID) -> strawberry.ID:
    return strawberry.ID(public_id(CART_LINE, key))
