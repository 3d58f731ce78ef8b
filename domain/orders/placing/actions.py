"""The use case of placing orders, for any number of members at once."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from uuid import UUID

from domain.addresses.views import delivery_addresses
from domain.freight.views import Arrangements
from domain.kernel.errors import Refused
from domain.kernel.hot_pool import Sender
from domain.members.statements import lock_members_for_blocks
from domain.orders.facts import facts_of, lines_by_id
from domain.orders.placing import rows
from domain.orders.placing.deciding import Surroundings, decide, lines_wanted
from domain.orders.placing.values import Decided, Placed, Placement
from domain.orders.words import DeliveryMethod
from domain.points.posting import lock as lock_points
from domain.points.posting import write as write_points
from domain.points.rules.books import Book
from domain.points.rules.terms import USUAL_TERMS, PointsTerms
from domain.stock.holding import lock_levels
from domain.stores.views import known_pick_up_stores


async def place(
    session: Sender,
    placements: Sequence[Placement],
    at: datetime,
    *,
    random: Random,
    arrangements: Arrangements | None = None,
    terms: PointsTerms = USUAL_TERMS,
) -> list[Placed | Refused]:
    """Place orders from what members saw, each wholly or not at all, in the order of asking.

    At most seven statements however many there are, and now and then one more to read what freight
    costs, which ``arrangements`` remember; three more where points are used, on these ``terms``.
    Units and points are held, the lines leave their carts, and each order waits for its payment
    until its deadline. ``random`` is a source that nobody can guess. Refuses: MemberBlocked,
    QuoteChanged, OverMemberLimit, PointsFrozen, PointsShort, OutOfStock.
    """
    given = await _surroundings(session, placements, arrangements or Arrangements(), at)
    given.terms = terms
    outcomes = [decide(each, given, at=at, random=random) for each in placements]
    orders = [each for each in outcomes if isinstance(each, Decided)]
    if orders:
        await rows.write(session, orders, given.levels, at=at, random=random)
        await write_points(session, given.books.values())
    return [each.placed if isinstance(each, Decided) else each for each in outcomes]


async def _surroundings(
    session: Sender, placements: Sequence[Placement], arrangements: Arrangements, at: datetime
) -> Surroundings:
    """Lock levels, then members, then read: what is read was settled before."""
    levels = await lock_levels(
        session,
        {(line.variant_id, each.seen.place_id) for each in placements for line in each.seen.lines},
    )
    blocks = await lock_members_for_blocks(session, {each.member_id for each in placements})
    found = await lines_by_id().rows(session, ids=lines_wanted(placements), now=at)
    addresses = await delivery_addresses(
        session,
        [
            (each.member_id, each.seen.address_id)
            for each in placements
            if each.seen.address_id is not None
        ],
    )
    return Surroundings(
        levels=levels,
        lines={line.line_id: line for line in facts_of(found)},
        addresses=addresses,
        arrangement=await arrangements.marked(session, found[0][-1] if found else None),
        pick_up_places=await _pick_up_places(session, placements),
        blocked={member: reason for member, reason in blocks.items() if reason is not None},
        books=await _books(session, placements),
    )


async def _books(session: Sender, placements: Sequence[Placement]) -> dict[UUID, Book]:
    """The accounts of those who use points, locked after everything else."""
    members = {each.member_id for each in placements if each.seen.points}
    return await lock_points(session, members) if members else {}


async def _pick_up_places(session: Sender, placements: Sequence[Placement]) -> frozenset[UUID]:
    wanted = {
        each.seen.place_id for each in placements if each.seen.delivery is DeliveryMethod.PICK_UP
    }
    return await known_pick_up_stores(session, wanted) if wanted else frozenset()
