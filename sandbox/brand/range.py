"""What the demo brand sells: the product with each number, as plain values.

The first two hundred are each type in each series, but for one that is a gift card. Whatever comes
after them are editions of the same, named after cities, which share their pictures. A product
depends on the seed and on its number only, so that a larger mall begins with a smaller one.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import cache
from itertools import product as combinations
from math import prod
from random import Random
from uuid import UUID

from msgspec.structs import replace

from domain.catalog.content import (
    Bilingual,
    Block,
    BlockKind,
    Option,
    Picture,
    ProductContent,
    VariantContent,
)
from sandbox.brand import gift_card, pictures
from sandbox.brand.numbering import Numbered, id_of, next_id, source
from sandbox.brand.series import CITIES, SERIES, THEMES, Series
from sandbox.brand.shelves import LIMITED, NEW, SHELVES, TRIALS, WORDS
from sandbox.brand.types import TYPES, WRAP_GRAMS, ProductType

CORE = len(TYPES) * len(SERIES)
"""How many products are no editions."""
_EDITIONS_IN_A_VOLUME = len(CITIES) * len(THEMES)
_OLDEST = timedelta(days=720)
_BETWEEN_LAUNCHES = timedelta(days=3.6)
_EDITIONS_SINCE = timedelta(days=700)
_YOUNGEST_EDITION = timedelta(days=30)
_NEW_FROM = CORE - len(TYPES)
_LIMIT = 2
_LIMITED_EVERY = 23


class Fate(Enum):
    """What became of a product: most can be seen."""

    ON_SALE = "on sale"
    DRAFT = "draft"
    ARCHIVED = "archived"
    ENDED = "its time is over"
    COMING = "its time has not come"
    HIDDEN = "on a hidden shelf"


_FATES = {
    37: Fate.DRAFT,
    63: Fate.ARCHIVED,
    88: Fate.DRAFT,
    104: Fate.HIDDEN,
    110: Fate.ENDED,
    124: Fate.HIDDEN,
    141: Fate.DRAFT,
    CORE - 1: Fate.COMING,
}


def fate_of(number: int) -> Fate:
    """What became of the product with that number."""
    return _FATES.get(number, Fate.ON_SALE)


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product; ``age`` is how long before the present it was launched.

    ``prices_before`` are what each variant cost earlier, in tenths of what it costs now, and how
    long ago that price began; ``random`` is what is left of the product's randomness.
    """

    number: int
    id: UUID
    content: ProductContent
    age: timedelta
    fate: Fate
    prices_before: tuple[tuple[timedelta, int], ...]
    random: Random


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of a seed's shelves and tags, by their codes."""

    shelves: dict[str, UUID]
    tags: dict[str, UUID]


def names(seed: int) -> Names:
    """The ids of the shelves and tags."""
    return Names(
        {shelf.code: id_of(seed, Numbered.CATEGORY, at) for at, shelf in enumerate(SHELVES)},
        {word.code: id_of(seed, Numbered.TAG, at) for at, word in enumerate(WORDS)},
    )


def demo_product(seed: int, number: int, known: Names) -> DemoProduct:
    """The product with that number."""
    random = source(seed, Numbered.PRODUCT, number)
    key = next_id(number, random)
    shared = _shared(number % CORE)
    type_, series = shared.type_, shared.series
    fate = fate_of(number)
    shelf = TRIALS if fate is Fate.HIDDEN else type_.shelf
    title = _title(type_, series, number)
    code = f"YG-{number + 1:06d}"
    content = ProductContent(
        code=code,
        title=title,
        category_id=known.shelves[shelf],
        image_key=pictures.product_key(type_, series),
        variants=tuple(_variants(code, type_, 100 * (type_.yuan + 10 * random.randrange(6)))),
        pictures=shared.pictures,
        options=shared.options,
        description=shared.description,
        personalisation=type_.personalisation,
        tag_ids=tuple(known.tags[word] for word in _words(type_, series, number)),
        member_limit=_LIMIT if _is_limited(number) else None,
    )
    if number == gift_card.NUMBER:
        content = _as_gift_card(content)
    return DemoProduct(
        number, key, content, age_of(number), fate, _prices_before(number, random), random
    )


def _as_gift_card(content: ProductContent) -> ProductContent:
    """The gift card in the place of a gift set: its code, shelf and pictures."""
    return replace(
        content,
        title=gift_card.TITLE,
        kind=gift_card.KIND,
        variants=gift_card.variants(content.code),
        options=gift_card.OPTIONS,
        description=gift_card.DESCRIPTION,
        personalisation=(),
    )


