"""The tables of the catalogue."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.catalog import searched
from domain.catalog.content import (
    DEEPEST_CATEGORY,
    MOST_BLOCKS,
    MOST_GRAMS,
    MOST_OPTIONS,
    MOST_PERSONALISATION_FIELDS,
    MOST_PICTURES,
    MOST_VARIANTS,
    Block,
    Option,
    PersonalisationField,
    Picture,
    ProductKind,
    ProductStatus,
)
from domain.kernel.columns import DocumentColumn, MoneyColumn, WordColumn, known
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL
from domain.kernel.money import LARGEST_FEN, Money


def _at_most(column: str, most: int) -> CheckConstraint:
    return CheckConstraint(
        f"jsonb_typeof({column}) = 'array' AND jsonb_array_length({column}) <= {most}",
        name=f"{column}_are_bounded",
    )


class Category(Base):
    """A shelf of the mall, at most three deep.

    ``is_hidden`` is the operators' word on this shelf, ``is_visible`` what follows from it and
    from the shelves above; it is written with them.
    """

    __tablename__ = "categories"
    __table_args__ = (
        CheckConstraint(f"depth BETWEEN 1 AND {DEEPEST_CATEGORY}", name="depth_is_bounded"),
        CheckConstraint("(parent_id IS NULL) = (depth = 1)", name="depth_begins_at_the_top"),
        CheckConstraint("NOT (is_visible AND is_hidden)", name="hidden_is_not_visible"),
        Index(None, "parent_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, server_default=text("(gen_random_uuid())::text"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id"))
    depth: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    position: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    title_zh: Mapped[str]
    title_en: Mapped[str]
    is_hidden: Mapped[bool] = mapped_column(server_default=text("false"))
    is_visible: Mapped[bool] = mapped_column(server_default=text("true"))


class Tag(Base):
    """A word that operators put on products, such as 敏感肌."""

    __tablename__ = "tags"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title_zh: Mapped[str]
    title_en: Mapped[str]


class Product(Base):
    """What people look at; ``image_key`` is the main picture's path below the media address.

    ``from_price_fen`` is the least price of its variants. ``search_text`` is what a search looks
    at and ``search_terms`` its `domain.catalog.search.terms_of`, for the indexes.
    """

    __tablename__ = "products"
    __table_args__ = (
        known("kind", ProductKind),
        known("status", ProductStatus),
        CheckConstraint("visible_until > visible_from", name="window_is_open_for_some_time"),
        CheckConstraint(
            "status <> 'published' OR visible_from IS NOT NULL", name="published_since_some_time"
        ),
        CheckConstraint("member_limit > 0", name="member_limit_is_positive"),
        CheckConstraint(f"from_price_fen BETWEEN 0 AND {LARGEST_FEN}", name="price_is_an_amount"),
        _at_most("pictures", MOST_PICTURES),
        _at_most("options", MOST_OPTIONS),
        _at_most("description", MOST_BLOCKS),
        _at_most("personalisation", MOST_PERSONALISATION_FIELDS),
        Index(
            "ix_products_newest",
            "visible_from",
            "id",
            postgresql_where=text("status = 'published'"),
        ),
        Index(
            "ix_products_price",
            "from_price_fen",
            "id",
            postgresql_where=text("status = 'published'"),
        ),
        Index(
            "ix_products_category_newest",
            "category_id",
            "visible_from",
            "id",
            postgresql_where=text("status = 'published'"),
        ),
        Index(
            "ix_products_category_price",
            "category_id",
            "from_price_fen",
            "id",
            postgresql_where=text("status = 'published'"),
        ),
        # The release before searches by this one, also while the next is brought in: a release
        # after this one drops it.
        Index("ix_products_search_terms", "search_terms", postgresql_using="gin"),
        *searched.indexes(),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, server_default=text("(gen_random_uuid())::text"))
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"))
    kind: Mapped[ProductKind] = mapped_column(
        WordColumn(ProductKind), server_default=text("'physical'")
    )
    status: Mapped[ProductStatus] = mapped_column(
        WordColumn(ProductStatus), server_default=text("'published'")
    )
    visible_from: Mapped[datetime | None] = mapped_column(
        server_default=text("'2026-01-01 00:00:00+00'")
    )
    visible_until: Mapped[datetime | None]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    image_key: Mapped[str]
    pictures: Mapped[tuple[Picture, ...]] = mapped_column(
        DocumentColumn(tuple[Picture, ...]), server_default=text("'[]'")
    )
    options: Mapped[tuple[Option, ...]] = mapped_column(
        DocumentColumn(tuple[Option, ...]), server_default=text("'[]'")
    )
    description: Mapped[tuple[Block, ...]] = mapped_column(
        DocumentColumn(tuple[Block, ...]), server_default=text("'[]'")
    )
    personalisation: Mapped[tuple[PersonalisationField, ...]] = mapped_column(
        DocumentColumn(tuple[PersonalisationField, ...]), server_default=text("'[]'")
    )
    member_limit: Mapped[int | None] = mapped_column(BigInteger)
    from_price_fen: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    search_terms: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("'2026-01-01 00:00:00+00'"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("'2026-01-01 00:00:00+00'"))


class ProductTag(Base):
    """A tag on a product."""

    __tablename__ = "product_tags"
    __table_args__ = (Index(None, "product_id"),)

    tag_id: Mapped[UUID] = mapped_column(ForeignKey("tags.id"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), primary_key=True)


class Variant(Base):
    """What people buy: one size or colour of a product, with its price in fen.

    A variant that is no longer sold stays, for the orders and the ledgers that name it, archived
    and without a position. ``price_entries`` counts the entries of its price history. The delivery
    note, empty where there is none, is what members read of virtual goods that they have.
    """

    __tablename__ = "variants"
    __table_args__ = (
        CheckConstraint(f"price_fen BETWEEN 0 AND {LARGEST_FEN}", name="price_is_an_amount"),
        CheckConstraint(f"position BETWEEN 0 AND {MOST_VARIANTS - 1}", name="position_is_bounded"),
        CheckConstraint(f"weight_grams BETWEEN 0 AND {MOST_GRAMS}", name="weight_is_bounded"),
        CheckConstraint(
            "(position IS NULL) = (archived_at IS NOT NULL)", name="archived_has_no_position"
        ),
        CheckConstraint(
            "(delivery_note_zh = '') = (delivery_note_en = '')", name="note_is_in_both_languages"
        ),
        # Positions are given anew in one statement, and are unique at its end.
        UniqueConstraint("product_id", "position", deferrable=True, initially="IMMEDIATE"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    position: Mapped[int | None] = mapped_column(BigInteger)
    sku: Mapped[str] = mapped_column(unique=True)
    title_zh: Mapped[str]
    title_en: Mapped[str]
    choices: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    price_fen: Mapped[Money] = mapped_column(MoneyColumn)
    weight_grams: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    delivery_note_zh: Mapped[str] = mapped_column(server_default=text("''"))
    delivery_note_en: Mapped[str] = mapped_column(server_default=text("''"))
    price_entries: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    archived_at: Mapped[datetime | None]


class PriceEntry(Base):
    """What a variant cost from a moment on, and whether it was on offer. Never changed or deleted.

    On offer is what is published on a shelf that can be seen, from ``offered_from`` on until
    ``offered_until``, for good where that is not said, and until the next entry in any case.

    Kept for good: it proves the lowest price of the days before a promotion (integrations 6.5).
    """

    __tablename__ = "price_entries"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_is_positive"),
        CheckConstraint(f"price_fen BETWEEN 0 AND {LARGEST_FEN}", name="price_is_an_amount"),
        {"info": JOURNAL},
    )

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    price_fen: Mapped[int] = mapped_column(BigInteger)
    is_offered: Mapped[bool]
    offered_from: Mapped[datetime | None]
    offered_until: Mapped[datetime | None]
    actor: Mapped[str]
    recorded_at: Mapped[datetime]


class HomePage(Base):
    """The home page as operators arranged it. There is one; the audit rows tell its history."""

    __tablename__ = "home_pages"
    __table_args__ = (CheckConstraint("number = 1", name="there_is_one"),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    arrangement: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(BigInteger)
    arranged_at: Mapped[datetime]
