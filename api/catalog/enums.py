"""The catalogue's enums in the schema; types take them from here, described."""

from api.enums import described
from domain.catalog.content import Alphabet, BlockKind, ProductKind, ProductStatus
from domain.catalog.home import LinkKind
from domain.catalog.views.shape import ProductSort

__all__ = ["Alphabet", "BlockKind", "LinkKind", "ProductKind", "ProductSort", "ProductStatus"]

described(
    ProductKind,
    "What is handed over when a product is bought.",
    PHYSICAL="A thing that is sent or picked up.",
    VIRTUAL="A right or a card: nothing is sent, and it is delivered once it is paid for.",
    SERVICE="Something that is done at a store; cannot be sold yet.",
    POINTS_GOOD="A thing that is priced in points; cannot be sold yet.",
)
described(
    BlockKind,
    "What a block of a description is.",
    HEADING="A heading.",
    PARAGRAPH="A paragraph of text.",
    PICTURE="A picture over the whole width.",
)
described(
    Alphabet,
    "Which characters may be engraved.",
    ANY="Any character.",
    LATIN="Latin letters, digits and spaces.",
    CHINESE="Chinese characters.",
    DIGITS="Digits.",
)
described(
    ProductSort,
    "The order of a list of products.",
    NEWEST="Those first that have been visible for the shortest time.",
    PRICE_ASCENDING="From the lowest price to the highest.",
    PRICE_DESCENDING="From the highest price to the lowest.",
)
described(
    LinkKind,
    "Where a tap leads.",
    PRODUCT="To a product.",
    CATEGORY="To a category.",
    SEARCH="To a search.",
)
described(
    ProductStatus,
    "How far a product has come.",
    DRAFT="Only staff can see it.",
    PUBLISHED="Anybody can see it, within its window and on a shelf that is not hidden.",
    ARCHIVED="Put away; orders and ledgers go on naming it.",
)
