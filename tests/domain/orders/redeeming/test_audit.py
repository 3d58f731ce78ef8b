"""The audit of the points mall: silent on a mall that is right, and it finds each fault."""

from typing import Any

import pytest
from sqlalchemy import delete, text, update

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.orders.closing import Closing
from domain.orders.redeeming.audit import INVARIANTS
from domain.orders.redeeming.models import PointsOffer, PointsOfferMember, PointsRedemption
from domain.orders.refunding.rules import UnitsBack
from domain.orders.words import CloseReason
from tests.domain.orders.buying import closed
from tests.domain.orders.redeeming.malls import Mall, a_mall, a_saver, all_is_accounted_for
from tests.domain.orders.redeeming.test_standing import paid

FAULTS: list[tuple[str, Any]] = [
    ("points_mall.offer_is_its_redemptions", update(PointsOffer).values(taken=4)),
    (
        "points_mall.offer_is_its_redemptions",
        update(PointsRedemption).where(PointsRedemption.returned == 1).values(returned=2),
    ),
    (
        "points_mall.member_is_their_redemptions",
        update(PointsOfferMember).values(taken=PointsOfferMember.taken + 1),
    ),
    ("points_mall.redemptions_are_counted", delete(PointsOfferMember)),
    (
        "points_mall.redemption_is_its_order",
        update(PointsRedemption).values(units=PointsRedemption.units + 1),
    ),
    (
        "points_mall.redemption_is_its_order",
        text(
            "UPDATE points_redemptions SET member_id = (SELECT members.id FROM members "
            "WHERE members.id <> points_redemptions.member_id LIMIT 1)"
        ),
    ),
    ("points_mall.returned_is_what_came_back", update(PointsRedemption).values(returned=0)),
    (
        "points_mall.returned_is_what_came_back",
        update(PointsRedemption).where(PointsRedemption.returned == 0).values(returned=1),
    ),
]


async def a_past(database: Database) -> Mall:
    """An order that stands, one closed, one of which a unit came back; and somebody else."""
    mall, member = await a_mall(database), await a_saver(database, 3_000)
    await mall.ordered(member)
    gone = await mall.ordered(member, 2)
    await closed(database, [Closing(gone.order_id, CloseReason.NOT_PAID_IN_TIME, "test")])
    sold = await paid(mall, member, 2)
    await sold.back(UnitsBack(1, 1))
    await sold.run()
    await a_saver(database, 0)
    return mall


async def found(database: Database) -> set[str]:
    """The invariants that are broken."""
    async with database.writes() as session:
        return {
            each.name for each in INVARIANTS if [row async for row in violations(session, each)]
        }


async def test_a_mall_that_is_right_breaks_nothing(database: Database):
    mall = await a_past(database)
    assert (await mall.taken())[0] == 2
    await all_is_accounted_for(database)


@pytest.mark.parametrize(("name", "fault"), FAULTS)
async def test_each_fault_is_found(database: Database, name: str, fault: Any):
    await a_past(database)
    async with database.writes.begin() as session:
        await session.execute(fault)
    assert name in await found(database)


def test_a_fault_is_planted_for_each_invariant():
    assert {name for name, _ in FAULTS} == {each.name for each in INVARIANTS}
