"""The words of cases in the schema; types take them from here, described."""

from api.enums import described
from domain.aftersales.words import (
    CaseKind,
    CaseObstacle,
    CaseOpener,
    CaseReason,
    CaseStatus,
    NextStep,
)

__all__ = ["CaseKind", "CaseObstacle", "CaseOpener", "CaseReason", "CaseStatus", "NextStep"]

described(
    CaseKind,
    "What is asked for after the sale.",
    REFUND="Money back; what was sent stays with the member.",
    RETURN="Money back for goods that come back.",
    EXCHANGE="Other units in the place of those that come back; money only where none can be sent.",
)
described(
    CaseOpener,
    "Who opened a case.",
    MEMBER="Its member.",
    STAFF="Somebody of the staff, for the member.",
)
described(
    CaseStatus,
    "How far a case has come.",
    REQUESTED="It waits for the shop's answer.",
    APPROVED="The shop agreed, and waits for the goods.",
    SENT_BACK="The goods are on their way back.",
    RECEIVED="The shop has the goods, and looks at them.",
    INSPECTED="The goods were accepted; what comes in exchange is to be sent.",
    REFUNDING="The money is on its way back.",
    SUCCEEDED="The money is back.",
    EXCHANGED="What comes in exchange was sent.",
    REFUSED="The shop did not agree.",
    CANCELLED="Its member took it back.",
    EXPIRED="The goods were not sent back in time.",
)
described(
    CaseReason,
    "Why something is asked for. What is the shop's fault brings the freight of the units back.",
    NOT_WANTED="It is not wanted any more.",
    NOT_SENT_YET="It takes too long until it is sent.",
    DAMAGED="It came damaged: the shop's fault.",
    DEFECTIVE="It does not work: the shop's fault.",
    WRONG_GOODS="Something else came: the shop's fault.",
    NOT_AS_DESCRIBED="It is not what was described: the shop's fault.",
    MISSING="It was not in the parcel, or the parcel never came: the shop's fault.",
    OTHER="Something else.",
)
described(
    NextStep,
    "What a case waits for.",
    name="CaseNextStep",
    SHOP_ANSWERS="The shop answers.",
    MEMBER_SENDS_BACK="The member sends the goods back, and gives the parcel's number.",
    SHOP_RECEIVES="The parcel arrives at the shop.",
    SHOP_INSPECTS="The shop looks at the goods.",
    SHOP_SENDS_REPLACEMENT="The shop sends what comes in exchange.",
    MONEY_ARRIVES="The money arrives.",
    NOTHING="Nothing: it is over.",
)
described(
    CaseObstacle,
    "Why there can be no such case.",
    NOT_PAID="The order is not paid, or it is closed.",
    TOO_LATE="The time for it is over.",
    PERSONALISED="What was made for the member is taken back for the shop's fault alone.",
    VIRTUAL="Virtual goods cannot come back: there can be a REFUND alone.",
    TOO_MANY="The order has as many cases as it can.",
    NOT_THIS_GOODS="What shall come in exchange is another product, or has another price.",
    OUT_OF_STOCK="There are not enough units of what shall come in exchange.",
)
