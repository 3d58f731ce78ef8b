"""Why points moved, in sentences for their member and in either language."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from domain.kernel.days import day_at
from domain.kernel.language import Language, Sentence
from domain.points.adjusting.words import AdjustmentReason
from domain.points.words import Reason, SourceKind


class Waits(StrEnum):
    """What a pending lot waits for: its date, the receipt of the goods, or the end of a case."""

    DATE = "date"
    RECEIPT = "receipt"
    CASE = "case"


_WHY: Mapping[Reason, Sentence] = {
    Reason.EARNED: Sentence("获得积分：{origin}{when}", "Earned by {origin}{when}"),
    Reason.GRANTED: Sentence("获赠积分：{origin}", "Granted for {origin}"),
    Reason.SETTLED: Sentence(
        "积分到账：{origin}", "Settled, and good to spend: earned by {origin}"
    ),
    Reason.CANCELLED: Sentence(
        "待到账积分取消：{origin}，未在期限内收货",
        "Given up: the goods of {origin} were not received in time",
    ),
    Reason.REPAID: Sentence(
        "抵还欠积分：{origin}", "Used to pay back points that were owed: from {origin}"
    ),
    Reason.HELD: Sentence("下单占用积分：{origin}", "Reserved for {origin}"),
    Reason.CAPTURED: Sentence("占用的积分已使用：{origin}", "Spent, as reserved: {origin}"),
    Reason.RELEASED: Sentence("占用的积分退回：{origin}", "No longer reserved: {origin}"),
    Reason.RETURNED: Sentence("退回已使用的积分：{origin}", "Spent points came back: {origin}"),
    Reason.RESTORED: Sentence(
        "退回已使用的积分（原积分已到期，重新发放）：{origin}",
        "Spent points came back, given anew since they had expired: {origin}",
    ),
    Reason.EXPIRED: Sentence("积分到期：{origin}", "Expired: from {origin}"),
    Reason.CLAWED_BACK: Sentence("收回所获积分：{origin}", "Taken back: {origin}"),
    Reason.OWED: Sentence(
        "应收回的积分不足，记为欠积分：{origin}",
        "Owed, since points to be taken back were not there any more: {origin}",
    ),
    Reason.WAIVED: Sentence(
        "应收回的积分不足，予以免除：{origin}",
        "Waived, since points to be taken back were not there any more: {origin}",
    ),
    Reason.DEDUCTED: Sentence(
        "应收回的积分不足，已从退款中扣除：{origin}",
        "Deducted from the money, since points to be taken back were not there any more: {origin}",
    ),
    Reason.ADJUSTED: Sentence("客服调整积分：{origin}", "Adjusted by our staff: {origin}"),
    Reason.SENT: Sentence("转赠积分给其他会员", "Given to another member"),
    Reason.RECEIVED: Sentence("收到其他会员转赠的积分", "Received from another member"),
}
_ORIGINS: Mapping[SourceKind, Sentence] = {
    SourceKind.ORDER: Sentence("订单 {number}", "order {number}"),
    SourceKind.REFUND: Sentence("订单 {number} 退款", "the refund of order {number}"),
    SourceKind.LOT: Sentence("已有积分", "points from before"),
    SourceKind.HOLD: Sentence("订单", "an order"),
    SourceKind.ADJUSTMENT: Sentence("客服调整", "an adjustment by our staff"),
    SourceKind.TRANSFER: Sentence("会员转赠", "another member"),
    SourceKind.EVENT: Sentence("活动", "an activity"),
    SourceKind.CASE: Sentence("售后", "a case after the sale"),
    SourceKind.REVIEW: Sentence("评价", "a review"),
}
_ADJUSTED: Mapping[AdjustmentReason, Sentence] = {
    AdjustmentReason.GOODWILL: Sentence("客户关怀", "a kindness of ours"),
    AdjustmentReason.COMPENSATION: Sentence("补偿", "a compensation"),
    AdjustmentReason.CORRECTION: Sentence("更正", "a correction"),
    AdjustmentReason.CAMPAIGN: Sentence("活动补发", "an activity"),
    AdjustmentReason.ABUSE: Sentence("违规处理", "a breach of the rules"),
    AdjustmentReason.OTHER: Sentence("其他", "another reason"),
}
_NUMBERLESS: Mapping[SourceKind, Sentence] = {
    SourceKind.ORDER: Sentence("订单", "an order"),
    SourceKind.REFUND: Sentence("订单退款", "the refund of an order"),
}
_WHEN: Mapping[Waits, Sentence] = {
    Waits.DATE: Sentence("，预计 {day} 到账", "; settles on {day}"),
    Waits.RECEIPT: Sentence(
        "，确认收货并过退货期后到账",
        "; settles when the goods were received and the time to return them is over",
    ),
    Waits.CASE: Sentence("，售后处理完成后到账", "; settles after the end of a case that is open"),
}


def waits_for(settles_at: datetime | None, deferrals: int) -> Waits:
    """What a lot that is pending waits for."""
    if deferrals:
        return Waits.CASE
    return Waits.RECEIPT if settles_at is None else Waits.DATE


def when_settled(waits: Waits, settles_at: datetime | None, language: Language) -> str:
    """The end of a sentence: when points will settle."""
    day = day_at(settles_at).isoformat() if settles_at else ""
    return _WHEN[waits].told_in(language, {"day": day})


def origin_told(kind: SourceKind, number: str | None, language: Language) -> str:
    """The fact that points come from, by the number of its order where that is known."""
    sentence = _ORIGINS[kind] if number else _NUMBERLESS.get(kind, _ORIGINS[kind])
    return sentence.told_in(language, {"number": number or ""})


def adjustment_told(reason: AdjustmentReason, language: Language) -> str:
    """Why the staff adjusted points, as their member reads it."""
    return _ADJUSTED[reason].told_in(language, {})


def why(reason: Reason, origin: str, language: Language, *, when: str = "") -> str:
    """Why points moved, of that origin; ``when`` is told of those that are still pending."""
    return _WHY[reason].told_in(language, {"origin": origin, "when": when})
