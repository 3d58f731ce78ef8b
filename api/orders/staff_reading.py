"""What a document of the staff selects of an order, so that nothing else is fetched."""

from uuid import UUID

from api.context import Info
from api.lookahead import selected_paths
from api.orders.staff_inputs import reach_of
from domain.orders.errors import OrderUnavailable
from domain.orders.views.staff import StaffOrderView, StaffParts, StaffReading, staff_order


def staff_reading(info: Info, *, order_path: str) -> StaffReading:
    """How to read orders that stand at a path below the root field: ``edges.node.``, or none."""
    selected, context = selected_paths(info), info.context

    def has(*fields: str) -> bool:
        return any(f"{order_path}{each}" in selected for each in fields)

    parts = StaffParts(
        place=has("place"),
        lines=has("lines"),
        reductions=has("lines.reductions", "freight.reductions"),
        payments=has("payments"),
        shipments=has("shipments"),
        tracking=has("shipments.tracking"),
        refunds=has("refunds"),
        history=has("history"),
        notes=has("notes"),
    )
    return StaffReading(context.language, context.media_url, context.members.vault, parts)


async def order_in_reach(info: Info, order_id: UUID, *, order_path: str) -> StaffOrderView | None:
    """An order as the caller sees it; None where there is none for them."""
    context = info.context
    reading = staff_reading(info, order_path=order_path)
    return await staff_order(context.reads, reading, order_id, within=reach_of(context.staff()))


async def order_now(info: Info, order_id: UUID) -> StaffOrderView:
    """An order after something was done to it, at ``order`` in the result."""
    found = await order_in_reach(info, order_id, order_path="order.")
    if found is None:
        raise OrderUnavailable
    return found
