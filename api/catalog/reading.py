"""What a document asks of products, wherever they hang: nothing else is fetched of them."""

from functools import lru_cache

from api.context import Info
from api.lookahead import selected_paths
from domain.catalog.views import structs
from domain.stock.views import is_available

_DOCUMENTS = ("pictures", "options", "description", "personalisation")
_COLUMNS = {
    "code": "code",
    "kind": "kind",
    "title": "title",
    "image": "image_key",
    "image.alt": "image_alt",
    "fromPrice": "from_price_fen",
    "memberLimit": "member_limit",
}
_VARIANT_COLUMNS = {
    "sku": "sku",
    "title": "title",
    "choices": "choices",
    "price": "price_fen",
    "weightGrams": "weight_grams",
}


def product_reading(info: Info, *, product_path: str) -> structs.Reading:
    """How to read the products at that place below the root field, ``edges.node.``."""
    return structs.Reading(
        language=info.context.language,
        at=info.context.now(),
        media_url=info.context.media_url,
        parts=_parts(selected_paths(info), product_path, is_planned=info.planned is not None),
    )


@lru_cache(maxsize=1_000)
def _parts(selected: frozenset[str], path: str, *, is_planned: bool) -> structs.Parts:
    """What these fields need of each product.

    Each choice of columns is a statement of its own, which is kept. So columns are chosen for
    documents that are known beforehand, and all of them are read for any other.
    """
    return structs.Parts(
        category=f"{path}category" in selected,
        variants=f"{path}variants" in selected,
        tags=f"{path}tags" in selected,
        documents=any(f"{path}{each}" in selected for each in _DOCUMENTS),
        lowest_recent_price=f"{path}variants.lowestRecentPrice" in selected,
        is_available=is_available if f"{path}variants.isInStock" in selected else None,
        columns=_chosen(_COLUMNS, selected, path) if is_planned else structs.PRODUCT_COLUMNS,
        variant_columns=_chosen(_VARIANT_COLUMNS, selected, f"{path}variants.")
        if is_planned
        else structs.VARIANT_COLUMNS,
    )


def _chosen(columns: dict[str, str], selected: frozenset[str], path: str) -> frozenset[str]:
    return frozenset(column for field, column in columns.items() if f"{path}{field}" in selected)
