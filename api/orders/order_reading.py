"""What a document selects of an order, so that nothing else is fetched."""

from api.context import Info
from api.lookahead import selected_paths
from domain.orders.views.structs import Parts, Reading

_REDUCTIONS = ("lines.reductions", "freight.reductions")
_PAYMENTS = ("payments", "payBy")


def order_reading(info: Info, *, order_path: str) -> Reading:
    """How to read orders that stand at a path below the root field: ``edges.node.``, or none."""
    selected, context = selected_paths(info), info.context

    def has(*fields: str) -> bool:
        return any(f"{order_path}{each}" in selected for each in fields)

    return Reading(
        language=context.language,
        media_url=context.media_url,
        vault=context.members.vault,
        parts=Parts(
            address=has("address"),
            store=has("store"),
            pick_up=has("pickUp"),
            payments=has(*_PAYMENTS),
            lines=has("lines"),
            reductions=has(*_REDUCTIONS),
            shipments=has("shipments"),
            tracking=has("shipments.tracking"),
            refunds=has("refunds"),
            receipt=has("receiveBy"),
            timeline=has("timeline"),
        ),
    )
