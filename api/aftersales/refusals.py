"""What after-sales refuse, as data."""

from collections.abc import Mapping

import strawberry

from api.aftersales.enums import CaseObstacle, CaseStatus
from api.refusals import Refusal, refusal
from domain.aftersales import errors
from domain.aftersales.views import CASE
from domain.kernel.ids import public_id
from domain.kernel.language import Sentence
from domain.kernel.money import Fen
from domain.orders.refunding import errors as refunds
from domain.orders.views.structs import ORDER

_OBSTACLES: Mapping[CaseObstacle, Sentence] = {
    CaseObstacle.NOT_PAID: Sentence(
        "订单未付款或已关闭，无法申请售后。", "The order is not paid, or it is closed."
    ),
    CaseObstacle.TOO_LATE: Sentence("已超过售后期限。", "The time for after-sales is over."),
    CaseObstacle.PERSONALISED: Sentence(
        "定制商品非质量问题不支持退换。",
        "Goods that were made for you are taken back only for the shop's fault.",
    ),
    CaseObstacle.VIRTUAL: Sentence(
        "虚拟商品无法退货或换货，可申请退款。",
        "Virtual goods cannot come back. Ask for a refund instead.",
    ),
    CaseObstacle.TOO_MANY: Sentence(
        "该订单的售后申请已达上限。", "The order has as many cases as it can have."
    ),
    CaseObstacle.NOT_THIS_GOODS: Sentence(
        "只能换同一商品、同一价格的规格。",
        "Only variants of the same product at the same price can come in exchange.",
    ),
    CaseObstacle.OUT_OF_STOCK: Sentence(
        "换货商品库存不足，可拒绝后代会员申请退货退款。",
        "There are not enough units of what shall come in exchange. Refuse the case, and open a "
        "return for the member instead.",
    ),
}


@refusal(errors.CaseUnavailable, Sentence(zh="售后单不存在。", en="There is no such case."))
@strawberry.type(description="There is no such case for the caller.")
class CaseUnavailable(Refusal):
    pass


@refusal(
    errors.CaseMoved,
    Sentence(zh="售后状态已变更，请刷新。", en="The case has moved on; please look again."),
    lambda refused, _: {"case_id": public_id(CASE, refused.case_id), "status": refused.status},
)
@strawberry.type(description="The case has moved on; nothing was done.")
class CaseMoved(Refusal):
    case_id: strawberry.ID = strawberry.field(description="The case.")
    status: CaseStatus = strawberry.field(description="Where it is.")


@refusal(
    errors.CaseNotPossible,
    Sentence(zh="无法申请售后。", en="There can be no such case."),
    lambda refused, language: {
        "order_id": public_id(ORDER, refused.order_id),
        "obstacle": refused.obstacle,
        "why": _OBSTACLES[refused.obstacle].told_in(language, {}),
        "line_number": refused.line_number or 0,
    },
)
@strawberry.type(description="There can be no such case; nothing was done.")
class CaseNotPossible(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")
    obstacle: CaseObstacle = strawberry.field(description="What is in the way.")
    why: str = strawberry.field(description="The same in a sentence, in the caller's language.")
    line_number: int = strawberry.field(
        description="The line that it is about; 0 where it is about the whole order."
    )


@refusal(
    errors.UnitsInOtherCases,
    Sentence(
        zh="第 {line_number} 行可申请的商品仅剩 {left} 件。",
        en="Line {line_number} has {left} units left that are in no other case.",
    ),
)
@strawberry.type(description="Not so many units are in no other case; nothing was done.")
class UnitsInOtherCases(Refusal):
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    left: int = strawberry.field(description="How many units are left.")
    wanted: int = strawberry.field(description="How many were asked for.")


@refusal(
    errors.CasesChanged,
    Sentence(
        zh="该订单刚有新的售后申请，请重新查看。",
        en="Another case of the order was opened; please look again.",
    ),
)
@strawberry.type(description="The order has other cases than were seen; none was opened.")
class CasesChanged(Refusal):
    seen: int = strawberry.field(description="How many were seen.")
    now: int = strawberry.field(description="How many there are.")


@refusal(
    errors.UnitsNotRestockable,
    Sentence(
        zh="第 {line_number} 行最多还能入库 {left} 件，其余请记为不可再售，退款照常。",
        en="At most {left} units of line {line_number} can go back on the shelf. Note the others "
        "as not to be sold again; their money goes back all the same.",
    ),
)
@strawberry.type(description="Not so many units can go back on the shelf; nothing was done.")
class UnitsNotRestockable(Refusal):
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    left: int = strawberry.field(description="How many can.")
    wanted: int = strawberry.field(description="How many should.")


@refusal(
    errors.RefundChanged,
    Sentence(
        zh="可退金额已变化，请重新确认。", en="What comes back has changed; please look again."
    ),
    lambda refused, _: {"seen": Fen(refused.seen_fen), "now": Fen(refused.now_fen)},
)
@strawberry.type(description="What comes back is not what was seen; nothing was asked for.")
class RefundChanged(Refusal):
    seen: Fen = strawberry.field(description="What was seen.")
    now: Fen = strawberry.field(description="What would come back now.")


@refusal(
    refunds.OrderNotRefundable,
    Sentence(zh="订单目前不能退款。", en="Nothing of the order can be refunded as it is."),
    lambda refused, _: {"order_id": public_id(ORDER, refused.order_id)},
)
@strawberry.type(description="Nothing of the order can be refunded as it is.")
class OrderNotRefundable(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")


@refusal(
    refunds.UnitsNotRefundable,
    Sentence(
        zh="第 {line_number} 行可退的商品仅剩 {left} 件。",
        en="Line {line_number} has {left} units left that can be refunded.",
    ),
)
@strawberry.type(description="Not so many units of a line can be refunded; nothing was.")
class UnitsNotRefundable(Refusal):
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    left: int = strawberry.field(description="How many can be.")
    wanted: int = strawberry.field(description="How many should be.")


@refusal(
    refunds.AmountNotRefundable,
    Sentence(
        zh="第 {line_number} 行可退金额不足。",
        en="Not so much is left of what was paid for line {line_number}.",
    ),
    lambda refused, _: {
        "line_number": refused.line_number,
        "left_fen": Fen(refused.left_fen),
        "wanted_fen": Fen(refused.wanted_fen),
    },
)
@strawberry.type(description="Not so much of a line can be refunded; nothing was.")
class AmountNotRefundable(Refusal):
    line_number: int = strawberry.field(
        description="The line, by its place in the order; 0 for the freight."
    )
    left_fen: Fen = strawberry.field(name="leftAmount", description="How much can be.")
    wanted_fen: Fen = strawberry.field(name="wantedAmount", description="How much should be.")


@refusal(
    refunds.RefundsExhausted,
    Sentence(
        zh="该笔付款的退款次数已达上限，请联系客服。",
        en="The payment takes no more refunds; the money has to go another way.",
    ),
    lambda refused, _: {"order_id": public_id(ORDER, refused.order_id)},
)
@strawberry.type(description="The gateway takes no more refunds of the payment.")
class RefundsExhausted(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")
