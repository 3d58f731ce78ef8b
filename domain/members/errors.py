"""What the mall refuses to members and to staff about members, besides `InvalidInput`."""

from dataclasses import dataclass

from domain.kernel.errors import Refused
from domain.members.words import CodeOutcome, ConsentPurpose


@dataclass(eq=False)
class MemberBlocked(Refused):
    """The member is blocked; ``reason`` is what they are told."""

    reason: str


@dataclass(eq=False)
class MemberUnavailable(Refused):
    """There is no such member."""


@dataclass(eq=False)
class ConsentTextUnknown(Refused):
    """The text agreed to is not the one that stands now; ``newest`` is, None where none does."""

    purpose: ConsentPurpose
    newest: int | None


@dataclass(eq=False)
class PhoneTaken(Refused):
    """The number is another member's."""


@dataclass(eq=False)
class PhoneUnknown(Refused):
    """The member has no phone."""


@dataclass(eq=False)
class PhoneCodeTooSoon(Refused):
    """A code was sent to the number a moment ago; another one may be in so many seconds."""

    retry_after_seconds: int


@dataclass(eq=False)
class PhoneCodesUsedUp(Refused):
    """The number has had its codes of the day; another one may be in so many seconds."""

    retry_after_seconds: int


@dataclass(eq=False)
class PhoneCodeRefused(Refused):
    """The code that was typed opens nothing; ``outcome`` says why and is never ACCEPTED."""

    outcome: CodeOutcome


@dataclass(eq=False)
class WeChatCodeRefused(Refused):
    """The code of the phone button opens nothing (any more); the member taps again."""


@dataclass(eq=False)
class PhoneUnusable(Refused):
    """The number cannot be verified: no message reaches it, or it is no mobile number."""


@dataclass(eq=False)
class PhoneServiceMissing(Refused):
    """This mall is not connected to what verifies phones in this way."""
