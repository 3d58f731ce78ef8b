"""What operators do to the home page."""

from collections.abc import Iterator
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.catalog import statements
from domain.catalog.errors import HomePageChanged
from domain.catalog.home import Arrangement, LinkKind, problems_of_arrangement
from domain.catalog.models import HomePage
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem
from domain.kernel.problems import NOT_FOUND
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

HOME_PAGE_ID = UUID("0192f000-0000-7000-8000-0000000000aa")
"""What the audit rows of the one home page are about."""


class Arranged(msgspec.Struct, frozen=True):
    """The home page after it was arranged."""

    revision: int


async def arrange(
    session: WriteSession, arrangement: Arrangement, revision: int, *, reason: str, by: By
) -> Arranged:
    """Put another home page in the place of the one at ``revision``, 0 where there was none yet.

    What is arranged must exist; what cannot be seen (yet) is left out for people. Refuses:
    HomePageChanged, InvalidInput.
    """
    await statements.take_turn(session)
    stored = await session.scalar(select(HomePage))
    current = stored.revision if stored else 0
    if current != revision:
        raise HomePageChanged(revision=current)
    problems = [
        *problems_of_arrangement(arrangement),
        *problems_of_reason(reason),
        *await _unknown(session, arrangement),
    ]
    if problems:
        raise InvalidInput(problems)
    told: dict[str, object] = msgspec.to_builtins(arrangement)
    row = {"arrangement": told, "revision": current + 1, "arranged_at": by.at}
    upsert = insert(HomePage).values(number=1, **row)
    await session.execute(upsert.on_conflict_do_update(index_elements=["number"], set_=row))
    before = stored.arrangement if stored else None
    change = Change("home_page.arrange", "home_page", HOME_PAGE_ID, before, told, reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return Arranged(current + 1)


async def _unknown(session: WriteSession, arrangement: Arrangement) -> Iterator[Problem]:
    products = arrangement.targets(LinkKind.PRODUCT)
    products -= await statements.known_products(session, products)
    categories = arrangement.targets(LinkKind.CATEGORY)
    categories -= await statements.known_categories(session, categories)
    return _places_of(arrangement, products | categories)


def _places_of(arrangement: Arrangement, unknown: set[UUID]) -> Iterator[Problem]:
    for path, link in arrangement.links():
        if link.target_id in unknown:
            yield NOT_FOUND.at(f"{path}.targetId")
    for number, section in enumerate(arrangement.sections):
        for place, product_id in enumerate(section.product_ids):
            if product_id in unknown:
                yield NOT_FOUND.at(f"sections.{number}.productIds.{place}")
