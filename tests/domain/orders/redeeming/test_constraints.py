"""What the tables of the points mall refuse by themselves, whoever writes to them."""

from collections.abc import Mapping

import asyncpg
import pytest

from domain.kernel.db import Database
from domain.orders.redeeming.models import PointsOffer, PointsOfferMember, PointsRedemption
from domain.tables import METADATA
from tests.domain.orders.redeeming.malls import a_mall, a_saver
from tests.domain.points.test_constraints import NOBODY, constraints_of, copied

TABLES = [
    METADATA.tables[each.__tablename__]
    for each in (PointsOffer, PointsOfferMember, PointsRedemption)
]
REFUSED: dict[str, dict[str, Mapping[str, object]]] = {
    "points_offers": {
        "ck_points_offers_points_are_some": {"points": 0},
        "ck_points_offers_cash_is_not_negative": {"cash_fen": -1},
        "ck_points_offers_taken_is_of_the_allocated": {"taken": 8},
        "ck_points_offers_limit_is_some": {"member_limit": 0},
        "ck_points_offers_closes_after_it_opens": {"closes_at": "2026-01-01T00:00Z"},
        "ck_points_offers_revision_is_positive": {"revision": 0},
        "fk_points_offers_variant_id_variants": {"id": NOBODY, "variant_id": NOBODY},
        "pk_points_offers": {},
    },
    "points_offer_members": {
        "ck_points_offer_members_taken_is_not_negative": {"taken": -1},
        "fk_points_offer_members_offer_id_points_offers": {"offer_id": NOBODY},
        "fk_points_offer_members_member_id_members": {"member_id": NOBODY},
        "pk_points_offer_members": {},
    },
    "points_redemptions": {
        "ck_points_redemptions_units_are_some": {"units": 0, "returned": 0},
        "ck_points_redemptions_returned_is_of_the_units": {"returned": 3},
        "fk_points_redemptions_order_id_orders": {"order_id": NOBODY},
        "fk_points_redemptions_offer_id_points_offers": {
            "order_id": "$unredeemed", "offer_id": NOBODY
        },
        "fk_points_redemptions_member_id_members": {
            "order_id": "$unredeemed", "member_id": NOBODY
        },
        "pk_points_redemptions": {},
    },
}  # fmt: skip
"""By constraint, what of a valid row is changed in a copy of it."""


def test_each_constraint_has_a_row_that_it_refuses():
    assert {each.name: constraints_of(each) for each in TABLES} == {
        table: set(refused) for table, refused in REFUSED.items()
    }


@pytest.mark.parametrize(
    ("table", "constraint", "changes"),
    [(table, *each) for table, refused in REFUSED.items() for each in refused.items()],
)
async def test_a_constraint_refuses(
    database: Database,
    owner: "asyncpg.Connection[asyncpg.Record]",
    table: str,
    constraint: str,
    changes: Mapping[str, object],
):
    mall, member = await a_mall(database), await a_saver(database)
    await mall.ordered(member, 2)
    unredeemed = await mall.ordered(member)
    await owner.execute("DELETE FROM points_redemptions WHERE order_id = $1", unredeemed.order_id)
    named = {
        key: str(unredeemed.order_id) if value == "$unredeemed" else value
        for key, value in changes.items()
    }
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await copied(owner, table, named)
    assert refused.value.constraint_name == constraint
