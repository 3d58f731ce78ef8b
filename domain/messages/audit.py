"""What must be true of messages beyond what their tables enforce by themselves."""

from sqlalchemy import and_, or_, select

from domain.kernel.audit import Invariant
from domain.messages.models import COUNTED, InboxMessage, MessagePermit, MessageSend
from domain.messages.words import PermitStatus

INVARIANTS = (
    Invariant(
        "messages.sent_has_a_permit",
        "Each message that was sent outside, or may have been, used a permit of its own member.",
        select(MessageSend.message_id, MessageSend.member_id, MessageSend.status)
        .outerjoin(
            MessagePermit,
            and_(
                MessagePermit.message_id == MessageSend.message_id,
                MessagePermit.member_id == MessageSend.member_id,
            ),
        )
        .where(MessageSend.status.in_(COUNTED), MessagePermit.id.is_(None)),
    ),
    Invariant(
        "messages.used_permit_has_a_message",
        "A permit counts as used only for a message that was sent outside, or may have been.",
        select(MessagePermit.id, MessagePermit.message_id)
        .outerjoin(MessageSend, MessageSend.message_id == MessagePermit.message_id)
        .where(
            MessagePermit.status == PermitStatus.USED,
            or_(MessageSend.message_id.is_(None), MessageSend.status.not_in(COUNTED)),
        ),
    ),
    Invariant(
        "messages.send_is_of_its_message",
        "What is sent outside is of the kind and of the member that its message in the inbox is.",
        select(MessageSend.message_id)
        .join(InboxMessage, InboxMessage.id == MessageSend.message_id)
        .where(
            or_(
                InboxMessage.member_id != MessageSend.member_id,
                InboxMessage.kind != MessageSend.kind,
            )
        ),
    ),
)
