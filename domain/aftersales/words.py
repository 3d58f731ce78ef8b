"""The closed lists of words that cases are described by; each is as lasting as its rows."""

from enum import StrEnum


class CaseKind(StrEnum):
    """What a member asks for."""

    REFUND = "refund"
    """Money back; what was sent stays with them."""
    RETURN = "return"
    """Money back for goods that come back."""
    EXCHANGE = "exchange"
    """Other units in the place of those that come back."""


class CaseOpener(StrEnum):
    """Who opened a case."""

    MEMBER = "member"
    STAFF = "staff"
    """Somebody of the staff, for the member."""


class CaseStatus(StrEnum):
    """How far a case has come; drawn in `docs/aftersales.md`."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    RECEIVED = "received"
    INSPECTED = "inspected"
    REFUNDING = "refunding"
    SUCCEEDED = "succeeded"
    EXCHANGED = "exchanged"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """The goods were not sent back in time."""


class CaseReason(StrEnum):
    """Why a member asks."""

    NOT_WANTED = "not_wanted"
    NOT_SENT_YET = "not_sent_yet"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    WRONG_GOODS = "wrong_goods"
    NOT_AS_DESCRIBED = "not_as_described"
    MISSING = "missing"
    """Units were not in the parcel, or the parcel never came."""
    OTHER = "other"


SHOPS_FAULT = frozenset(
    {
        CaseReason.DAMAGED,
        CaseReason.DEFECTIVE,
        CaseReason.WRONG_GOODS,
        CaseReason.NOT_AS_DESCRIBED,
        CaseReason.MISSING,
    }
)
"""Reasons that are the shop's fault: the freight of the units comes back, and goods that were made
for the member can be complained of."""


class NextStep(StrEnum):
    """What a case waits for."""

    SHOP_ANSWERS = "shop_answers"
    MEMBER_SENDS_BACK = "member_sends_back"
    SHOP_RECEIVES = "shop_receives"
    SHOP_INSPECTS = "shop_inspects"
    SHOP_SENDS_REPLACEMENT = "shop_sends_replacement"
    MONEY_ARRIVES = "money_arrives"
    NOTHING = "nothing"


class CaseObstacle(StrEnum):
    """What is in the way of a case."""

    NOT_PAID = "not_paid"
    TOO_LATE = "too_late"
    PERSONALISED = "personalised"
    VIRTUAL = "virtual"
    """Nothing was sent, so nothing can come back."""
    TOO_MANY = "too_many"
    NOT_THIS_GOODS = "not_this_goods"
    """What shall come in exchange is other goods, or costs something else."""
    OUT_OF_STOCK = "out_of_stock"
    """There are not so many units of what shall come in exchange."""
