"""Pick-ups as their members read them: with the code, as a part of the order."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from domain.kernel.sealing import Vault
from domain.orders.picking_up.codes import opened
from domain.orders.picking_up.models import PickUp
from domain.orders.words import OrderStatus


class PickUpView(msgspec.Struct, frozen=True, gc=False):
    """What fetches an order, since when and until when."""

    code: str
    ready_at: datetime
    fetch_by: datetime


def columns_of_pick_up() -> list[Any]:
    """What `pick_up_of` reads in a statement that joins `PickUp`."""
    return [PickUp.code_sealed, PickUp.ready_at, PickUp.fetch_by]


def pick_up_of(vault: Vault, order_id: UUID, row: Record) -> PickUpView | None:
    """What fetches an order, by its row; None where nothing does, or it was handed over."""
    if row["code_sealed"] is None or row["status"] != OrderStatus.PAID:
        return None
    code = opened(vault, order_id, row["code_sealed"])
    return PickUpView(code, row["ready_at"], row["fetch_by"])
