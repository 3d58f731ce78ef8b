"""What reads of invoices answer with: plain structs in one language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from domain.invoices.words import InvoiceStatus, TitleKind
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.kernel.sealing import Vault


class InvoiceEntry(msgspec.Struct, frozen=True, gc=False):
    """Something that happened to a request, told in a sentence."""

    at: datetime
    text: str


class RedLetterView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A red-letter invoice that is owed or was made; ``refund_number`` is the refund's."""

    id: str
    refund_number: str
    amount_fen: Fen
    is_made: bool
    owed_since: datetime
    number: str | None
    code: str | None
    issued_on: str | None
    made_at: datetime | None


class InvoiceView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A request for an invoice, and the invoice.

    ``amount_fen`` is what it is to be for by now, or was made for. Whom it is for is None where
    that was erased; what lists show of it is masked.
    """

    id: str
    order_id: str
    order_number: str
    status: InvoiceStatus
    title_kind: TitleKind
    title: str | None
    tax_number: str | None
    email: str | None
    paid_fen: Fen
    amount_fen: Fen
    requested_at: datetime
    ended_at: datetime | None
    reason: str | None
    number: str | None
    code: str | None
    issued_on: str | None
    document_url: str | None
    red_letters: Sequence[RedLetterView]
    timeline: Sequence[InvoiceEntry]
    key: UUID


@dataclass(frozen=True, slots=True)
class Reading:
    """What opens whom invoices are for, and in which language to tell what happened."""

    vault: Vault
    language: Language
    is_masked: bool
