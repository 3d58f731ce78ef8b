"""The rows of the demo brand: of its shelves and places, and of each batch of products."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.catalog.actions.wanted import By, Wanted, add_rows
from domain.catalog.content import ProductStatus
from domain.catalog.statements import Rows
from domain.kernel.actors import Staff
from domain.stock.rules import Figures, Reason, moved
from sandbox.brand.numbering import moment
from sandbox.brand.people import DemoMember, demo_staff
from sandbox.brand.places import HOURS, PLACES, deliveries, place_ids
from sandbox.brand.range import CORE, DemoProduct, Fate, Names, demo_product
from sandbox.brand.shelves import SHELVES, WORDS

Row = dict[str, Any]
_STATUSES = {Fate.DRAFT: ProductStatus.DRAFT, Fate.ARCHIVED: ProductStatus.ARCHIVED}
_UNTIL_IT_ENDED = timedelta(days=30)
_UNTIL_IT_COMES = timedelta(days=7)
_ACTION, _REASON = "product.create", "the demo brand"
_SOURCE = "opening"
_NOTHING = Figures()
_EDITIONS_TO_A_STORE = 10


@dataclass(slots=True)
class Batch:
    """The rows of some products, by table."""

    products: Rows = field(default_factory=Rows)
    levels: list[Row] = field(default_factory=list[Row])
    entries: list[Row] = field(default_factory=list[Row])


def shelf_rows(known: Names) -> list[Row]:
    """The shelves, each behind the one that it stands in; all hidden while the brand is set up."""
    depths: dict[str | None, int] = {None: 0}
    rows: list[Row] = []
    for position, shelf in enumerate(SHELVES):
        depths[shelf.code] = depths[shelf.above] + 1
        rows.append(
            {
                "id": known.shelves[shelf.code],
                "code": shelf.code,
                "parent_id": known.shelves[shelf.above] if shelf.above else None,
                "depth": depths[shelf.code],
                "position": position,
                "title_zh": shelf.title.zh,
                "title_en": shelf.title.en,
                "is_hidden": shelf.is_hidden or shelf.above is None,
                "is_visible": False,
            }
        )
    return rows


def tag_rows(known: Names) -> list[Row]:
    """The tags."""
    return [
        {
            "id": known.tags[word.code],
            "code": word.code,
            "title_zh": word.title.zh,
            "title_en": word.title.en,
        }
        for word in WORDS
    ]


def place_rows(seed: int) -> list[Row]:
    """The warehouse and the stores."""
    return [
        {
            "id": key,
            "code": place.code,
            "kind": place.kind,
            "title_zh": place.title.zh,
            "title_en": place.title.en,
            "offers_pick_up": place.address is not None,
            "address_zh": place.address.zh if place.address else "",
            "address_en": place.address.en if place.address else "",
            "opening_hours_zh": HOURS.zh if place.address else "",
            "opening_hours_en": HOURS.en if place.address else "",
        }
        for key, place in zip(place_ids(seed), PLACES, strict=True)
    ]


def staff_rows(seed: int, at: datetime) -> list[Row]:
    """The staff."""
    return [
        {
            "id": key,
            "login": each.login,
            "name": each.name,
            "role": each.role,
            "created_at": at,
            "blocked_at": None,
        }
        for key, each in demo_staff(seed)
    ]


def member_rows(members: Iterable[DemoMember], at: datetime) -> list[Row]:
    """Members, who joined so long before ``at``."""
    return [
        {
            "id": each.id,
            "name": each.name,
            "picture_key": each.picture_key,
            "birth_month": each.birthday[0] if each.birthday else None,
            "birth_day": each.birthday[1] if each.birthday else None,
            "joined_at": at - each.age,
        }
        for each in members
    ]


def batch_of(seed: int, numbers: Iterable[int], known: Names, *, by: Staff, at: datetime) -> Batch:
    """The rows of the products with those numbers, at that present moment."""
    batch = Batch()
    places = place_ids(seed)
    for number in numbers:
        product = demo_product(seed, number, known)
        variants = len(batch.products.variants)
        _add_product(batch.products, product, by=by, at=at)
        made = [row["id"] for row in batch.products.variants[variants:]]
        for variant, place, units in deliveries(_places_of(number), made, product.random):
            _add_delivery(batch, (variant, places[place]), units, by=by, at=at - product.age)
    return batch


def _places_of(number: int) -> Sequence[int]:
    """The core is everywhere; stores have no room for editions, but for a few that one has."""
    if number < CORE:
        return range(len(PLACES))
    edition, at_a_store = divmod(number, _EDITIONS_TO_A_STORE)
    return (0,) if at_a_store else (0, 1 + edition % (len(PLACES) - 1))


def _add_product(rows: Rows, product: DemoProduct, *, by: Staff, at: datetime) -> None:
    """Add what an operator who creates and publishes the product would have written."""
    launched = at - product.age
    since, until = _window(product.fate, launched, at)
    wanted = Wanted(
        content=product.content,
        stored=None,
        action=_ACTION,
        reason=_REASON,
        status=_STATUSES.get(product.fate, ProductStatus.PUBLISHED),
        visible_from=since,
        visible_until=until,
    )
    # The ids of the variants come out the same at any present moment; the dates do not.
    written = By(by, moment(product.number), product.random)
    added = Rows()
    add_rows(
        added, wanted, product.id, written, is_on_visible_shelf=product.fate is not Fate.HIDDEN
    )
    rows.products += [
        row | {"created_at": launched, "updated_at": launched} for row in added.products
    ]
    rows.variants += [
        row | {"price_entries": max(1, len(product.prices_before))} for row in added.variants
    ]
    rows.tags += added.tags
    for row in added.prices:
        rows.prices += _price_history(row, product, at)


def _window(
    fate: Fate, launched: datetime, at: datetime
) -> tuple[datetime | None, datetime | None]:
    match fate:
        case Fate.DRAFT | Fate.ARCHIVED:
            return None, None
        case Fate.ENDED:
            return launched, launched + _UNTIL_IT_ENDED
        case Fate.COMING:
            return at + _UNTIL_IT_COMES, None
        case _:
            return launched, None


def _price_history(row: Row, product: DemoProduct, at: datetime) -> Iterator[Row]:
    """The entries of a variant's prices, of which the last is what it costs."""
    before = product.prices_before or ((product.age, 10),)
    for number, (age, tenths) in enumerate(before, start=1):
        price_fen = row["price_fen"] * tenths // 10
        recorded = {"number": number, "price_fen": price_fen, "recorded_at": at - age}
        yield row | recorded


def _add_delivery(
    batch: Batch, level: tuple[UUID, UUID], units: int, *, by: Staff, at: datetime
) -> None:
    """Add a level and its first entry, as `domain.stock.actions.move` writes them."""
    variant_id, place_id = level
    after = moved(_NOTHING, Reason.RECEIVED, units)
    batch.levels.append(
        {
            "variant_id": variant_id,
            "place_id": place_id,
            "on_hand": after.on_hand,
            "held": after.held,
            "sold": after.sold,
            "supplied": after.supplied,
            "entries": 1,
        }
    )
    batch.entries.append(
        {
            "variant_id": variant_id,
            "place_id": place_id,
            "number": 1,
            "reason": Reason.RECEIVED,
            "units": units,
            "source": _SOURCE,
            "actor": by.key,
            "note": None,
            "recorded_at": at,
            "on_hand_before": _NOTHING.on_hand,
            "held_before": _NOTHING.held,
            "sold_before": _NOTHING.sold,
            "on_hand_after": after.on_hand,
            "held_after": after.held,
            "sold_after": after.sold,
        }
    )
