"""Why a connection is closed by the mall: the codes of graphql-transport-ws, and a sentence."""

from dataclasses import dataclass
from enum import IntEnum

from api.oauth.tokens import TokenExpired
from domain.kernel.errors import Busy, Fault, FaultCode
from domain.kernel.language import Language, Sentence

_TOO_MANY = Sentence(
    zh="同一账户同时打开的连接过多，上限 {most} 个。",
    en="One caller may have {most} connections open at once, and no more.",
)
_LONGEST_REASON_BYTES = 123
"""What a close frame has room for."""


class CloseCode(IntEnum):
    """A close code of a WebSocket; clients decide by it whether they come again."""

    NORMAL = 1000
    GOING_AWAY = 1001
    NO_STATUS = 1005
    BROKEN = 1011
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY = 4429


@dataclass(frozen=True, slots=True)
class Ending:
    """How a connection ends: the code, and the words of the protocol or a fault's own."""

    code: CloseCode
    words: str = ""
    fault: Fault | None = None

    def reason(self, language: Language) -> str:
        """The reason as a close frame carries it."""
        told = self.fault.told_in(language) if self.fault else self.words
        return told.encode()[:_LONGEST_REASON_BYTES].decode(errors="ignore")


def refused(fault: Fault) -> Ending:
    """The ending for whoever may not be here, or not be here any more, in the same codes."""
    if isinstance(fault, Busy):
        return Ending(CloseCode.TRY_AGAIN_LATER, fault=fault)
    # Whoever holds an expired token has only to come again with a new one.
    is_forbidden = isinstance(fault, TokenExpired) or fault.code is FaultCode.FORBIDDEN
    return Ending(CloseCode.FORBIDDEN if is_forbidden else CloseCode.UNAUTHORIZED, fault=fault)


class Closing(Exception):
    """The connection has to be closed in this way."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


LEFT = Ending(CloseCode.NO_STATUS)
"""The client has gone, or has closed the connection itself."""
DONE = Ending(CloseCode.NORMAL)
LEAVING = Ending(CloseCode.GOING_AWAY, "This process is leaving; connect again")
TOO_SLOW = Ending(CloseCode.TRY_AGAIN_LATER, "Messages were not read in time")
NOT_INITIALISED_IN_TIME = Ending(
    CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout"
)
NOT_INITIALISED = Ending(CloseCode.UNAUTHORIZED, "Unauthorized")
WRONG_SUBPROTOCOL = Ending(
    CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable: use graphql-transport-ws"
)
INITIALISED_TWICE = Ending(CloseCode.TOO_MANY, "Too many initialisation requests")
TOO_MANY_STRANGERS = Ending(CloseCode.TRY_AGAIN_LATER, fault=Busy())
IDLE = Ending(CloseCode.NORMAL, "Idle")
BROKEN = Ending(CloseCode.BROKEN, "Unexpected error")


def invalid_message(why: str) -> Ending:
    """The ending for a message that the protocol does not know."""
    return Ending(CloseCode.BAD_REQUEST, f"Invalid message received: {why}")


def subscriber_exists(subscription_id: str) -> Ending:
    """The ending for an id that is in use."""
    return Ending(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {subscription_id} already exists")


def too_many_connections(most: int) -> Ending:
    """The ending for one connection more than a caller may have."""
    fault = Fault(FaultCode.RATE_LIMITED, _TOO_MANY, particulars={"most": most})
    return Ending(CloseCode.TOO_MANY, fault=fault)
