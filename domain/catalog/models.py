"""The tables of the catalogue."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Dialect, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from domain.kernel.db import Base
from domain.kernel.money import LARGEST_FEN, Money

MOST_VARIANTS = 100
"""The most variants of one product: what bounds the list of them, which has no pages."""


class MoneyColumn(TypeDecorator[Money]):
    """Money in a column of whole fen."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: Money | None, dialect: Dialect) -> int | None:
        return None if value is None else value.fen

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> Money | None:
        return None if value is None else Money(value)


class Category(Base):
    """A shelf of the mall."""

    __tablename__ = "categories"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title_zh: Mapped[str]
    title_en: Mapped[str]


class Product(Base):
    """What people look at; ``image_key`` is the picture's path below the media folder."""

    __tablename__ = "products"
    __table_args__ = (Index(None, "category_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"))
    title_zh: Mapped[str]
    title_en: Mapped[str]
    image_key: Mapped[str]


class Variant(Base):
    """What people buy: one size or colour of a product, with its price in fen."""

    __tablename__ = "variants"
    __table_args__ = (
        CheckConstraint(f"price_fen BETWEEN 0 AND {LARGEST_FEN}", name="price_is_an_amount"),
        CheckConstraint(f"position BETWEEN 0 AND {MOST_VARIANTS - 1}", name="position_is_bounded"),
        UniqueConstraint("product_id", "position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    position: Mapped[int] = mapped_column(BigInteger)
    sku: Mapped[str] = mapped_column(unique=True)
    title_zh: Mapped[str]
    title_en: Mapped[str]
    price_fen: Mapped[Money] = mapped_column(MoneyColumn)
