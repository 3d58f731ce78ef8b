"""The demo brand's home page: banners, sections and words to search for."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from domain.catalog.content import Bilingual
from domain.catalog.home import Arrangement, Banner, Link, LinkKind, Section
from sandbox.brand.numbering import Numbered, id_of
from sandbox.brand.pictures import BANNERS, banner_key
from sandbox.brand.range import CORE, Names
from sandbox.brand.series import SERIES
from sandbox.brand.types import TYPES

_IN_A_SECTION = 8
_HERO = 12
"""The camellia lipstick, which the first banner shows."""
_SEARCH_WORDS = (
    Bilingual("山茶", "camellia"),
    Bilingual("精华液", "serum"),
    Bilingual("防晒", "sunscreen"),
    Bilingual("口红", "lipstick"),
    Bilingual("礼盒", "gift"),
    Bilingual("淡香水", "toilette"),
)


def arrangement(seed: int, known: Names, count: int) -> Arrangement:
    """The home page of a mall with the first ``count`` products."""
    links = (
        Link(LinkKind.PRODUCT, id_of(seed, Numbered.PRODUCT, _HERO)) if count > _HERO else None,
        Link(LinkKind.CATEGORY, known.shelves["GIFTS"]),
        Link(LinkKind.SEARCH, search="防晒"),
    )
    return Arrangement(
        banners=tuple(
            Banner(banner_key(number), alt, link)
            for number, (alt, link) in enumerate(zip(BANNERS, links, strict=True))
        ),
        sections=(
            Section(
                Bilingual("新品上市", "New arrivals"),
                _first(seed, range(CORE - 1, 0, -1), count),
                Link(LinkKind.CATEGORY, known.shelves["SKIN"]),
            ),
            Section(
                Bilingual("唇上山茶色", "Colours for your lips"),
                _first(seed, _of_type("lipstick"), count),
                Link(LinkKind.CATEGORY, known.shelves["LIPS"]),
            ),
            Section(
                Bilingual("送礼之选", "Good gifts"),
                _first(seed, _of_type("gift-set"), count),
                Link(LinkKind.CATEGORY, known.shelves["GIFTS"]),
            ),
        ),
        search_words=_SEARCH_WORDS,
    )


def _of_type(code: str) -> Iterator[int]:
    """The numbers of a type's products, in each series."""
    codes = [type_.code for type_ in TYPES]
    for series in range(len(SERIES)):
        yield series * len(TYPES) + codes.index(code)


def _first(seed: int, numbers: Iterable[int], count: int) -> tuple[UUID, ...]:
    """The ids of the first of the products that there are."""
    there = [number for number in numbers if number < count]
    return tuple(id_of(seed, Numbered.PRODUCT, number) for number in there[:_IN_A_SECTION])
