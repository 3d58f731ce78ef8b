"""What a document asks of products, wherever they hang: nothing else is fetched of them."""

from api.context import Info
from api.lookahead import selected_paths
from domain.catalog.views import structs
from domain.stock.views import is_available

_DOCUMENTS = ("pictures", "options", "description", "personalisation")


def product_reading(info: Info, *, product_path: str) -> structs.Reading:
    """How to read the products at that place below the root field, ``edges.node.``."""
    selected = selected_paths(info)
    return structs.Reading(
        language=info.context.language,
        at=info.context.now(),
        media_url=info.context.media_url,
        parts=structs.Parts(
            category=f"{product_path}category" in selected,
            variants=f"{product_path}variants" in selected,
            tags=f"{product_path}tags" in selected,
            documents=any(f"{product_path}{each}" in selected for each in _DOCUMENTS),
            lowest_recent_price=f"{product_path}variants.lowestRecentPrice" in selected,
            is_available=is_available if f"{product_path}variants.isInStock" in selected else None,
        ),
    )
