"""What the tables of points refuse by themselves, whoever writes to them."""

import json
from collections.abc import Mapping

import asyncpg
import pytest
from sqlalchemy import Table

from domain.kernel.db import Database
from domain.points import models
from domain.tables import METADATA
from tests.domain.points.history import some_points

_MODELS = (
    models.PointsAccount,
    models.PointsLot,
    models.PointsDeferral,
    models.PointsHold,
    models.PointsHoldLot,
    models.PointsEntry,
)
TABLES = [METADATA.tables[each.__tablename__] for each in _MODELS]
"""Those of the ledger itself."""
NOBODY = "00000000-0000-7000-8000-000000000000"
NO_POINTS = dict.fromkeys(("granted", "remaining", "held", "consumed", "expired", "revoked"), 0)
REFUSED: dict[str, dict[str, Mapping[str, object]]] = {
    "points_accounts": {
        "ck_points_accounts_available_not_negative": {"available": -1},
        "ck_points_accounts_debt_is_paid_first": {"debt": 1},
        "ck_points_accounts_debt_not_negative": {"debt": -1, "available": 0},
        "ck_points_accounts_growth_is_never_spent": {"wallet": "growth"},
        "ck_points_accounts_held_not_negative": {"held": -1},
        "ck_points_accounts_lifetimes_not_negative": {"lifetime_spent": -1},
        "ck_points_accounts_pending_not_negative": {"pending": -1},
        "ck_points_accounts_wallet_is_known": {"wallet": "purse"},
        "fk_points_accounts_member_id_members": {"member_id": NOBODY},
        "pk_points_accounts": {},
    },
    "points_lots": {
        "ck_points_lots_adds_up": {"granted": 11},
        "ck_points_lots_clawed_of_what_was_granted": {"clawed": 11},
        "ck_points_lots_deferrals_not_negative": {"deferrals": -1},
        "ck_points_lots_granted_is_some": {**NO_POINTS, "clawed": 0},
        "ck_points_lots_parts_not_negative": {
            **NO_POINTS, "granted": 1, "remaining": 2, "held": -1
        },
        "ck_points_lots_pending_is_not_spent": {"activated_at": None},
        "ck_points_lots_source_kind_is_known": {"source_kind": "whim"},
        "fk_points_lots_member_id_members": {"id": NOBODY, "member_id": NOBODY},
        "pk_points_lots": {"source_id": NOBODY},
        "uq_points_lots_member_id_source_kind_source_id_source_part": {"id": NOBODY},
    },
    "points_deferrals": {
        "ck_points_deferrals_source_kind_is_known": {"source_kind": "whim"},
        "fk_points_deferrals_lot_id_points_lots": {"lot_id": NOBODY},
        "pk_points_deferrals": {},
    },
    "points_holds": {
        "ck_points_holds_amount_is_some": {"amount": 0},
        "ck_points_holds_ends_once": {"captured": 1},
        "ck_points_holds_returned_of_what_was_captured": {"returned": 1},
        "ck_points_holds_source_kind_is_known": {"source_kind": "whim"},
        "fk_points_holds_member_id_members": {
            "id": NOBODY, "source_id": NOBODY, "member_id": NOBODY
        },
        "pk_points_holds": {"source_id": NOBODY},
        "uq_points_holds_source": {"id": NOBODY},
    },
    "points_hold_lots": {
        "ck_points_hold_lots_amount_is_some": {"amount": 0},
        "ck_points_hold_lots_returned_of_what_was_held": {"returned": 7},
        "fk_points_hold_lots_hold_id_points_holds": {"hold_id": NOBODY},
        "fk_points_hold_lots_lot_id_points_lots": {"position": 9, "lot_id": NOBODY},
        "pk_points_hold_lots": {},
    },
    "points_entries": {
        "ck_points_entries_amount_is_some": {"amount": 0},
        "ck_points_entries_moves_as_its_reason_says": {"to_bucket": "spent"},
        "ck_points_entries_number_is_positive": {"number": 0},
        "ck_points_entries_source_kind_is_known": {"source_kind": "whim"},
        "fk_points_entries_member_id_wallet_points_accounts": {"member_id": NOBODY},
        "pk_points_entries": {"source_id": NOBODY},
        "uq_points_entries_operation": {"number": 99},
    },
}  # fmt: skip
"""By constraint, what of a valid row is changed in a copy of it."""
VALID = {
    "points_lots": "activated_at IS NOT NULL",
    "points_holds": "ended_at IS NULL",
    "points_hold_lots": "returned = 0",
    "points_entries": "number = 1",
}
"""Which rows are copied, where it matters."""
ENDS = [
    {"captured": 3}, {"released": 3}, {"ended_at": "2026-11-11T04:00Z"},
    {"ended_at": "2026-11-11T04:00Z", "captured": 2}, {"ended_at": "2026-11-11T04:00Z",
    "captured": 3, "released": 3}, {"ended_at": "2026-11-11T04:00Z", "captured": 2, "released": 1},
]  # fmt: skip
"""Ends that a hold of three points cannot have."""


def constraints_of(table: Table) -> set[str]:
    """The names of all that a table refuses by."""
    unique = {str(index.name) for index in table.indexes if index.unique}
    return {str(constraint.name) for constraint in table.constraints} | unique


async def copied(
    owner: "asyncpg.Connection[asyncpg.Record]", table: str, changes: Mapping[str, object]
) -> None:
    """Insert a copy of a valid row that is changed, with foreign keys looked at."""
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = origin")
        await owner.execute(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(it) || "
            f"$1::jsonb)).* FROM (SELECT * FROM {table} WHERE {VALID.get(table, 'true')} "
            "ORDER BY 1 LIMIT 1) AS it",
            json.dumps(changes),
        )


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
    await some_points(database)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await copied(owner, table, changes)
    assert refused.value.constraint_name == constraint


@pytest.mark.parametrize("changes", ENDS)
async def test_a_hold_ends_whole_and_once(
    database: Database,
    owner: "asyncpg.Connection[asyncpg.Record]",
    changes: Mapping[str, object],
):
    await some_points(database)
    with pytest.raises(asyncpg.CheckViolationError, match="ends_once"):
        await copied(owner, "points_holds", changes)


@pytest.mark.parametrize("way", [("from_bucket", "spent"), ("reason", "captured")])
async def test_points_move_as_their_reason_says(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", way: tuple[str, str]
):
    await some_points(database)
    with pytest.raises(asyncpg.CheckViolationError, match="moves_as_its_reason_says"):
        await copied(owner, "points_entries", dict([way]))


async def test_what_is_valid_can_be_copied(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    """Or the tests above would prove nothing."""
    await some_points(database)
    await copied(owner, "points_lots", {"id": NOBODY, "source_id": NOBODY})
    await copied(owner, "points_entries", {"number": 99, "source_id": NOBODY})
    await copied(owner, "points_holds", {"id": NOBODY, "source_id": NOBODY})
    await copied(owner, "points_hold_lots", {"position": 99})
