"""What members do with their favourites: all of it under the lock of their row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from domain.catalog import statements as catalog
from domain.catalog.errors import ProductUnavailable
from domain.favourites.errors import TooManyFavourites
from domain.favourites.models import Favourite
from domain.kernel.db import WriteSession
from domain.members import statements as members

MOST_FAVOURITES = 500


async def add_favourite(
    session: WriteSession, member_id: UUID, product_id: UUID, *, at: datetime
) -> None:
    """Add a product to a member's favourites; one that is there stays where it is.

    Refuses: MemberBlocked, ProductUnavailable where nobody can see it, TooManyFavourites.
    """
    await members.welcome(session, member_id)
    of_member = Favourite.member_id == member_id
    if await session.get(Favourite, (member_id, product_id)) is not None:
        return
    if not await catalog.is_seen(session, product_id, at=at):
        raise ProductUnavailable
    count = await session.scalar(select(func.count()).select_from(Favourite).where(of_member)) or 0
    if count >= MOST_FAVOURITES:
        raise TooManyFavourites(MOST_FAVOURITES)
    session.add(Favourite(member_id=member_id, product_id=product_id, added_at=at))
    await session.flush()


async def remove_favourite(session: WriteSession, member_id: UUID, product_id: UUID) -> None:
    """Remove a product from a member's favourites; one that is not there is left out already.

    A blocked member may do so too.
    """
    await members.own(session, member_id)
    await session.execute(
        delete(Favourite).where(
            Favourite.member_id == member_id, Favourite.product_id == product_id
        )
    )
