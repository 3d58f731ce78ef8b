"""What operators do to tags."""

from collections.abc import Mapping
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.catalog import statements
from domain.catalog.content import MOST_TAGS_IN_ALL
from domain.catalog.errors import TagUnavailable
from domain.catalog.models import Tag
from domain.catalog.rules import problems_of_code, problems_of_title
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import new_id
from domain.kernel.language import Bilingual
from domain.kernel.problems import TAKEN, TOO_MANY
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

_SUBJECT = "tag"


class TagContent(msgspec.Struct, frozen=True, kw_only=True):
    """All that operators say of a tag."""

    code: str
    title: Bilingual


class SavedTag(msgspec.Struct, frozen=True):
    """A tag that was written."""

    tag_id: UUID


async def create(session: WriteSession, content: TagContent, *, reason: str, by: By) -> SavedTag:
    """Add a tag. Refuses: InvalidInput."""
    await statements.take_turn(session)
    key = new_id(by.at, by.random)
    tags = {**await _tags(session), key: content}
    change = Change("tag.create", _SUBJECT, key, None, msgspec.to_builtins(content), reason)
    return await _save(session, tags, change, by)


async def edit(
    session: WriteSession, tag_id: UUID, changes: Mapping[str, object], *, reason: str, by: By
) -> SavedTag:
    """Change a tag on all products that have it. Refuses: TagUnavailable, InvalidInput."""
    await statements.take_turn(session)
    tags = await _tags(session)
    before = tags.get(tag_id)
    if before is None:
        raise TagUnavailable
    after = msgspec.structs.replace(before, **changes)
    change = Change(
        "tag.edit",
        _SUBJECT,
        tag_id,
        msgspec.to_builtins(before),
        msgspec.to_builtins(after),
        reason,
    )
    return await _save(session, {**tags, tag_id: after}, change, by)


async def _save(
    session: WriteSession, tags: Mapping[UUID, TagContent], change: Change, by: By
) -> SavedTag:
    key = change.subject_id
    content = tags[key]
    problems = [
        *problems_of_code("code", content.code),
        *problems_of_title("title", content.title),
        *problems_of_reason(change.reason),
    ]
    if any(each.code == content.code for other, each in tags.items() if other != key):
        problems.append(TAKEN.at("code", value=content.code))
    if len(tags) > MOST_TAGS_IN_ALL:
        problems.append(TOO_MANY.at("code", most=MOST_TAGS_IN_ALL))
    if problems:
        raise InvalidInput(problems)
    if change.before != change.after:
        row = {"code": content.code, "title_zh": content.title.zh, "title_en": content.title.en}
        upsert = insert(Tag).values(id=key, **row)
        await session.execute(upsert.on_conflict_do_update(index_elements=["id"], set_=row))
        await record(session, by.staff, change, at=by.at, random=by.random)
    return SavedTag(key)


async def _tags(session: WriteSession) -> dict[UUID, TagContent]:
    return {
        each.id: TagContent(code=each.code, title=Bilingual(each.title_zh, each.title_en))
        for each in await session.scalars(select(Tag))
    }
