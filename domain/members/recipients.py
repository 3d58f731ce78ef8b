"""Members as whoever writes to them needs them: many at once, under their locks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ARRAY, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import distinct_on

from domain.kernel.db import WriteSession
from domain.kernel.language import Language
from domain.members.models import ConsentEntry, Member, MemberIdentity
from domain.members.words import ConsentAction, ConsentPurpose, Provider

_IDS = bindparam("ids", type_=ARRAY(UuidColumn))
_LOCK = (
    select(Member.id, Member.blocked_at, Member.language)
    .where(Member.id == any_(_IDS))
    .order_by(Member.id)
    .with_for_update(key_share=True, skip_locked=True)
)
_OPENIDS = (
    select(MemberIdentity.member_id, MemberIdentity.subject)
    .ext(distinct_on(MemberIdentity.member_id))
    .where(
        MemberIdentity.member_id == any_(_IDS),
        MemberIdentity.provider == Provider.WECHAT_MINI_PROGRAM,
        MemberIdentity.app_id == bindparam("app_id"),
    )
    .order_by(MemberIdentity.member_id, MemberIdentity.last_seen_at.desc())
)
_MARKETING = (
    select(ConsentEntry.member_id, ConsentEntry.action)
    .ext(distinct_on(ConsentEntry.member_id))
    .where(
        ConsentEntry.member_id == any_(_IDS),
        ConsentEntry.purpose == ConsentPurpose.MARKETING,
    )
    .order_by(ConsentEntry.member_id, ConsentEntry.number.desc())
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to write to: in which language, and whether they may be."""

    is_blocked: bool
    language: Language | None
    openid: str | None = field(repr=False)
    has_marketing_consent: bool


async def lock_recipients(
    session: WriteSession, ids: Iterable[UUID], *, app_id: str
) -> dict[UUID, Recipient]:
    """Those of the members whom nobody else works on, locked in ascending order.

    What they are is as it stands: whoever blocks them or takes their word waits. The openid is that
    of one mini-program, the one seen last. Three statements for any number.
    """
    rows = (await session.execute(_LOCK, {"ids": sorted(set(ids))})).all()
    given = {"ids": [row.id for row in rows]}
    openids = await session.execute(_OPENIDS, given | {"app_id": app_id})
    subjects = {row.member_id: row.subject for row in openids}
    words = await session.execute(_MARKETING, given)
    said = {row.member_id: row.action for row in words}
    return {
        member_id: Recipient(
            is_blocked=blocked_at is not None,
            language=language,
            openid=subjects.get(member_id),
            has_marketing_consent=said.get(member_id) is ConsentAction.GRANTED,
        )
        for member_id, blocked_at, language in rows
    }
