"""Addresses as the tests of several contexts need them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.addresses.actions import AddressEdit, create_address, edit_address
from domain.addresses.models import Address
from domain.addresses.rules import WrittenAddress
from domain.kernel.db import Database
from tests.domain.members.people import RANDOM, VAULT, write
from tests.make import NOON

HOME = WrittenAddress(
    recipient="林小满",
    phone="138 0013 8000",
    region_code="310104",
    detail="衡山路 8 号 302 室",
    postcode="200031",
    label="家",
)


async def add(
    database: Database, member_id: UUID, *, is_default: bool = False, **changes: Any
) -> UUID:
    """An address of the member's, at noon."""
    written = WrittenAddress(**{**_plain(HOME), **changes})
    saved = await write(
        database,
        lambda session: create_address(
            session, VAULT, member_id, written, is_default=is_default, at=NOON, random=RANDOM
        ),
    )
    return saved.address_id


async def edit(
    database: Database, member_id: UUID, address_id: UUID, *, revision: int = 1, **changes: Any
) -> None:
    """Change the member's address, at noon."""
    wanted = AddressEdit(address_id, revision, changes)
    await write(
        database,
        lambda session: edit_address(session, VAULT, member_id, wanted, at=NOON, random=RANDOM),
    )


async def row(database: Database, address_id: UUID) -> Address:
    """The address's row."""
    async with database.writes() as session:
        return (await session.scalars(select(Address).where(Address.id == address_id))).one()


async def defaults(database: Database, member_id: UUID) -> list[UUID]:
    """The member's defaults: one, or none."""
    own = select(Address.id).where(Address.member_id == member_id, Address.is_default)
    async with database.writes() as session:
        return list(await session.scalars(own))


def _plain(written: WrittenAddress) -> dict[str, Any]:
    return {name: getattr(written, name) for name in written.__struct_fields__}
