"""What the reads of the members answer with."""

from datetime import datetime

import msgspec

from domain.kernel.language import Language
from domain.members.words import Channel, ConsentAction, ConsentPurpose, VerifiedBy

MEMBER = "member"
"""The kind in a member's public id."""


class BirthdayView(msgspec.Struct, frozen=True, gc=False):
    """A day of the year."""

    month: int
    day: int


class PhoneView(msgspec.Struct, frozen=True, gc=False):
    """A verified phone; ``masked`` never holds the whole number."""

    masked: str
    verified_at: datetime
    verified_by: VerifiedBy


class ConsentView(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A member's latest word on a purpose; all but the newest version is None before the first."""

    purpose: ConsentPurpose
    newest_version: int
    action: ConsentAction | None
    version: int | None
    channel: Channel | None
    at: datetime | None

    @property
    def is_granted(self) -> bool:
        """Whether the member's yes stands, be it to an older text."""
        return self.action is ConsentAction.GRANTED


class MemberView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A member as they see themselves, or, with the block, as staff see them."""

    id: str
    name: str
    picture_url: str | None
    birthday: BirthdayView | None
    language: Language | None
    is_personalised: bool
    phone: PhoneView | None
    joined_at: datetime
    blocked_at: datetime | None
    block_reason: str | None
    revision: int
    consents: list[ConsentView]


class ConsentTextView(msgspec.Struct, frozen=True, gc=False):
    """What members are asked to agree to, in one language."""

    purpose: ConsentPurpose
    version: int
    title: str
    body: str
    published_at: datetime
