"""What a member saw of a quote: sealed into the token that an order is placed from."""

import base64
import binascii
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec

from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence
from domain.kernel.sealing import Unsealable, Vault
from domain.orders.words import DeliveryMethod

LONGEST_VALIDITY = timedelta(hours=24)
"""How long an order may be placed from a quote; it is priced again in any case."""
LONGEST_TOKEN = 40_000

_PURPOSE = "quote"
_NOT_A_QUOTE = Sentence(
    zh="报价无效，请重新获取报价。", en="This is no quote of yours; please ask for a new one."
)


class SeenLine(msgspec.Struct, frozen=True, array_like=True):
    """A line of the cart as it was quoted."""

    line_id: UUID
    variant_id: UUID
    units: int
    personalisation_key: str
    unit_fen: int
    personalisation_unit_fen: int
    payable_fen: int


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A quote as its member saw it. ``place_id`` is whose stock it would take.

    ``points`` are those that it would use.
    """

    made_at: datetime
    delivery: DeliveryMethod
    place_id: UUID
    address_id: UUID | None
    address_revision: int | None
    lines: tuple[SeenLine, ...]
    freight_fen: int
    payable_fen: int
    points: int = 0


def sealed(seen: Seen, vault: Vault, *, member: str, random: Random) -> str:
    """Seal it for the member alone, as text."""
    text = msgspec.json.encode(seen)
    closed = vault.seal(text, purpose=_PURPOSE, owner=member, random=random)
    return base64.urlsafe_b64encode(closed).decode()


def opened(token: str, vault: Vault, *, member: str) -> Seen:
    """What was sealed for the member; a BAD_INPUT fault for anything else."""
    if len(token) > LONGEST_TOKEN:
        raise BadInput(_NOT_A_QUOTE)
    try:
        closed = base64.b64decode(token, altchars=b"-_", validate=True)
        return msgspec.json.decode(vault.open(closed, purpose=_PURPOSE, owner=member), type=Seen)
    except (binascii.Error, ValueError, Unsealable) as error:
        raise BadInput(_NOT_A_QUOTE) from error
