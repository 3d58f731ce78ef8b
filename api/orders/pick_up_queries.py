"""The root field for whoever scans a code at a pad."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.attempts import Limit
from api.context import Context, Info
from api.orders.pick_up_types import ScannedPickUp
from domain.orders.picking_up.scanning import ScannedPickUpView, scanned

TRIES = Limit("pick_up_codes", most=20, seconds=60)
"""Codes that are scanned at one pad; each is counted before it is looked at."""
TRIES_OF_STORE = Limit("pick_up_codes_of_store", most=60, seconds=60)
"""The same of all pads of a store together."""


@strawberry.type
class PickUpQuery:
    """Reads of pick-ups."""

    @root_field(
        access=Access.STAFF_AT_PAD,
        graphql_type=ScannedPickUp | None,
        description="What a code fetches in the pad's store; null where it fetches nothing there. "
        "RATE_LIMITED after 20 codes in a minute at one pad, and 60 in one store.",
    )
    async def scanned_pick_up(
        self,
        info: Info,
        code: Annotated[
            str, strawberry.argument(description="What was scanned or typed: twelve digits.")
        ],
    ) -> ScannedPickUpView | None:
        context = info.context
        await charge_try(context)
        return await scanned(
            context.reads,
            context.members.vault,
            context.language,
            code,
            context.pad().store_id,
            at=context.now(),
        )


async def charge_try(context: Context) -> None:
    """Count a code before it is looked at; RATE_LIMITED where a pad or its store tries too many."""
    pad, attempts = context.pad(), context.members.attempts
    await attempts.take(TRIES, pad.key)
    await attempts.take(TRIES_OF_STORE, f"store:{pad.store_id.hex}")
