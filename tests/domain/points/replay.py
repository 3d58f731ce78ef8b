"""The oracle: what the journal alone says of accounts and lots, by none of the mall's rules."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

_PART = {
    "pending": "remaining",
    "available": "remaining",
    "held": "held",
    "spent": "consumed",
    "moved": "consumed",
    "debt": "consumed",
    "expired": "expired",
    "revoked": "revoked",
}
_PARTS = ("remaining", "held", "consumed", "expired", "revoked")
_BUCKETS = ("pending", "available", "held", "debt")
_OPENS = {
    ("issued", "pending"),
    ("issued", "available"),
    ("moved", "available"),
}


@dataclass
class Replayed:
    """Balances by account and bucket, parts by lot, and what came from and went to outside."""

    accounts: dict[tuple[UUID, str], dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: dict.fromkeys(_BUCKETS, 0))
    )
    lots: dict[UUID, dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: dict.fromkeys(_PARTS, 0))
    )
    everything: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def _take(entry: Any, replayed: Replayed) -> None:
    amount, way = entry["amount"], (entry["from_bucket"], entry["to_bucket"])
    account = replayed.accounts[entry["member_id"], entry["wallet"]]
    for bucket, change in zip(way, (-amount, amount), strict=True):
        replayed.everything[bucket] += change
        if bucket in account:
            account[bucket] += -change if bucket == "debt" else change
    for bucket in _BUCKETS:
        assert account[bucket] == entry[f"{bucket}_after"], (dict(entry), account)
    if entry["lot_id"] is None:
        return
    lot = replayed.lots[entry["lot_id"]]
    if way not in _OPENS and entry["reason"] != "restored":
        lot[_PART[way[0]]] -= amount
    lot[_PART[way[1]]] += amount


async def replay(owner: "asyncpg.Connection[asyncpg.Record]") -> Replayed:
    """Replay the journal from its first entry; AssertionError where what it says is not so.

    The stored accounts and lots must be the replayed ones, no balance may be below zero between
    two operations, and what there is has to come from somewhere: all buckets add up to nothing.
    """
    replayed = Replayed()
    for entry in await owner.fetch(
        "SELECT * FROM points_entries ORDER BY member_id, wallet, number"
    ):
        _take(entry, replayed)
    for account in await owner.fetch("SELECT * FROM points_accounts"):
        told = replayed.accounts[account["member_id"], account["wallet"]]
        assert {bucket: account[bucket] for bucket in _BUCKETS} == told
    for lot in await owner.fetch("SELECT * FROM points_lots"):
        assert {part: lot[part] for part in _PARTS} == replayed.lots.pop(lot["id"])
    assert not replayed.lots, "entries of lots that there are not"
    assert sum(replayed.everything.values()) == 0
    assert replayed.everything["moved"] == 0, "points under way between two members"
    return replayed
