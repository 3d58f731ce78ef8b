"""Identifiers whose order is their age: UUID version 7 (RFC 9562)."""

from datetime import datetime
from random import Random
from uuid import UUID

_RANDOM_BITS = 74
_KEY_BYTES = 16


def new_id(at: datetime, random: Random) -> UUID:
    """Make the id of something that begins to exist ``at`` that moment.

    Ids of different milliseconds sort by time. ``random`` is `random.SystemRandom` where ids
    must not be guessed, and a seeded source where data must come out the same each time.
    """
    milliseconds = int(at.timestamp() * 1000)
    noise = random.getrandbits(_RANDOM_BITS)
    noise_a, noise_b = noise >> 62, noise & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | noise_a << 64 | 2 << 62 | noise_b)


def first_id(at: datetime) -> UUID:
    """The least id that something can have that begins to exist at that moment or later."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def public_id(kind: str, key: UUID) -> str:
    """Name a thing to the outside: its kind and its key, ``product_0192f0…``.

    Clients treat it as opaque. It is Relay's global id in a form that people can read in a log
    and that costs a tenth of base64 where a page names a hundred things.
    """
    return f"{kind}_{key.hex}"


def key_of(public: str, kind: str) -> UUID | None:
    """The key in a public id of that kind; None where it is anything else."""
    prefix, _, digits = public.rpartition("_")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        return None
    # Each key has one name: no capitals, and nothing between the digits.
    if prefix != kind or len(raw) != _KEY_BYTES or raw.hex() != digits:
        return None
    return UUID(bytes=raw)
