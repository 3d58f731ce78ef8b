"""Reads of addresses: what members see of their own, and what orders need of one."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import ARRAY, Select, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.addresses.models import Address
from domain.addresses.regions import RegionLevel, division, is_nominal, regions_within
from domain.addresses.sealing import opened_content
from domain.kernel.db import HotRead, HotWrite, ReadPool
from domain.kernel.hot_pool import Sender
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.sealing import Vault

ADDRESS = "address"
"""The kind in an address's public id."""


class RegionView(msgspec.Struct, frozen=True, gc=False):
    """A division as people choose it, in one language."""

    code: str
    level: RegionLevel
    title: str
    is_nominal: bool
    is_divided: bool


class RegionName(msgspec.Struct, frozen=True, gc=False):
    """A division that an address lies in, by the name of when the address was written."""

    code: str
    title: str


class AddressView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An address as its member sees it: whole.

    ``is_region_current`` says whether the smallest division that it lies in is still there.
    ``phone`` is E.164.
    """

    id: str
    recipient: str
    phone: str
    province: RegionName
    city: RegionName
    district: RegionName | None
    is_region_current: bool
    detail: str
    postcode: str | None
    label: str | None
    is_default: bool
    revision: int

    @property
    def region_code(self) -> str:
        """The code of the smallest division that it lies in."""
        return (self.district or self.city).code

    @property
    def line(self) -> str:
        """Where it is in one line, as people write it: without a city that is none."""
        city = "" if is_nominal(self.city.title) else self.city.title
        district = self.district.title if self.district else ""
        return f"{self.province.title}{city}{district}{self.detail}"


class DeliveryAddress(msgspec.Struct, frozen=True, gc=False):
    """What an order needs of an address: where it lies, and the rest as it is sealed.

    ``sealed`` is opened by `domain.addresses.sealing.opened_content`, for ``id``; whoever keeps a
    copy keeps the id beside it. ``phone_index`` is `domain.members.actions.phones.phone_key` of
    the recipient's number. A quote holds ``id`` and ``revision``: with the same two the address
    says the same.
    """

    id: UUID
    member_id: UUID
    revision: int
    province_code: str
    province_name: str
    city_code: str
    city_name: str
    district_code: str | None
    district_name: str | None
    sealed: bytes
    phone_index: bytes
    last_digits: str

    @property
    def region_code(self) -> str:
        """The code of the smallest division that it lies in, for freight rules by its prefixes."""
        return self.district_code or self.city_code


# Columns of the table: a statement of entities costs much more to run. The ids come as one array,
# so that it is the same statement for any number of them.
_OF_DELIVERY = tuple(Address.__table__.c[name] for name in DeliveryAddress.__struct_fields__)
_CHOSEN = HotWrite(
    select(*_OF_DELIVERY).where(
        Address.__table__.c.id == any_(bindparam("ids", type_=ARRAY(UuidColumn)))
    )
)


def regions(language: Language, parent_code: str | None) -> list[RegionView]:
    """The divisions right below one, the provinces for None; nothing below what is no code."""
    return [
        RegionView(
            each.code,
            each.level,
            each.title.told_in(language),
            each.is_nominal,
            each.is_divided,
        )
        for each in regions_within(parent_code)
    ]


async def addresses(reads: ReadPool, vault: Vault, member_id: UUID) -> list[AddressView]:
    """A member's addresses, opened: the default first, then the newest first."""
    return [_view(vault, row) for row in await _own().rows(reads, member_id=member_id)]


async def delivery_address(
    reads: ReadPool, member_id: UUID, address_id: UUID | None
) -> DeliveryAddress | None:
    """The address that a quote is for: that one, or the default for None.

    None where the member has no such address. `delivery_addresses` is its twin for placing.
    """
    statement = _delivery(by_id=address_id is not None)
    rows = await statement.rows(reads, member_id=member_id, address_id=address_id)
    return DeliveryAddress(*rows[0]) if rows else None


def address_of_quote(*, by_id: bool) -> Select[*tuple[Any, ...]]:
    """What `delivery_address` reads as a part of a statement: a `DeliveryAddress`, or no row.

    Its values are ``member_id`` and, where it is not the default that is wanted, ``address_id``.
    """
    member_id = bindparam("member_id", type_=UuidColumn)
    statement = select(*_OF_DELIVERY).where(Address.member_id == member_id)
    if by_id:
        return statement.where(Address.id == bindparam("address_id", type_=UuidColumn))
    return statement.where(Address.is_default)


async def delivery_addresses(
    session: Sender, wanted: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], DeliveryAddress]:
    """The addresses that orders go to, by member and address, in one statement for any number.

    A pair of a member and an address that is not theirs, or is gone, is left out. To be called
    once the members' rows are locked: every change of an address takes them first, so what is read
    then stands until the transaction ends.
    """
    if not wanted:
        return {}
    pairs = set(wanted)
    ids = sorted({address_id for _, address_id in pairs})
    found = [DeliveryAddress(*row) for row in await _CHOSEN.rows(session, ids=ids)]
    by_pair = {(each.member_id, each.id): each for each in found}
    return {pair: each for pair, each in by_pair.items() if pair in pairs}


def _view(vault: Vault, row: Record) -> AddressView:
    content = opened_content(vault, row["id"], row["sealed"])
    region_code = row["district_code"] or row["city_code"]
    return AddressView(
        id=public_id(ADDRESS, row["id"]),
        recipient=content.recipient,
        phone=content.phone,
        province=RegionName(row["province_code"], row["province_name"]),
        city=RegionName(row["city_code"], row["city_name"]),
        district=RegionName(row["district_code"], row["district_name"])
        if row["district_code"]
        else None,
        is_region_current=division(region_code) is not None,
        detail=content.detail,
        postcode=content.postcode,
        label=content.label,
        is_default=row["is_default"],
        revision=row["revision"],
    )


@cache
def _own() -> HotRead:
    member_id = bindparam("member_id", type_=UuidColumn)
    return HotRead(
        select(*Address.__table__.columns)
        .where(Address.member_id == member_id)
        .order_by(Address.is_default.desc(), Address.id.desc())
    )


@cache
def _delivery(*, by_id: bool) -> HotRead:
    return HotRead(address_of_quote(by_id=by_id))
