"""The home page as people see it at a moment: what cannot be seen is left out of it."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import select

from domain.catalog import home, models
from domain.catalog.home import Arrangement, LinkKind
from domain.catalog.views.categories import visible_categories
from domain.catalog.views.products import products_by_keys
from domain.catalog.views.structs import CATEGORY, PRODUCT, Image, Product, Reading
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id

_ARRANGEMENT = msgspec.json.Decoder(Arrangement)


class Link(msgspec.Struct, frozen=True, gc=False):
    """Where a tap leads: ``target_id`` is a public id."""

    kind: LinkKind
    target_id: str | None
    search: str | None


class Banner(msgspec.Struct, frozen=True, gc=False):
    """A picture over the whole width."""

    image: Image
    link: Link | None


class Section(msgspec.Struct, frozen=True, gc=False):
    """A titled row of products."""

    title: str
    link: Link | None
    products: list[Product]


class HomePage(msgspec.Struct, frozen=True, gc=False):
    """The whole home page, in one language."""

    banners: list[Banner]
    sections: list[Section]
    search_words: list[str]


@dataclass(frozen=True, slots=True)
class _Visible:
    """What of the things that an arrangement names can be seen."""

    products: dict[UUID, Product]
    categories: set[UUID]


async def arrangement(reads: ReadPool) -> tuple[Arrangement, int]:
    """The home page as operators arranged it, and its revision: 0 where nobody has yet."""
    for text, revision in await _stored().rows(reads):
        return _ARRANGEMENT.decode(text), revision
    return Arrangement(), 0


async def home_page(reads: ReadPool, reading: Reading) -> HomePage:
    """The home page without what cannot be seen.

    A banner that leads to it is left out, a section without products too; a section's title
    loses its link. Three statements.
    """
    arranged, _ = await arrangement(reads)
    visible = _Visible(
        await products_by_keys(reads, reading, arranged.targets(LinkKind.PRODUCT)),
        await visible_categories(reads, sorted(arranged.targets(LinkKind.CATEGORY))),
    )
    sections = [_section(each, visible, reading) for each in arranged.sections]
    return HomePage(
        banners=[
            Banner(
                Image(reading.media_url + banner.picture_key, banner.alt.told_in(reading.language)),
                _link(banner.link),
            )
            for banner in arranged.banners
            if _leads_somewhere(banner.link, visible)
        ],
        sections=[section for section in sections if section.products],
        search_words=[word.told_in(reading.language) for word in arranged.search_words],
    )


def _section(section: home.Section, visible: _Visible, reading: Reading) -> Section:
    return Section(
        section.title.told_in(reading.language),
        _link(section.link) if _leads_somewhere(section.link, visible) else None,
        [visible.products[key] for key in section.product_ids if key in visible.products],
    )


def _leads_somewhere(link: home.Link | None, visible: _Visible) -> bool:
    if link is None or link.kind is LinkKind.SEARCH:
        return True
    if link.kind is LinkKind.PRODUCT:
        return link.target_id in visible.products
    return link.target_id in visible.categories


def _link(link: home.Link | None) -> Link | None:
    if link is None:
        return None
    kind = PRODUCT if link.kind is LinkKind.PRODUCT else CATEGORY
    target = public_id(kind, link.target_id) if link.target_id else None
    return Link(link.kind, target, link.search)


@cache
def _stored() -> HotRead:
    return HotRead(select(models.HomePage.arrangement, models.HomePage.revision))
