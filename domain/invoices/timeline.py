"""What happened to a request for an invoice, told to its member in sentences."""

from collections.abc import Iterator
from datetime import datetime

from domain.invoices.structs import InvoiceEntry, InvoiceView
from domain.invoices.words import InvoiceStatus
from domain.kernel.language import Language, Sentence
from domain.kernel.money import Money

_REQUESTED = Sentence(
    zh="发票申请已提交，开具后发送至 {email}。",
    en="The invoice was asked for; it will be sent to {email}.",
)
_ISSUED = Sentence(
    zh="发票已开具，金额 {amount}，发票号码 {number}。",
    en="The invoice was issued for {amount}, number {number}.",
)
_REJECTED = Sentence(
    zh="发票申请未通过：{why}", en="The invoice will not be issued as you asked: {why}"
)
_CANCELLED = Sentence(zh="发票申请已取消。", en="The request for the invoice was called off.")
_NOTHING_LEFT = Sentence(
    zh="订单款项已全部退回，发票申请已取消。",
    en="All of the money went back, so there will be no invoice.",
)
_OWED = Sentence(
    zh="已退款 {amount}，我们将开具红字发票。",
    en="{amount} went back; a red-letter invoice of it will be issued.",
)
_RED_LETTER = Sentence(
    zh="红字发票已开具，金额 {amount}，发票号码 {number}。",
    en="A red-letter invoice was issued for {amount}, number {number}.",
)


def entries(invoice: InvoiceView, language: Language) -> list[InvoiceEntry]:
    """All that happened, the earliest first."""
    told = [
        InvoiceEntry(at, sentence.told_in(language, particulars))
        for at, sentence, particulars in _happened(invoice)
    ]
    return sorted(told, key=lambda each: each.at)


def _happened(invoice: InvoiceView) -> Iterator[tuple[datetime, Sentence, dict[str, object]]]:
    yield invoice.requested_at, _REQUESTED, {"email": invoice.email or "***"}
    if invoice.ended_at is not None:
        particulars: dict[str, object] = {
            "amount": Money(invoice.amount_fen),
            "number": invoice.number,
            "why": invoice.reason,
        }
        yield invoice.ended_at, _end_of(invoice), particulars
    for each in invoice.red_letters:
        amount = Money(each.amount_fen)
        yield each.owed_since, _OWED, {"amount": amount}
        if each.made_at is not None:
            yield each.made_at, _RED_LETTER, {"amount": amount, "number": each.number}


def _end_of(invoice: InvoiceView) -> Sentence:
    if invoice.status is InvoiceStatus.ISSUED:
        return _ISSUED
    if invoice.status is InvoiceStatus.REJECTED:
        return _REJECTED
    return _CANCELLED if invoice.amount_fen > 0 else _NOTHING_LEFT
