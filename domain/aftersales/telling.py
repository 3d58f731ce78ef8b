"""Cases in sentences: what happened, and what is next and by when."""

from collections.abc import Mapping
from datetime import datetime

from domain.aftersales.words import CaseKind, CaseOpener, CaseStatus, NextStep
from domain.kernel.clock import SHOP_ZONE
from domain.kernel.language import Language, Sentence

_KINDS: Mapping[CaseKind, Sentence] = {
    CaseKind.REFUND: Sentence("退款", "a refund"),
    CaseKind.RETURN: Sentence("退货退款", "a return"),
    CaseKind.EXCHANGE: Sentence("换货", "an exchange"),
}
_MOVES: Mapping[CaseStatus, Sentence] = {
    CaseStatus.REQUESTED: Sentence("已申请{kind}。", "Asked for: {kind}."),
    CaseStatus.APPROVED: Sentence("{kind}申请已同意。", "The shop agreed to {kind}."),
    CaseStatus.SENT_BACK: Sentence("商品已寄回。", "The goods were sent back."),
    CaseStatus.RECEIVED: Sentence("商家已收到寄回的商品。", "The shop has received the goods."),
    CaseStatus.INSPECTED: Sentence("寄回的商品已验收。", "The goods were inspected and accepted."),
    CaseStatus.REFUNDING: Sentence("退款处理中。", "The money is on its way back."),
    CaseStatus.SUCCEEDED: Sentence("退款已完成。", "The money is back."),
    CaseStatus.EXCHANGED: Sentence("换货商品已寄出。", "What comes in exchange was sent."),
    CaseStatus.REFUSED: Sentence("商家未同意：{note}", "The shop did not agree: {note}"),
    CaseStatus.CANCELLED: Sentence("申请已撤销。", "The request was taken back."),
    CaseStatus.EXPIRED: Sentence(
        "超时未寄回商品，申请已关闭。", "The goods were not sent back in time; the case is closed."
    ),
}
_ERASED = Sentence("（内容已删除）", "(what was said is erased)")
_OPENED_FOR_THEM = Sentence("商家已代您申请{kind}。", "The shop asked for {kind} for you.")
_STEPS: Mapping[NextStep, Sentence] = {
    NextStep.SHOP_ANSWERS: Sentence("商家将在 {due} 前答复。", "The shop answers by {due}."),
    NextStep.MEMBER_SENDS_BACK: Sentence(
        "请在 {due} 前寄回商品并填写运单号，逾期将自动关闭。",
        "Please send the goods back by {due} and give the number of the parcel; after that the "
        "case is closed.",
    ),
    NextStep.SHOP_RECEIVES: Sentence(
        "包裹寄回途中，商家预计在 {due} 前收货。",
        "The parcel is on its way; the shop expects it by {due}.",
    ),
    NextStep.SHOP_INSPECTS: Sentence(
        "商家将在 {due} 前完成验收。", "The shop inspects the goods by {due}."
    ),
    NextStep.SHOP_SENDS_REPLACEMENT: Sentence(
        "商家将在 {due} 前寄出换货商品。", "The shop sends what comes in exchange by {due}."
    ),
    NextStep.MONEY_ARRIVES: Sentence(
        "退款将在 {due} 前退回原支付账户，通常几分钟内到账。",
        "The money goes back to where it came from by {due}, mostly within minutes.",
    ),
    NextStep.NOTHING: Sentence("售后已结束。", "Nothing more has to be done."),
}
_MOMENT = Sentence("{month} 月 {day} 日 {time}", "{date} {time} Beijing time")


def told(
    status: CaseStatus,
    kind: CaseKind,
    opener: CaseOpener,
    note: str | None,
    language: Language,
) -> str:
    """Tell the move of a case to a status; ``note`` is what the staff said with it."""
    particulars: dict[str, object] = {
        "kind": _KINDS[kind].told_in(language, {}),
        "note": note or _ERASED.told_in(language, {}),
    }
    is_for_them = status is CaseStatus.REQUESTED and opener is CaseOpener.STAFF
    sentence = _OPENED_FOR_THEM if is_for_them else _MOVES[status]
    return sentence.told_in(language, particulars)


def next_told(step: NextStep, due_at: datetime | None, language: Language) -> str:
    """Tell what a case waits for, and by when on the shop's clock."""
    due = "" if due_at is None else _moment(due_at, language)
    return _STEPS[step].told_in(language, {"due": due})


def _moment(moment: datetime, language: Language) -> str:
    local = moment.astimezone(SHOP_ZONE)
    particulars: dict[str, object] = {
        "time": f"{local:%H:%M}",
        "month": local.month,
        "day": local.day,
        "date": f"{local:%Y-%m-%d}",
    }
    return _MOMENT.told_in(language, particulars)
