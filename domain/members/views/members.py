"""Members one by one and in pages, with their phones masked and what they agreed to."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    BigInteger,
    LargeBinary,
    Text,
    bindparam,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.paging import Page, Place, page_of
from domain.kernel.sealing import Vault
from domain.members.actions.phones import opened, phone_key
from domain.members.models import ConsentEntry, ConsentText, Member, MemberPhone
from domain.members.phone_numbers import masked, masked_but
from domain.members.views.structs import (
    MEMBER,
    BirthdayView,
    ConsentTextView,
    ConsentView,
    MemberView,
    PhoneView,
)
from domain.members.words import ConsentPurpose, VerifiedBy

_CONSENTS = msgspec.json.Decoder(list[ConsentView])


class Reading(msgspec.Struct, frozen=True):
    """How members are read: pictures lie under ``media_url``, consents only where wanted."""

    media_url: str
    with_consents: bool


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members to list; what is None does not matter. The phone is E.164, the name whole."""

    phone: str | None = None
    name: str | None = None


async def viewer(
    reads: ReadPool, vault: Vault, member_id: UUID, *, reading: Reading
) -> MemberView | None:
    """A member as they see themselves, who know their number by its first digits too."""
    rows = await _by_id(with_consents=reading.with_consents).rows(reads, key=member_id)
    return _view(rows[0], reading, _own(vault, rows[0])) if rows else None


async def staff_member(reads: ReadPool, member_id: UUID, *, reading: Reading) -> MemberView | None:
    """A member as staff see them: of the phone the last four digits, nothing is opened."""
    rows = await _by_id(with_consents=reading.with_consents).rows(reads, key=member_id)
    return _view(rows[0], reading, _masked(rows[0])) if rows else None


async def staff_members(
    reads: ReadPool,
    vault: Vault,
    wanted: MemberFilter,
    *,
    reading: Reading,
    first: int,
    after: Place | None,
) -> Page[MemberView]:
    """Take the ``first`` members behind ``after``, those who joined last first."""
    statement = _list(
        with_consents=reading.with_consents,
        with_phone=wanted.phone is not None,
        with_name=wanted.name is not None,
        after=after is not None,
    )
    rows = await statement.rows(
        reads,
        phone_index=phone_key(vault, wanted.phone) if wanted.phone is not None else None,
        name=wanted.name,
        after=after.key if after else None,
        limit=first + 1,
    )
    page = page_of(rows, first)
    return Page([_view(row, reading, _masked(row)) for row in page.items], page.has_next)


async def consent_texts(reads: ReadPool, language: Language) -> list[ConsentTextView]:
    """The text of each purpose that stands now, by purpose."""
    return [
        ConsentTextView(
            ConsentPurpose(row["purpose"]),
            row["version"],
            row["title_zh"] if language is Language.ZH else row["title_en"],
            row["body_zh"] if language is Language.ZH else row["body_en"],
            row["published_at"],
        )
        for row in await _texts().rows(reads)
    ]


def _view(row: Record, reading: Reading, shown: str) -> MemberView:
    month, day, picture = row["birth_month"], row["birth_day"], row["picture_key"]
    return MemberView(
        id=public_id(MEMBER, row["id"]),
        name=row["name"],
        picture_url=f"{reading.media_url}{picture}" if picture else None,
        birthday=BirthdayView(month, day) if month else None,
        language=Language(row["language"]) if row["language"] else None,
        is_personalised=row["is_personalised"],
        phone=PhoneView(shown, row["verified_at"], VerifiedBy(row["verified_by"]))
        if row["sealed"]
        else None,
        joined_at=row["joined_at"],
        blocked_at=row["blocked_at"],
        block_reason=row["block_reason"],
        revision=row["revision"],
        consents=_CONSENTS.decode(row["consents"]) if row["consents"] else [],
    )


def _own(vault: Vault, row: Record) -> str:
    return masked(opened(vault, row["id"], row["sealed"])) if row["sealed"] else ""


def _masked(row: Record) -> str:
    return masked_but(row["last_digits"]) if row["sealed"] else ""


def _select(*, with_consents: bool) -> Any:
    phone = MemberPhone
    own = [phone.sealed, phone.last_digits, phone.verified_at, phone.verified_by]
    consents = (_consents() if with_consents else null()).label("consents")
    return select(*Member.__table__.columns, *own, consents).outerjoin(
        phone, phone.member_id == Member.id
    )


@cache
def _by_id(*, with_consents: bool) -> HotRead:
    statement = _select(with_consents=with_consents)
    return HotRead(statement.where(Member.id == bindparam("key", type_=UuidColumn)))


@cache
def _list(*, with_consents: bool, with_phone: bool, with_name: bool, after: bool) -> HotRead:
    statement = _select(with_consents=with_consents)
    if with_phone:
        index = bindparam("phone_index", type_=LargeBinary)
        statement = statement.where(MemberPhone.phone_index == index)
    if with_name:
        statement = statement.where(Member.name == bindparam("name", type_=Text))
    if after:
        statement = statement.where(Member.id < bindparam("after", type_=UuidColumn))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(Member.id.desc()).limit(limit))


def _consents() -> Any:
    """For each purpose that has a text the member's latest word, if there is one.

    As JSON that reads as `ConsentView`: of one member that takes half the time of a statement more.
    """
    newest = (
        select(ConsentText.purpose, func.max(ConsentText.version).label("newest"))
        .group_by(ConsentText.purpose)
        .subquery()
    )
    said = (
        select(
            ConsentEntry.action, ConsentEntry.text_version, ConsentEntry.channel, ConsentEntry.at
        )
        .where(ConsentEntry.member_id == Member.id, ConsentEntry.purpose == newest.c.purpose)
        .order_by(ConsentEntry.number.desc())
        .limit(literal_column("1"))
        .correlate(Member, newest)
        .lateral()
    )
    told = func.json_build_array(newest.c.purpose, newest.c.newest, *said.c)
    return (
        select(func.json_agg(aggregate_order_by(told, newest.c.purpose)))
        .select_from(newest.outerjoin(said, true()))
        .correlate(Member)
        .scalar_subquery()
    )


@cache
def _texts() -> HotRead:
    text = ConsentText
    return HotRead(
        select(*text.__table__.columns)
        .ext(distinct_on(text.purpose))
        .order_by(text.purpose, text.version.desc())
    )
