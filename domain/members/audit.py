"""What must be true of the members beyond what their tables enforce by themselves."""

from sqlalchemy import Subquery, and_, exists, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from domain.kernel.audit import Invariant
from domain.members.models import (
    ConsentEntry,
    Member,
    MemberIdentity,
    MemberMergeRequest,
    MemberPhone,
)
from domain.members.words import ConsentAction, ConsentPurpose

_before = aliased(ConsentEntry)
_other = aliased(MemberIdentity)
_grant = aliased(ConsentEntry)


def _last(purpose: ConsentPurpose) -> Subquery:
    """What each member said last to a purpose; read once, whatever PostgreSQL expects of it."""
    return (
        select(ConsentEntry.member_id, ConsentEntry.action)
        .ext(distinct_on(ConsentEntry.member_id))
        .where(ConsentEntry.purpose == purpose)
        .order_by(ConsentEntry.member_id, ConsentEntry.number.desc())
        .subquery()
    )


_last_to_phone = _last(ConsentPurpose.PHONE)
_last_to_personalisation = _last(ConsentPurpose.PERSONALISATION)

INVARIANTS = (
    Invariant(
        "members.phone_has_consent",
        "A phone is kept only while its member's consent to that stands, and names their grant.",
        select(MemberPhone.member_id, MemberPhone.consent_entry_id)
        .join(_grant, _grant.id == MemberPhone.consent_entry_id)
        .outerjoin(_last_to_phone, _last_to_phone.c.member_id == MemberPhone.member_id)
        .where(
            or_(
                _last_to_phone.c.action.is_distinct_from(ConsentAction.GRANTED),
                _grant.member_id != MemberPhone.member_id,
                _grant.purpose != ConsentPurpose.PHONE,
                _grant.action != ConsentAction.GRANTED,
            )
        ),
    ),
    Invariant(
        "members.consent_entries_are_a_chain",
        "What a member said to a purpose is numbered without gaps, and begins with a yes.",
        select(ConsentEntry.member_id, ConsentEntry.purpose, ConsentEntry.number)
        .outerjoin(
            _before,
            and_(
                _before.member_id == ConsentEntry.member_id,
                _before.purpose == ConsentEntry.purpose,
                _before.number == ConsentEntry.number - 1,
            ),
        )
        .where(
            or_(
                and_(ConsentEntry.number > 1, _before.number.is_(None)),
                and_(ConsentEntry.number == 1, ConsentEntry.action == ConsentAction.WITHDRAWN),
            )
        ),
    ),
    Invariant(
        "members.withdrawn_is_not_personalised",
        "Nothing is chosen by the behaviour of a member who withdrew the consent to that.",
        select(Member.id)
        .join(_last_to_personalisation, _last_to_personalisation.c.member_id == Member.id)
        .where(
            Member.is_personalised,
            _last_to_personalisation.c.action == ConsentAction.WITHDRAWN,
        ),
    ),
    Invariant(
        "members.shared_unionid_is_asked_about",
        "Two members with one unionid have a merge request.",
        select(MemberIdentity.member_id, _other.member_id.label("other_member_id"))
        .join(
            _other,
            and_(
                _other.unionid == MemberIdentity.unionid,
                _other.member_id > MemberIdentity.member_id,
            ),
        )
        .where(
            ~exists().where(
                MemberMergeRequest.member_id == MemberIdentity.member_id,
                MemberMergeRequest.other_member_id == _other.member_id,
            )
        ),
    ),
)
