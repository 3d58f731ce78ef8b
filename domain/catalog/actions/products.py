"""What operators do to a product: create, edit, publish, take back, archive, restore."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec

from domain.catalog import statements
from domain.catalog.actions.saving import Saved, problems_among, save, unchanged
from domain.catalog.actions.wanted import Wanted
from domain.catalog.content import ProductContent, ProductStatus
from domain.catalog.errors import ProductArchived, ProductChanged, ProductUnavailable
from domain.catalog.rules import NEVER_OPENS
from domain.catalog.statements import Stored
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem
from domain.kernel.problems import TAKEN
from domain.staff.rules import problems_of_reason


async def create(session: WriteSession, content: ProductContent, *, reason: str, by: By) -> Saved:
    """Create a product as a draft that nobody but staff can see. Refuses: InvalidInput."""
    await statements.take_turn(session)
    taken = await statements.products_by_code(session, [content.code])
    if taken:
        raise InvalidInput([TAKEN.at("code", value=content.code)])
    wanted = Wanted(content, None, "product.create", reason)
    return await _save_one(session, wanted, by)


async def edit(
    session: WriteSession,
    product_id: UUID,
    revision: int,
    changes: Mapping[str, object],
    *,
    reason: str,
    by: By,
) -> Saved:
    """Change fields of a product's content, each given whole; variants left out are archived.

    Refuses: ProductUnavailable, ProductArchived, ProductChanged where ``revision`` is not the
    product's, InvalidInput.
    """

    def edited(stored: Stored) -> Wanted:
        _refuse_archived(stored)
        wanted = unchanged(stored, "product.edit", reason)
        return replace(wanted, content=msgspec.structs.replace(stored.content, **changes))

    return await _change(session, product_id, revision, edited, by)


async def publish(
    session: WriteSession,
    product_id: UUID,
    revision: int,
    *,
    visible_from: datetime | None,
    visible_until: datetime | None,
    reason: str,
    by: By,
) -> Saved:
    """Let people see a product from a moment (now, where none is given) until another, or for good.

    For one that is published already this changes the window. Refuses: ProductUnavailable,
    ProductArchived, ProductChanged; InvalidInput where the product is not whole, or where the
    window never opens or has closed already.
    """

    def published(stored: Stored) -> Wanted:
        _refuse_archived(stored)
        since = visible_from or _since(stored, by.at)
        problems = _problems_of_publishing(since, visible_until, by.at)
        if problems:
            raise InvalidInput(problems)
        return replace(
            unchanged(stored, "product.publish", reason),
            status=ProductStatus.PUBLISHED,
            visible_from=since,
            visible_until=visible_until,
        )

    return await _change(session, product_id, revision, published, by)


async def unpublish(
    session: WriteSession, product_id: UUID, revision: int, *, reason: str, by: By
) -> Saved:
    """Take a product back to a draft.

    Refuses: ProductUnavailable, ProductArchived, ProductChanged; InvalidInput without a reason.
    """

    def taken_back(stored: Stored) -> Wanted:
        _refuse_archived(stored)
        return _as_draft(unchanged(stored, "product.unpublish", reason))

    return await _change(session, product_id, revision, taken_back, by, is_checked=False)


async def archive(
    session: WriteSession, product_id: UUID, revision: int, *, reason: str, by: By
) -> Saved:
    """Put a product away; orders and ledgers go on naming it.

    Refuses: ProductUnavailable, ProductChanged; InvalidInput without a reason.
    """

    def archived(stored: Stored) -> Wanted:
        draft = _as_draft(unchanged(stored, "product.archive", reason))
        return replace(draft, status=ProductStatus.ARCHIVED)

    return await _change(session, product_id, revision, archived, by, is_checked=False)


async def restore(
    session: WriteSession, product_id: UUID, revision: int, *, reason: str, by: By
) -> Saved:
    """Make a draft of an archived product.

    Refuses: ProductUnavailable, ProductChanged; InvalidInput without a reason.
    """

    def restored(stored: Stored) -> Wanted:
        wanted = unchanged(stored, "product.restore", reason)
        return _as_draft(wanted) if stored.status is ProductStatus.ARCHIVED else wanted

    return await _change(session, product_id, revision, restored, by, is_checked=False)


async def _change(
    session: WriteSession,
    product_id: UUID,
    revision: int,
    change: Callable[[Stored], Wanted],
    by: By,
    *,
    is_checked: bool = True,
) -> Saved:
    """Change a product. What only takes it out of sight is done whatever its content is like."""
    await statements.take_turn(session)
    stored = (await statements.products_by_id(session, [product_id])).get(product_id)
    if stored is None:
        raise ProductUnavailable
    if stored.revision != revision:
        raise ProductChanged(revision=stored.revision)
    return await _save_one(session, change(stored), by, is_checked=is_checked)


async def _save_one(
    session: WriteSession, wanted: Wanted, by: By, *, is_checked: bool = True
) -> Saved:
    if is_checked:
        found = await problems_among(session, [wanted])
        problems = found.get(wanted.content.code, [])
    else:
        problems = list(problems_of_reason(wanted.reason))
    if problems:
        raise InvalidInput(problems)
    (saved,) = await save(session, [wanted], by)
    return saved


def _refuse_archived(stored: Stored) -> None:
    if stored.status is ProductStatus.ARCHIVED:
        raise ProductArchived


def _since(stored: Stored, at: datetime) -> datetime:
    """Since when a product can be seen, where nobody says: as before, or from now on."""
    return stored.visible_from or at


def _problems_of_publishing(since: datetime, until: datetime | None, at: datetime) -> list[Problem]:
    if until is not None and until <= max(since, at):
        return [NEVER_OPENS.at("visibleUntil")]
    return []


def _as_draft(wanted: Wanted) -> Wanted:
    return replace(wanted, status=ProductStatus.DRAFT, visible_from=None, visible_until=None)
