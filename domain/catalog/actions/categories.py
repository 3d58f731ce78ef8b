"""What operators do to the tree of categories."""

from collections.abc import Mapping
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.catalog import statements
from domain.catalog.errors import CategoryUnavailable
from domain.catalog.models import Category
from domain.catalog.tree import CategoryContent, Tree, problems_in, standings_of
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import new_id
from domain.kernel.language import Bilingual
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

_SUBJECT = "category"


class SavedCategory(msgspec.Struct, frozen=True):
    """A category that was written."""

    category_id: UUID


async def create(
    session: WriteSession, content: CategoryContent, *, reason: str, by: By
) -> SavedCategory:
    """Add a shelf. Refuses: InvalidInput."""
    await statements.take_turn(session)
    key = new_id(by.at, by.random)
    tree = {**await _tree(session), key: content}
    change = Change("category.create", _SUBJECT, key, None, _told(content), reason)
    return await _save(session, tree, change, by)


async def edit(
    session: WriteSession,
    category_id: UUID,
    changes: Mapping[str, object],
    *,
    reason: str,
    by: By,
) -> SavedCategory:
    """Change a shelf; moving or hiding it moves or hides what stands below.

    Refuses: CategoryUnavailable, InvalidInput.
    """
    await statements.take_turn(session)
    tree = await _tree(session)
    before = tree.get(category_id)
    if before is None:
        raise CategoryUnavailable
    after = msgspec.structs.replace(before, **changes)
    change = Change("category.edit", _SUBJECT, category_id, _told(before), _told(after), reason)
    return await _save(session, {**tree, category_id: after}, change, by)


async def _save(session: WriteSession, tree: Tree, change: Change, by: By) -> SavedCategory:
    problems = [
        *problems_in(tree, change.subject_id),
        *problems_of_reason(change.reason),
    ]
    if problems:
        raise InvalidInput(problems)
    if change.before != change.after:
        seen_before = await _seen(session)
        await _write(session, tree)
        await _tell_offers(session, seen_before, await _seen(session), by)
        await record(session, by.staff, change, at=by.at, random=by.random)
    return SavedCategory(change.subject_id)


async def _tree(session: WriteSession) -> dict[UUID, CategoryContent]:
    return {
        each.id: CategoryContent(
            code=each.code,
            title=Bilingual(each.title_zh, each.title_en),
            parent_id=each.parent_id,
            position=each.position,
            is_hidden=each.is_hidden,
        )
        for each in await session.scalars(select(Category))
    }


async def _write(session: WriteSession, tree: Tree) -> None:
    """Write the whole tree, which is small: parents first, for the foreign key's sake."""
    standings = standings_of(tree)
    rows = [
        {
            "id": key,
            "code": tree[key].code,
            "parent_id": tree[key].parent_id,
            "depth": standings[key].depth,
            "position": tree[key].position,
            "title_zh": tree[key].title.zh,
            "title_en": tree[key].title.en,
            "is_hidden": tree[key].is_hidden,
            "is_visible": standings[key].is_visible,
        }
        for key in sorted(tree, key=lambda key: standings[key].depth)
    ]
    insertion = insert(Category)
    updated = {name: insertion.excluded[name] for name in rows[0] if name != "id"}
    upsert = insertion.on_conflict_do_update(index_elements=["id"], set_=updated)
    await session.execute(upsert.values(rows))


async def _seen(session: WriteSession) -> set[UUID]:
    """The shelves that can be seen."""
    return set(await session.scalars(select(Category.id).where(Category.is_visible)))


async def _tell_offers(session: WriteSession, before: set[UUID], after: set[UUID], by: By) -> None:
    """Write into the price histories what has come into sight or gone out of it with its shelf."""
    for shelves, is_visible in ((after - before, True), (before - after, False)):
        if shelves:
            await statements.offer_on_shelves(
                session, shelves, is_visible=is_visible, actor=by.staff.key, at=by.at
            )


def _told(content: CategoryContent) -> dict[str, object]:
    told: dict[str, object] = msgspec.to_builtins(content)
    return told
