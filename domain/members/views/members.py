"""Members one by one and in pages, with their phones masked and what they agreed to."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import (
    ARRAY,
    BigInteger,
    LargeBinary,
    Text,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import distinct_on

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
from domain.members.words import Channel, ConsentAction, ConsentPurpose, VerifiedBy


@dataclass(frozen=True, slots=True)
class Reading:
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
    rows = await _by_id().rows(reads, keys=[member_id])
    views = await _views(reads, rows, reading, shown=lambda row: _own(vault, row))
    return views[0] if views else None


async def staff_member(reads: ReadPool, member_id: UUID, *, reading: Reading) -> MemberView | None:
    """A member as staff see them: of the phone the last four digits, nothing is opened."""
    rows = await _by_id().rows(reads, keys=[member_id])
    views = await _views(reads, rows, reading, shown=_masked)
    return views[0] if views else None


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
    return Page(await _views(reads, page.items, reading, shown=_masked), page.has_next)


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


async def _views(
    reads: ReadPool, rows: list[Record], reading: Reading, *, shown: Callable[[Record], str]
) -> list[MemberView]:
    consents: dict[UUID, list[ConsentView]] = defaultdict(list)
    if rows and reading.with_consents:
        for row in await _consents().rows(reads, keys=[row["id"] for row in rows]):
            consents[row["member_id"]].append(_consent(row))
    return [_view(row, reading, consents[row["id"]], shown) for row in rows]


def _view(
    row: Record, reading: Reading, consents: list[ConsentView], shown: Callable[[Record], str]
) -> MemberView:
    month, day, picture = row["birth_month"], row["birth_day"], row["picture_key"]
    return MemberView(
        id=public_id(MEMBER, row["id"]),
        name=row["name"],
        picture_url=f"{reading.media_url}{picture}" if picture else None,
        birthday=BirthdayView(month, day) if month else None,
        language=Language(row["language"]) if row["language"] else None,
        is_personalised=row["is_personalised"],
        phone=PhoneView(shown(row), row["verified_at"], VerifiedBy(row["verified_by"]))
        if row["sealed"]
        else None,
        joined_at=row["joined_at"],
        blocked_at=row["blocked_at"],
        block_reason=row["block_reason"],
        revision=row["revision"],
        consents=consents,
    )


def _consent(row: Record) -> ConsentView:
    return ConsentView(
        ConsentPurpose(row["purpose"]),
        row["newest"],
        ConsentAction(row["action"]) if row["action"] else None,
        row["text_version"],
        Channel(row["channel"]) if row["channel"] else None,
        row["at"],
    )


def _own(vault: Vault, row: Record) -> str:
    return masked(opened(vault, row["id"], row["sealed"]))


def _masked(row: Record) -> str:
    return masked_but(row["last_digits"])


def _select() -> Any:
    phone = MemberPhone
    own = [phone.sealed, phone.last_digits, phone.verified_at, phone.verified_by]
    return select(*Member.__table__.columns, *own).outerjoin(phone, phone.member_id == Member.id)


@cache
def _by_id() -> HotRead:
    return HotRead(_select().where(Member.id == any_(bindparam("keys", type_=ARRAY(UuidColumn)))))


@cache
def _list(*, with_phone: bool, with_name: bool, after: bool) -> HotRead:
    statement = _select()
    if with_phone:
        index = bindparam("phone_index", type_=LargeBinary)
        statement = statement.where(MemberPhone.phone_index == index)
    if with_name:
        statement = statement.where(Member.name == bindparam("name", type_=Text))
    if after:
        statement = statement.where(Member.id < bindparam("after", type_=UuidColumn))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(Member.id.desc()).limit(limit))


@cache
def _consents() -> HotRead:
    """For each member and each purpose that has a text, the latest word, if there is one."""
    keys = bindparam("keys", type_=ARRAY(UuidColumn))
    asked = select(func.unnest(keys).label("member_id")).subquery()
    newest = (
        select(ConsentText.purpose, func.max(ConsentText.version).label("newest"))
        .group_by(ConsentText.purpose)
        .subquery()
    )
    said = (
        select(
            ConsentEntry.action, ConsentEntry.text_version, ConsentEntry.channel, ConsentEntry.at
        )
        .where(
            ConsentEntry.member_id == asked.c.member_id, ConsentEntry.purpose == newest.c.purpose
        )
        .order_by(ConsentEntry.number.desc())
        .limit(literal_column("1"))
        .lateral()
    )
    return HotRead(
        select(asked.c.member_id, newest.c.purpose, newest.c.newest, *said.c)
        .select_from(asked.join(newest, true()).outerjoin(said, true()))
        .order_by(newest.c.purpose)
    )


@cache
def _texts() -> HotRead:
    text = ConsentText
    return HotRead(
        select(*text.__table__.columns)
        .ext(distinct_on(text.purpose))
        .order_by(text.purpose, text.version.desc())
    )
