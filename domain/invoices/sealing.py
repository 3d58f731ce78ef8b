"""How what is personal in a request is sealed and opened."""

from random import Random
from uuid import UUID

import msgspec

from domain.invoices.rules import InvoiceContent
from domain.kernel.sealing import Vault

_TITLE, _DOCUMENT = "invoice-title", "invoice-document"
_DECODER = msgspec.json.Decoder(InvoiceContent)


def sealed_content(
    vault: Vault, invoice_id: UUID, content: InvoiceContent, *, random: Random
) -> bytes:
    """Seal what a request says for its id. ``random`` must be a source that nobody can guess."""
    text = msgspec.json.encode(content)
    return vault.seal(text, purpose=_TITLE, owner=invoice_id.hex, random=random)


def opened_content(vault: Vault, invoice_id: UUID, sealed: bytes) -> InvoiceContent:
    """What was sealed for the request; `Unsealable` for anything else."""
    return _DECODER.decode(vault.open(sealed, purpose=_TITLE, owner=invoice_id.hex))


def sealed_document(vault: Vault, invoice_id: UUID, address: str, *, random: Random) -> bytes:
    """Seal where the file of an invoice is: whoever knows it may read it."""
    return vault.seal(address.encode(), purpose=_DOCUMENT, owner=invoice_id.hex, random=random)


def opened_document(vault: Vault, invoice_id: UUID, sealed: bytes) -> str:
    """Where the file of an invoice is."""
    return vault.open(sealed, purpose=_DOCUMENT, owner=invoice_id.hex).decode()
