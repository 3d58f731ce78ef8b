"""Statements of the cart: what a variant is offered with, and the lines of one member."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import CursorResult, delete, func, select, update

from domain.catalog.content import PersonalisationField, ProductKind
from domain.catalog.models import Category, Product, Variant
from domain.catalog.views.products import can_be_seen, on_its_shelf
from domain.kernel.db import WriteSession
from domain.orders.cart.models import CartLine


class Offer(msgspec.Struct, frozen=True):
    """What somebody may put into a cart: of which kind it is, and what may be engraved."""

    kind: ProductKind
    fields: tuple[PersonalisationField, ...]


async def offer_of(session: WriteSession, variant_id: UUID, *, at: datetime) -> Offer | None:
    """A variant that people can see at that moment; None for any other."""
    seen = (
        select(Product.kind, Product.personalisation)
        .select_from(on_its_shelf(Product))
        .join(Variant, Variant.product_id == Product.id)
        .where(
            Variant.id == variant_id,
            Variant.position.is_not(None),
            can_be_seen(Product),
            Category.is_visible,
        )
    )
    row = (await session.execute(seen, {"now": at})).one_or_none()
    return Offer(*row) if row else None


async def same_line(
    session: WriteSession, member_id: UUID, variant_id: UUID, personalisation_key: str
) -> CartLine | None:
    """The member's line of the variant with these very texts."""
    return await session.scalar(
        select(CartLine)
        .where(
            CartLine.member_id == member_id,
            CartLine.variant_id == variant_id,
            CartLine.personalisation_key == personalisation_key,
        )
        .execution_options(populate_existing=True)
    )


async def own_line(session: WriteSession, member_id: UUID, line_id: UUID) -> CartLine | None:
    """A line of the member's own; None for another's as for none."""
    return await session.scalar(
        select(CartLine)
        .where(CartLine.id == line_id, CartLine.member_id == member_id)
        .execution_options(populate_existing=True)
    )


async def count_lines(session: WriteSession, member_id: UUID) -> int:
    """How many lines the member's cart has."""
    counted = select(func.count()).select_from(CartLine).where(CartLine.member_id == member_id)
    return await session.scalar(counted) or 0


async def select_lines(
    session: WriteSession,
    member_id: UUID,
    line_ids: Collection[UUID] | None,
    *,
    is_selected: bool,
    at: datetime,
) -> int:
    """Select the member's lines or leave them out, all where None are named; how many changed."""
    statement = update(CartLine).where(
        CartLine.member_id == member_id, CartLine.is_selected != is_selected
    )
    if line_ids is not None:
        statement = statement.where(CartLine.id.in_(line_ids))
    return _count(await session.execute(statement.values(is_selected=is_selected, changed_at=at)))


async def remove_lines(session: WriteSession, member_id: UUID, line_ids: Collection[UUID]) -> int:
    """Take lines out of the member's cart; how many there were."""
    own = CartLine.member_id == member_id, CartLine.id.in_(line_ids)
    return _count(await session.execute(delete(CartLine).where(*own)))


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
