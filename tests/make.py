"""Makers: rows with every field sensible and none random; a test names what it is about."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import select
from typing_extensions import override

from domain.catalog import models
from domain.catalog.content import ProductKind, ProductStatus
from domain.catalog.search import searchable, terms_of
from domain.gateways.media_folder import MediaFolder
from domain.kernel import ids
from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.kernel.money import Money
from domain.stores import models as stores

NOON = datetime(2026, 11, 11, 4, tzinfo=UTC)
"""Noon in Shanghai on the day of the festival."""

_CHANCE_BITS = 32


class _Ascending(Random):
    """Chance of which each number is above the last, so that ids are in the order they are made.

    Of two ids of one moment nobody knows which sorts first: a test that took it for granted
    would fail one time in two, by what ran before it.
    """

    _made = count(1)

    @override
    def getrandbits(self, k: int, /) -> int:
        return next(self._made) << _CHANCE_BITS | super().getrandbits(_CHANCE_BITS)


_RANDOM = _Ascending(1)
_numbers = count(1)


def an_id(*, minutes_after_noon: int = 0) -> UUID:
    """An id of that minute."""
    return new_id(NOON + timedelta(minutes=minutes_after_noon), _RANDOM)


async def category(
    session: WriteSession,
    *,
    title: str = "香氛",
    parent: models.Category | None = None,
    is_hidden: bool = False,
) -> models.Category:
    """A category."""
    key = an_id()
    made = models.Category(
        id=key,
        code=f"C-{key.hex}",
        parent_id=parent.id if parent else None,
        depth=parent.depth + 1 if parent else 1,
        position=next(_numbers),
        title_zh=title,
        title_en="Fragrance",
        is_hidden=is_hidden,
        is_visible=not is_hidden,
    )
    session.add(made)
    await session.flush()
    return made


async def product(
    session: WriteSession,
    shelf: models.Category | None = None,
    *,
    title: str = "山茶淡香水",
    title_en: str = "Camellia Eau de Toilette",
    prices_fen: tuple[int, ...] = (15800, 29900, 52800),
    minutes_after_noon: int = 0,
    status: ProductStatus = ProductStatus.PUBLISHED,
) -> models.Product:
    """A product with a variant for each price, published at that minute of the festival."""
    shelf = shelf or await category(session)
    number = next(_numbers)
    text = searchable([title, title_en, f"P-{number}"])
    moment = NOON + timedelta(minutes=minutes_after_noon)
    made = models.Product(
        id=an_id(minutes_after_noon=minutes_after_noon),
        code=f"P-{number}",
        category_id=shelf.id,
        kind=ProductKind.PHYSICAL,
        status=status,
        visible_from=moment,
        title_zh=title,
        title_en=title_en,
        image_key=f"products/{number}.svg",
        pictures=(),
        options=(),
        description=(),
        personalisation=(),
        from_price_fen=min(prices_fen),
        search_text=text,
        search_terms=terms_of(text),
        revision=1,
        created_at=moment,
        updated_at=moment,
    )
    session.add(made)
    await session.flush()
    session.add_all(variant(made.id, number, *each) for each in enumerate(prices_fen))
    await session.flush()
    return made


def variant(product_id: UUID, number: int, position: int, price_fen: int) -> models.Variant:
    """A variant of the product with that number."""
    return models.Variant(
        id=an_id(),
        product_id=product_id,
        position=position,
        sku=f"SKU-{number}-{position}",
        title_zh=f"{position + 1}0ml",
        title_en=f"{position + 1}0 ml",
        choices=[],
        price_fen=Money(price_fen),
        price_entries=1,
    )


async def place(session: WriteSession, *, code: str = "WH-1") -> UUID:
    """A warehouse."""
    made = stores.Place(
        id=an_id(),
        code=code,
        kind=stores.PlaceKind.WAREHOUSE,
        title_zh="线上仓",
        title_en="Online warehouse",
    )
    session.add(made)
    await session.flush()
    return made.id


async def variants(session: WriteSession, count: int) -> list[UUID]:
    """The ids of that many variants, of one product, in ascending order; with their prices."""
    made = await product(session, prices_fen=(100,) * count)
    rows = await session.scalars(
        select(models.Variant.id).where(models.Variant.product_id == made.id)
    )
    keys = sorted(rows)
    session.add_all(map(price_entry, keys))
    await session.flush()
    return keys


def price_entry(variant_id: UUID) -> models.PriceEntry:
    """Since when a variant has been on offer, for one yuan."""
    return models.PriceEntry(
        variant_id=variant_id,
        number=1,
        price_fen=100,
        is_offered=True,
        offered_from=NOON,
        actor="test",
        recorded_at=NOON,
    )


def media_folder(home: Path) -> MediaFolder:
    """The store of a mall whose home that is."""
    return MediaFolder(home / "media", home / "private", base_url="https://mall.example")


async def first_variant(session: WriteSession, product_id: UUID) -> UUID:
    """The id of the product's first variant."""
    own = models.Variant.product_id == product_id, models.Variant.position == 0
    return (await session.scalars(select(models.Variant.id).where(*own))).one()


def key_of(public: str, kind: str) -> UUID:
    """The key behind a public id of that kind."""
    key = ids.key_of(public, kind)
    assert key is not None
    return key
