"""What must be true of the catalogue beyond what its tables enforce by themselves."""

from sqlalchemy import and_, case, func, or_, select, true
from sqlalchemy.orm import aliased

from domain.catalog.content import ProductStatus
from domain.catalog.models import Category, PriceEntry, Product, Variant
from domain.kernel.audit import Invariant

_last = aliased(PriceEntry)
_before = aliased(PriceEntry)
_parent = aliased(Category)
_is_offered = and_(
    Product.status == ProductStatus.PUBLISHED, Variant.archived_at.is_(None), Category.is_visible
)
_from = case((_is_offered, Product.visible_from))
_until = case((_is_offered, Product.visible_until))
_least_price = func.coalesce(func.min(case((Variant.archived_at.is_(None), Variant.price_fen))), 0)

INVARIANTS = (
    Invariant(
        "catalog.price_is_its_last_entry",
        "A variant costs what the last entry of its history says, and is on offer as it says.",
        select(Variant.id, Variant.sku, Variant.price_fen, _last.price_fen.label("last_price_fen"))
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .outerjoin(
            _last, and_(_last.variant_id == Variant.id, _last.number == Variant.price_entries)
        )
        .where(
            or_(
                _last.number.is_(None),
                _last.price_fen != Variant.price_fen,
                _last.is_offered != _is_offered,
                _last.offered_from.is_distinct_from(_from),
                _last.offered_until.is_distinct_from(_until),
            )
        ),
    ),
    Invariant(
        "catalog.price_entries_are_a_chain",
        "Price entries are numbered without gaps up to the last one, and never go back in time.",
        select(PriceEntry.variant_id, PriceEntry.number)
        .join(Variant, Variant.id == PriceEntry.variant_id)
        .outerjoin(
            _before,
            and_(
                _before.variant_id == PriceEntry.variant_id,
                _before.number == PriceEntry.number - 1,
            ),
        )
        .where(
            or_(
                and_(PriceEntry.number > 1, _before.number.is_(None)),
                PriceEntry.number > Variant.price_entries,
                PriceEntry.recorded_at < _before.recorded_at,
            )
        ),
    ),
    Invariant(
        "catalog.from_price_is_the_least",
        "A product is listed at the least price of the variants that it is sold in.",
        select(Product.id, Product.code, Product.from_price_fen, _least_price.label("least"))
        .outerjoin(Variant, Variant.product_id == Product.id)
        .group_by(Product.id)
        .having(Product.from_price_fen != _least_price),
    ),
    Invariant(
        "catalog.published_is_sold_in_a_variant",
        "A product that people can see is sold in a variant.",
        select(Product.id, Product.code)
        .outerjoin(Variant, and_(Variant.product_id == Product.id, Variant.archived_at.is_(None)))
        .where(Product.status == ProductStatus.PUBLISHED, Variant.id.is_(None)),
    ),
    Invariant(
        "catalog.category_follows_its_parent",
        "A category is one deeper than its parent, and is seen when it and its parent are.",
        select(Category.id, Category.code, Category.depth, Category.is_visible)
        .outerjoin(_parent, _parent.id == Category.parent_id)
        .where(
            or_(
                Category.depth != func.coalesce(_parent.depth, 0) + 1,
                Category.is_visible
                != and_(~Category.is_hidden, func.coalesce(_parent.is_visible, true())),
            )
        ),
    ),
)
