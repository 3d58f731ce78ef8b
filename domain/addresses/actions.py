"""What members do with their addresses: all of it under the lock of their row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, delete, func, select, update

from domain.addresses.columns import content_columns, place_columns
from domain.addresses.errors import AddressChanged, AddressUnavailable, TooManyAddresses
from domain.addresses.models import Address
from domain.addresses.rules import MOST_ADDRESSES, Known, WrittenAddress, judged
from domain.addresses.sealing import opened_content
from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.kernel.sealing import Vault
from domain.members import statements as members


@dataclass(frozen=True, slots=True)
class AddressEdit:
    """Changes to fields of `WrittenAddress`, by name, of an address as it was at a revision."""

    address_id: UUID
    revision: int
    changes: Mapping[str, Any]


class SavedAddress(msgspec.Struct, frozen=True):
    """An address that was written, or was there and has been deleted."""

    address_id: UUID


async def create_address(
    session: WriteSession,
    vault: Vault,
    member_id: UUID,
    written: WrittenAddress,
    *,
    is_default: bool,
    at: datetime,
    random: Random,
) -> SavedAddress:
    """Add an address; the first one of a member is the default in any case.

    Refuses: InvalidInput with every problem, MemberBlocked, TooManyAddresses.
    """
    content, division = judged(written)
    assert division is not None
    await members.welcome(session, member_id)
    of_member = Address.member_id == member_id
    count = await session.scalar(select(func.count()).select_from(Address).where(of_member)) or 0
    if count >= MOST_ADDRESSES:
        raise TooManyAddresses(MOST_ADDRESSES)
    if is_default:
        await _take_default(session, member_id)
    address_id = new_id(at, random)
    address = Address(
        id=address_id,
        member_id=member_id,
        is_default=is_default or count == 0,
        revision=1,
        created_at=at,
        updated_at=at,
        **content_columns(vault, address_id, content, random),
        **place_columns(division),
    )
    session.add(address)
    await session.flush()
    return SavedAddress(address_id)


async def edit_address(
    session: WriteSession,
    vault: Vault,
    member_id: UUID,
    edit: AddressEdit,
    *,
    at: datetime,
    random: Random,
) -> SavedAddress:
    """Change an address; what is already so changes nothing.

    Refuses: MemberBlocked, AddressUnavailable, AddressChanged where the revision is not the one
    that stands, InvalidInput with every problem.
    """
    await members.welcome(session, member_id)
    address_id = edit.address_id
    address = await session.scalar(select(Address).where(_is(member_id, address_id)))
    if address is None:
        raise AddressUnavailable
    if address.revision != edit.revision:
        raise AddressChanged(address.revision)
    before = opened_content(vault, address_id, address.sealed)
    region_code = address.district_code or address.city_code
    written = WrittenAddress(region_code=region_code, **msgspec.structs.asdict(before))
    content, division = judged(
        msgspec.structs.replace(written, **edit.changes), Known(before.phone, region_code)
    )
    if content == before and division is None:
        return SavedAddress(address_id)
    values = content_columns(vault, address_id, content, random)
    if division is not None:
        values |= place_columns(division)
    for name, value in {**values, "revision": edit.revision + 1, "updated_at": at}.items():
        setattr(address, name, value)
    await session.flush()
    return SavedAddress(address_id)


async def delete_address(session: WriteSession, member_id: UUID, address_id: UUID) -> SavedAddress:
    """Delete an address; where it was the default, the newest one left becomes it.

    A blocked member may do so too. Refuses: AddressUnavailable.
    """
    await members.own(session, member_id)
    deleted = delete(Address).where(_is(member_id, address_id)).returning(Address.is_default)
    was_default = await session.scalar(deleted)
    if was_default is None:
        raise AddressUnavailable
    if was_default:
        newest = select(Address.id).where(Address.member_id == member_id)
        newest = newest.order_by(Address.id.desc()).limit(1).scalar_subquery()
        await session.execute(update(Address).where(Address.id == newest).values(is_default=True))
    return SavedAddress(address_id)


async def choose_default_address(
    session: WriteSession, member_id: UUID, address_id: UUID
) -> SavedAddress:
    """Make an address the default in the place of another one; once more changes nothing.

    Refuses: MemberBlocked, AddressUnavailable.
    """
    await members.welcome(session, member_id)
    known = select(Address.is_default).where(_is(member_id, address_id))
    is_default = await session.scalar(known)
    if is_default is None:
        raise AddressUnavailable
    if not is_default:
        await _take_default(session, member_id)
        chosen = update(Address).where(_is(member_id, address_id)).values(is_default=True)
        await session.execute(chosen)
    return SavedAddress(address_id)


async def _take_default(session: WriteSession, member_id: UUID) -> None:
    """Leave a locked member without a default, until the next statement gives them another."""
    was = and_(Address.member_id == member_id, Address.is_default)
    await session.execute(update(Address).where(was).values(is_default=False))


def _is(member_id: UUID, address_id: UUID) -> ColumnElement[bool]:
    """The address, where it is that member's."""
    return and_(Address.id == address_id, Address.member_id == member_id)
