"""What the home page says: banners, sections and words to search for, as operators arrange them."""

from collections.abc import Iterator
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.catalog.rules import (
    problems_of_count,
    problems_of_key,
    problems_of_repeats,
    problems_of_title,
)
from domain.catalog.search import LONGEST_SEARCH, words_of
from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Bilingual, Sentence
from domain.kernel.problems import MISSING, TOO_LONG

NOT_OF_THIS_LINK = ProblemKind(
    "not_of_this_link",
    Sentence(zh="这种链接不能带此项。", en="A link of this kind does not have this."),
)
MOST_BANNERS = 10
MOST_SECTIONS = 10
MOST_PRODUCTS_IN_SECTION = 12
MOST_SEARCH_WORDS = 20


class LinkKind(StrEnum):
    """Where a tap on a banner or on a section's title leads."""

    PRODUCT = "product"
    CATEGORY = "category"
    SEARCH = "search"


class Link(msgspec.Struct, frozen=True, gc=False):
    """Where a tap leads: to the product or category with that id, or to a search."""

    kind: LinkKind
    target_id: UUID | None = None
    search: str | None = None


class Banner(msgspec.Struct, frozen=True):
    """A picture over the whole width."""

    picture_key: str
    alt: Bilingual
    link: Link | None = None


class Section(msgspec.Struct, frozen=True):
    """A titled row of products, in the operators' order."""

    title: Bilingual
    product_ids: tuple[UUID, ...]
    link: Link | None = None


class Arrangement(msgspec.Struct, frozen=True):
    """The whole home page."""

    banners: tuple[Banner, ...] = ()
    sections: tuple[Section, ...] = ()
    search_words: tuple[Bilingual, ...] = ()

    def links(self) -> Iterator[tuple[str, Link]]:
        """Every link, with the path of its place."""
        for number, banner in enumerate(self.banners):
            if banner.link:
                yield f"banners.{number}.link", banner.link
        for number, section in enumerate(self.sections):
            if section.link:
                yield f"sections.{number}.link", section.link

    def targets(self, kind: LinkKind) -> set[UUID]:
        """What links of the kind lead to, and for products also what the sections show."""
        linked = {link.target_id for _, link in self.links() if link.kind is kind}
        if kind is LinkKind.PRODUCT:
            linked |= {key for section in self.sections for key in section.product_ids}
        return {key for key in linked if key is not None}


def problems_of_arrangement(arrangement: Arrangement) -> list[Problem]:
    """All that keeps the arrangement from being a home page, each with the path of its field.

    Whether the products and categories exist is the database's to say.
    """
    return [
        *problems_of_count("banners", len(arrangement.banners), MOST_BANNERS),
        *problems_of_count("sections", len(arrangement.sections), MOST_SECTIONS),
        *problems_of_count("searchWords", len(arrangement.search_words), MOST_SEARCH_WORDS),
        *_banners(arrangement.banners),
        *_sections(arrangement.sections),
        *(
            problem
            for number, word in enumerate(arrangement.search_words)
            for problem in _search_word(f"searchWords.{number}", word)
        ),
        *(problem for path, link in arrangement.links() for problem in _link(path, link)),
    ]


def _banners(banners: tuple[Banner, ...]) -> Iterator[Problem]:
    for number, banner in enumerate(banners):
        yield from problems_of_key(f"banners.{number}.pictureKey", banner.picture_key)
        yield from problems_of_title(f"banners.{number}.alt", banner.alt)


def _sections(sections: tuple[Section, ...]) -> Iterator[Problem]:
    for number, section in enumerate(sections):
        path = f"sections.{number}"
        ids = section.product_ids
        yield from problems_of_title(f"{path}.title", section.title)
        yield from problems_of_count(f"{path}.productIds", len(ids), MOST_PRODUCTS_IN_SECTION)
        yield from problems_of_repeats(f"{path}.productIds", ids)


def _search_word(path: str, word: Bilingual) -> Iterator[Problem]:
    yield from problems_of_title(path, word)
    for language, text in (("zh", word.zh), ("en", word.en)):
        yield from _search(f"{path}.{language}", text)


def _search(path: str, text: str) -> Iterator[Problem]:
    """Whether a tap on the text would be a search."""
    try:
        words_of(text)
    except ValueError:
        yield TOO_LONG.at(path, most=LONGEST_SEARCH)


def _link(path: str, link: Link) -> Iterator[Problem]:
    """A link to a thing names it, a link to a search says what for; neither says more."""
    if link.kind is LinkKind.SEARCH:
        if not (link.search or "").strip():
            yield MISSING.at(f"{path}.search")
        yield from _search(f"{path}.search", link.search or "")
        if link.target_id is not None:
            yield NOT_OF_THIS_LINK.at(f"{path}.targetId")
    else:
        if link.target_id is None:
            yield MISSING.at(f"{path}.targetId")
        if link.search is not None:
            yield NOT_OF_THIS_LINK.at(f"{path}.search")
