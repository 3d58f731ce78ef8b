"""How products are written whole: what changed is worked out first, and then written in sets."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from domain.catalog import rules, statements
from domain.catalog.actions.wanted import Wanted, add_rows
from domain.catalog.content import ProductContent, ProductStatus
from domain.catalog.statements import Rows, Stored
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import Problem
from domain.kernel.ids import new_id
from domain.kernel.problems import MISSING, NOT_FOUND, TAKEN
from domain.staff.actions import Change, record_all
from domain.staff.rules import problems_of_reason

SUBJECT = "product"


class Saved(msgspec.Struct, frozen=True):
    """A product that was written, and its revision now."""

    product_id: UUID
    revision: int


def unchanged(stored: Stored, action: str, reason: str) -> Wanted:
    """The product as it stands, as the beginning of what is wanted."""
    return Wanted(
        content=stored.content,
        stored=stored,
        action=action,
        reason=reason,
        status=stored.status,
        visible_from=stored.visible_from,
        visible_until=stored.visible_until,
    )


async def problems_among(
    session: WriteSession, wanted: Sequence[Wanted]
) -> dict[str, list[Problem]]:
    """What keeps each of these from being written, by the product's code; two statements more."""
    categories = await statements.known_categories(
        session, {each.content.category_id for each in wanted}
    )
    tags = await statements.known_tags(
        session, {tag for each in wanted for tag in each.content.tag_ids}
    )
    skus = {variant.sku for each in wanted for variant in each.content.variants}
    owners = await statements.owners_of_skus(session, skus)
    claimed: dict[str, str] = {}
    found: dict[str, list[Problem]] = {}
    for each in wanted:
        problems = rules.problems_of(each.content)
        if each.status is ProductStatus.PUBLISHED and not each.content.variants:
            problems.append(MISSING.at("variants"))
        if each.content.category_id not in categories:
            problems.append(NOT_FOUND.at("categoryId"))
        if not tags >= set(each.content.tag_ids):
            problems.append(NOT_FOUND.at("tagIds"))
        problems += problems_of_reason(each.reason)
        problems += _taken_skus(each, owners, claimed)
        if problems:
            found[each.content.code] = problems
    return found


def _taken_skus(
    wanted: Wanted, owners: Mapping[str, UUID], claimed: dict[str, str]
) -> Iterator[Problem]:
    """SKUs that another product has, in the database or earlier in the same call."""
    own_id = wanted.stored.id if wanted.stored else None
    code = wanted.content.code
    for number, variant in enumerate(wanted.content.variants):
        owner = owners.get(variant.sku, own_id)
        if owner != own_id or claimed.setdefault(variant.sku, code) != code:
            yield TAKEN.at(f"variants.{number}.sku", value=variant.sku)


async def save(session: WriteSession, wanted: Sequence[Wanted], by: By) -> list[Saved]:
    """Write products that have no problems, each with an audit row; unchanged ones are left.

    The turn must have been taken. A constant number of statements for any number of products.
    """
    rows = Rows()
    changes: list[Change] = []
    saved: list[Saved] = []
    visible = await statements.visible_categories(
        session, {each.content.category_id for each in wanted}
    )
    for each in wanted:
        change = _change(each, by)
        if change is None:
            assert each.stored is not None
            saved.append(Saved(each.stored.id, each.stored.revision))
            continue
        is_shown = each.content.category_id in visible
        add_rows(rows, each, change.subject_id, by, is_on_visible_shelf=is_shown)
        changes.append(change)
        saved.append(Saved(change.subject_id, rows.products[-1]["revision"]))
    await statements.write(session, rows)
    await record_all(session, by.staff, changes, at=by.at, random=by.random)
    return saved


def _change(wanted: Wanted, by: By) -> Change | None:
    """What the audit row says: the fields that differ, before and after; None if none does."""
    after = _told(wanted.content, wanted.status, wanted.visible_from, wanted.visible_until)
    stored = wanted.stored
    if stored is None:
        return Change(wanted.action, SUBJECT, new_id(by.at, by.random), None, after, wanted.reason)
    before = _told(stored.content, stored.status, stored.visible_from, stored.visible_until)
    differing = [name for name in after if before[name] != after[name]]
    if not differing:
        return None
    return Change(
        wanted.action,
        SUBJECT,
        stored.id,
        {name: before[name] for name in differing},
        {name: after[name] for name in differing},
        wanted.reason,
    )


def _told(
    content: ProductContent,
    status: ProductStatus,
    visible_from: datetime | None,
    visible_until: datetime | None,
) -> dict[str, object]:
    told: dict[str, object] = msgspec.to_builtins(content)
    told["tag_ids"] = sorted(map(str, content.tag_ids))
    return told | {
        "status": status.value,
        "visible_from": visible_from.isoformat() if visible_from else None,
        "visible_until": visible_until.isoformat() if visible_until else None,
    }
