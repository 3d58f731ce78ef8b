"""The mall's rows as entities of SQLAlchemy's ORM, and how they are loaded: eagerly, as told.

The mall's own classes have no relationships, because it reads otherwise. These have them, and map
no column that is not answered with or asked for.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Select,
    Text,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    aliased,
    contains_eager,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)
from sqlalchemy.types import TypeEngine

from domain.catalog.views.structs import CATEGORY, PRODUCT, VARIANT
from domain.kernel.columns import WordColumn
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.members.words import Channel, ConsentAction, ConsentPurpose, VerifiedBy


class Base(DeclarativeBase):
    """What the entities are declared on."""

    type_annotation_map: ClassVar[dict[type, TypeEngine[Any]]] = {
        str: Text(),
        int: BigInteger(),
        datetime: DateTime(timezone=True),
    }


class Category(Base):
    """A shelf."""

    __tablename__ = "categories"

    key: Mapped[UUID] = mapped_column("id", primary_key=True)
    title: Mapped[str] = mapped_column("title_zh")
    is_visible: Mapped[bool] = mapped_column(deferred=True)

    @property
    def id(self) -> str:
        """Its public id."""
        return public_id(CATEGORY, self.key)


class Variant(Base):
    """What people buy."""

    __tablename__ = "variants"

    key: Mapped[UUID] = mapped_column("id", primary_key=True)
    product_key: Mapped[UUID] = mapped_column("product_id", ForeignKey("products.id"))
    position: Mapped[int | None] = mapped_column(deferred=True)
    sku: Mapped[str]
    title: Mapped[str] = mapped_column("title_zh")
    price: Mapped[int] = mapped_column("price_fen")

    @property
    def id(self) -> str:
        """Its public id."""
        return public_id(VARIANT, self.key)


@dataclass(frozen=True, slots=True)
class Image:
    """A picture."""

    url: str


class Product(Base):
    """What people look at. ``media_url`` is set once: a plain property costs the least."""

    __tablename__ = "products"
    media_url: ClassVar[str] = ""

    key: Mapped[UUID] = mapped_column("id", primary_key=True)
    category_key: Mapped[UUID] = mapped_column(
        "category_id", ForeignKey("categories.id"), deferred=True
    )
    status: Mapped[str] = mapped_column(deferred=True)
    visible_from: Mapped[datetime]
    visible_until: Mapped[datetime | None] = mapped_column(deferred=True)
    title: Mapped[str] = mapped_column("title_zh")
    image_key: Mapped[str]
    category: Mapped[Category] = relationship()
    variants: Mapped[list[Variant]] = relationship(order_by=Variant.position)

    @property
    def id(self) -> str:
        """Its public id."""
        return public_id(PRODUCT, self.key)

    @property
    def image(self) -> Image:
        """Its main picture."""
        return Image(self.media_url + self.image_key)


class Phone(Base):
    """A member's phone."""

    __tablename__ = "member_phones"

    member_key: Mapped[UUID] = mapped_column(
        "member_id", ForeignKey("members.id"), primary_key=True
    )
    sealed: Mapped[bytes]
    verified_at: Mapped[datetime]
    verified_by: Mapped[VerifiedBy] = mapped_column(WordColumn(VerifiedBy))


class Member(Base):
    """Somebody who joined."""

    __tablename__ = "members"

    key: Mapped[UUID] = mapped_column("id", primary_key=True)
    name: Mapped[str]
    picture_key: Mapped[str | None]
    birth_month: Mapped[int | None]
    birth_day: Mapped[int | None]
    joined_at: Mapped[datetime]
    language: Mapped[Language | None] = mapped_column(WordColumn(Language))
    is_personalised: Mapped[bool]
    phone: Mapped[Phone | None] = relationship()


class ConsentText(Base):
    """A text that members are asked to agree to."""

    __tablename__ = "consent_texts"

    purpose: Mapped[ConsentPurpose] = mapped_column(WordColumn(ConsentPurpose), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)


class ConsentEntry(Base):
    """What a member said to one."""

    __tablename__ = "consent_entries"

    key: Mapped[UUID] = mapped_column("id", primary_key=True)
    member_key: Mapped[UUID] = mapped_column("member_id", ForeignKey("members.id"))
    purpose: Mapped[ConsentPurpose] = mapped_column(WordColumn(ConsentPurpose))
    number: Mapped[int]
    version: Mapped[int] = mapped_column("text_version")
    action: Mapped[ConsentAction] = mapped_column(WordColumn(ConsentAction))
    channel: Mapped[Channel] = mapped_column(WordColumn(Channel))
    at: Mapped[datetime]


async def newest_products(session: AsyncSession, limit: int) -> list[Product]:
    """The newest products that can be seen, with their variants."""
    newest = _seen().order_by(Product.visible_from.desc(), Product.key.desc()).limit(limit)
    return list((await session.scalars(newest)).all())


async def product(session: AsyncSession, key: UUID) -> Product | None:
    """A product that can be seen, with its shelf and its variants."""
    wanted = _seen().where(Product.key == key).options(contains_eager(Product.category))
    return (await session.scalars(wanted)).one_or_none()


async def member(session: AsyncSession, key: UUID) -> Member:
    """A member with their phone."""
    wanted = select(Member).where(Member.key == key).options(joinedload(Member.phone))
    return (await session.scalars(wanted)).one()


Said = tuple[ConsentPurpose, int, ConsentEntry | None]
"""A purpose, the version of the text that stands, and a member's latest word."""


async def consents(session: AsyncSession, member_key: UUID) -> list[Said]:
    """For each purpose the text that stands, and the member's latest word."""
    texts = (
        select(ConsentText.purpose, func.max(ConsentText.version).label("newest"))
        .group_by(ConsentText.purpose)
        .subquery()
    )
    said = (
        select(ConsentEntry)
        .where(ConsentEntry.member_key == member_key, ConsentEntry.purpose == texts.c.purpose)
        .order_by(ConsentEntry.number.desc())
        .limit(1)
        .lateral()
    )
    rows = await session.execute(
        select(texts.c.purpose, texts.c.newest, aliased(ConsentEntry, said))
        .outerjoin(said, true())
        .order_by(texts.c.purpose)
    )
    return [(purpose, newest, entry) for purpose, newest, entry in rows]


def _seen() -> Select[Product]:
    # Written out, the status lets the indexes of published products be used.
    return (
        select(Product)
        .join(Product.category)
        .where(
            Product.status == literal_column("'published'"),
            Product.visible_from <= func.now(),
            or_(Product.visible_until.is_(None), Product.visible_until > func.now()),
            Category.is_visible,
        )
        .options(selectinload(Product.variants.and_(Variant.position.is_not(None))))
    )
