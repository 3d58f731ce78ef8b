"""What messages need of the world outside: somebody who brings them to a member's phone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from domain.kernel.language import Language


class SendProblem(StrEnum):
    """Why a message is not taken; the same message gets the same answer."""

    NO_PERMIT = "no_permit"
    BAD_VALUE = "bad_value"
    UNKNOWN_TEMPLATE = "unknown_template"
    UNKNOWN_OPENID = "unknown_openid"
    UNKNOWN_PAGE = "unknown_page"
    OTHER = "other"


class MessageRefused(Exception):
    """The message was not sent, and is not to be repeated; ``code`` is the service's own."""

    def __init__(self, problem: SendProblem, code: str) -> None:
        super().__init__(problem, code)
        self.problem = problem
        self.code = code


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one member, with the values by the names of the template's fields."""

    openid: str = field(repr=False)
    template: str
    page: str
    data: Mapping[str, str] = field(repr=False)
    language: Language


class MessageSender(Protocol):
    """Sends messages that members have accepted."""

    async def send(self, letter: Letter) -> None:
        """Send one message.

        Raises `MessageRefused`, and the other errors of `domain.kernel.outside`; after
        `OutsideUnavailable` with ``may_have_happened`` it may have been sent. Not to be called
        inside a transaction.
        """
        ...
