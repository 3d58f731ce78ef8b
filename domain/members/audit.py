"""What must be true of the members beyond what their tables enforce by themselves."""

from sqlalchemy import and_, exists, or_, select
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
_later = aliased(ConsentEntry)
_other = aliased(MemberIdentity)
_is_last = ~exists().where(
    _later.member_id == ConsentEntry.member_id,
    _later.purpose == ConsentEntry.purpose,
    _later.number > ConsentEntry.number,
)
_stands = (
    exists()
    .where(
        ConsentEntry.member_id == MemberPhone.member_id,
        ConsentEntry.purpose == ConsentPurpose.PHONE,
        ConsentEntry.action == ConsentAction.GRANTED,
        _is_last,
    )
    .correlate(MemberPhone)
)
_grant = aliased(ConsentEntry)

INVARIANTS = (
    Invariant(
        "members.phone_has_consent",
        "A phone is kept only while its member's consent to that stands, and names their grant.",
        select(MemberPhone.member_id, MemberPhone.consent_entry_id)
        .join(_grant, _grant.id == MemberPhone.consent_entry_id)
        .where(
            or_(
                ~_stands,
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
        .join(ConsentEntry, ConsentEntry.member_id == Member.id)
        .where(
            Member.is_personalised,
            ConsentEntry.purpose == ConsentPurpose.PERSONALISATION,
            ConsentEntry.action == ConsentAction.WITHDRAWN,
            _is_last,
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
