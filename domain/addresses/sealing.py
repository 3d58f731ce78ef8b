"""How what is personal in an address is sealed, opened and found by its number."""

from random import Random
from uuid import UUID

import msgspec

from domain.addresses.rules import AddressContent
from domain.kernel.sealing import Vault

_PURPOSE = "address"
_DECODER = msgspec.json.Decoder(AddressContent)


def sealed_content(
    vault: Vault, address_id: UUID, content: AddressContent, *, random: Random
) -> bytes:
    """Seal what an address says for its id. ``random`` must be a source that nobody can guess."""
    text = msgspec.json.encode(content)
    return vault.seal(text, purpose=_PURPOSE, owner=address_id.hex, random=random)


def opened_content(vault: Vault, address_id: UUID, sealed: bytes) -> AddressContent:
    """What was sealed for the address; `Unsealable` for anything else."""
    return _DECODER.decode(vault.open(sealed, purpose=_PURPOSE, owner=address_id.hex))
