"""A product as it shall be, and the rows that make it so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.catalog import rules
from domain.catalog.content import ProductContent, ProductStatus, VariantContent
from domain.catalog.search import terms_of
from domain.catalog.statements import Row, Rows, Standing, Stored
from domain.kernel.actors import By
from domain.kernel.ids import new_id
from domain.kernel.language import Bilingual
from domain.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product as it shall be: ``stored`` is what it was, None for a new one.

    ``action`` and ``reason`` are for the audit row.
    """

    content: ProductContent
    stored: Stored | None
    action: str
    reason: str
    status: ProductStatus = ProductStatus.DRAFT
    visible_from: datetime | None = None
    visible_until: datetime | None = None


def add_rows(
    rows: Rows, wanted: Wanted, product_id: UUID, by: By, *, is_on_visible_shelf: bool
) -> None:
    """Add what has to be written for the product to be as wanted."""
    rows.products.append(_product_row(wanted, product_id, by))
    rows.tags += [{"tag_id": tag, "product_id": product_id} for tag in wanted.content.tag_ids]
    before = _places(wanted.stored.content.variants) if wanted.stored else {}
    for variant, place in _lines(wanted):
        standing = wanted.stored.standings.get(variant.sku) if wanted.stored else None
        is_offered = is_on_visible_shelf and place is not None
        entry = _next_entry(standing, wanted, variant.price_fen, by, is_offered=is_offered)
        if entry is None and before.get(variant.sku) == (variant, place):
            continue
        variant_id = _variant_id(wanted.stored, variant.sku, by)
        last = entry or standing
        assert last is not None
        row = _variant_row(variant, place, last.entries, product_id=product_id, by=by)
        rows.variants.append({"id": variant_id, **row})
        if entry:
            rows.prices.append(_price_row(variant_id, entry, by))


_NO_NOTE = Bilingual("", "")
_Place = tuple[VariantContent, int | None]


def _places(variants: tuple[VariantContent, ...]) -> dict[str, _Place]:
    return {variant.sku: (variant, place) for place, variant in enumerate(variants)}


def _lines(wanted: Wanted) -> Iterator[_Place]:
    """The variants in their places, and those without one that are archived by being left out."""
    kept = _places(wanted.content.variants)
    yield from kept.values()
    for variant in wanted.stored.content.variants if wanted.stored else ():
        if variant.sku not in kept:
            yield variant, None


def _next_entry(
    standing: Standing | None, wanted: Wanted, price_fen: int, by: By, *, is_offered: bool
) -> Standing | None:
    """The price entry that a variant gets; None where its history says the same already."""
    is_offered = is_offered and wanted.status is ProductStatus.PUBLISHED
    entry = Standing(
        entries=standing.entries + 1 if standing else 1,
        price_fen=price_fen,
        is_offered=is_offered,
        offered_from=wanted.visible_from if is_offered else None,
        offered_until=wanted.visible_until if is_offered else None,
        # A history never goes back in time, whatever the clocks of two hosts say.
        recorded_at=max(by.at, standing.recorded_at) if standing else by.at,
    )
    return None if standing and standing.says(entry) else entry


def _variant_id(stored: Stored | None, sku: str, by: By) -> UUID:
    known = stored.variant_ids.get(sku) if stored else None
    return known or new_id(by.at, by.random)


def _variant_row(
    variant: VariantContent, place: int | None, entries: int, *, product_id: UUID, by: By
) -> Row:
    note = variant.delivery_note or _NO_NOTE
    return {
        "product_id": product_id,
        "position": place,
        "sku": variant.sku,
        "title_zh": variant.title.zh,
        "title_en": variant.title.en,
        "choices": list(variant.choices),
        "price_fen": Money(variant.price_fen),
        "weight_grams": variant.weight_grams,
        "delivery_note_zh": note.zh,
        "delivery_note_en": note.en,
        "price_entries": entries,
        "archived_at": by.at if place is None else None,
    }


def _price_row(variant_id: UUID, entry: Standing, by: By) -> Row:
    return {
        "variant_id": variant_id,
        "number": entry.entries,
        "price_fen": entry.price_fen,
        "is_offered": entry.is_offered,
        "offered_from": entry.offered_from,
        "offered_until": entry.offered_until,
        "actor": by.staff.key,
        "recorded_at": entry.recorded_at,
    }


def _product_row(wanted: Wanted, product_id: UUID, by: By) -> Row:
    content, stored = wanted.content, wanted.stored
    text = rules.text_of(content)
    return {
        "id": product_id,
        "code": content.code,
        "category_id": content.category_id,
        "kind": content.kind,
        "status": wanted.status,
        "visible_from": wanted.visible_from,
        "visible_until": wanted.visible_until,
        "title_zh": content.title.zh,
        "title_en": content.title.en,
        "image_key": content.image_key,
        "pictures": content.pictures,
        "options": content.options,
        "description": content.description,
        "personalisation": content.personalisation,
        "member_limit": content.member_limit,
        "from_price_fen": rules.least_price_fen(content),
        "search_text": text,
        "search_terms": terms_of(text),
        "revision": stored.revision + 1 if stored else 1,
        "created_at": stored.created_at if stored else by.at,
        "updated_at": by.at,
    }