def age_of(number: int) -> timedelta:
    """How long before the present the product was launched.

    The core came one after the other; editions are strewn over the time, so that no page of the
    newest is made of them alone.
    """
    if number < CORE:
        return _OLDEST - number * _BETWEEN_LAUNCHES
    minutes = (_EDITIONS_SINCE - _YOUNGEST_EDITION) // timedelta(minutes=1)
    return _YOUNGEST_EDITION + timedelta(minutes=number * 7_919 % minutes)


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all editions of a product have in common, made once however many there are."""

    type_: ProductType
    series: Series
    pictures: tuple[Picture, ...]
    options: tuple[Option, ...]
    description: tuple[Block, ...]


@cache
def _shared(number: int) -> _Shared:
    type_ = TYPES[number % len(TYPES)]
    series = SERIES[number // len(TYPES)]
    return _Shared(
        type_,
        series,
        _pictures(type_, series),
        tuple(
            Option(choice.title, tuple(value.title for value in choice.values))
            for choice in type_.choices
        ),
        _description(type_, series),
    )


def _title(type_: ProductType, series: Series, number: int) -> Bilingual:
    zh = f"{series.title.zh}{type_.title.zh}"
    en = f"{series.title.en} {type_.title.en}"
    if number < CORE:
        return Bilingual(zh, en)
    volume, edition = divmod(number // CORE - 1, _EDITIONS_IN_A_VOLUME)
    theme, city = THEMES[edition % len(THEMES)], CITIES[edition // len(THEMES)]
    zh, en = f"{city.zh}{theme.zh}·{zh}", f"{en}, {city.en} {theme.en}"
    if volume:
        zh, en = f"{zh} 第{volume + 1}辑", f"{en}, vol. {volume + 1}"
    return Bilingual(zh, en)


def _variants(code: str, type_: ProductType, least_fen: int) -> list[VariantContent]:
    variants: list[VariantContent] = []
    for chosen in combinations(*(enumerate(choice.values) for choice in type_.choices)):
        values = [value for _, value in chosen]
        factor = prod(value.tenths for value in values)
        variants.append(
            VariantContent(
                sku="-".join([code, *(value.sku for value in values)]),
                title=_joined([value.title for value in values]) if values else type_.title,
                # Whole yuan, however many tenths of tenths there are.
                price_fen=least_fen * factor // 10 ** len(values) // 100 * 100,
                choices=tuple(place for place, _ in chosen),
                weight_grams=WRAP_GRAMS[type_.shape] + sum(value.grams for value in values),
            )
        )
    return variants


def _joined(titles: list[Bilingual]) -> Bilingual:
    return Bilingual(" / ".join(each.zh for each in titles), " / ".join(each.en for each in titles))


def _pictures(type_: ProductType, series: Series) -> tuple[Picture, ...]:
    return (
        Picture(
            pictures.product_key(type_, series),
            Bilingual(f"{series.title.zh}{type_.title.zh}", f"{series.title.en} {type_.title.en}"),
        ),
        Picture(
            pictures.texture_key(series),
            Bilingual(f"{series.title.zh}质地", f"The texture of {series.title.en}"),
        ),
        Picture(
            pictures.plant_key(series),
            Bilingual(f"{series.title.zh}的产地", f"Where our {series.title.en} grows"),
        ),
    )


def _description(type_: ProductType, series: Series) -> tuple[Block, ...]:
    zh, en = series.extract.zh, series.extract.en
    return (
        Block(BlockKind.HEADING, Bilingual("缘起", "Where it comes from")),
        Block(BlockKind.PARAGRAPH, series.story),
        Block(
            BlockKind.PICTURE,
            Bilingual(f"{series.title.zh}的产地", f"Where our {series.title.en} grows"),
            pictures.plant_key(series),
        ),
        Block(BlockKind.HEADING, Bilingual("用法", "How to use it")),
        Block(BlockKind.PARAGRAPH, type_.usage),
        Block(BlockKind.HEADING, Bilingual("主要成分", "What is in it")),
        Block(
            BlockKind.PARAGRAPH,
            Bilingual(f"{zh}。不含酒精与人工色素。", f"{en.capitalize()}; no alcohol, no dyes."),
        ),
    )


def _words(type_: ProductType, series: Series, number: int) -> list[str]:
    words = [series.tag]
    if type_.tag and type_.tag != series.tag:
        words.append(type_.tag)
    if _NEW_FROM <= number < CORE:
        words.append(NEW)
    if _is_limited(number):
        words.append(LIMITED)
    return words


def _is_limited(number: int) -> bool:
    """Every edition, and a few of the core."""
    return number >= CORE or number % _LIMITED_EVERY == 0


def _prices_before(number: int, random: Random) -> tuple[tuple[timedelta, int], ...]:
    """A third were dearer once, and had a week's offer whose end is a day or more ago."""
    if number % 3 or age_of(number) < _YOUNGEST_EDITION:
        return ()
    offer_ended = timedelta(days=random.randrange(1, 12), hours=random.randrange(24))
    return (
        (age_of(number), 11),
        (offer_ended + timedelta(days=7), 8),
        (offer_ended, 10),
    )
