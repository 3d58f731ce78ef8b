"""The words of shipping duties in the schema; types take them from here, described."""

from api.enums import described
from domain.shipping_duty.words import Age, Attention, DutyStatus, PlatformState, ReportStatus

__all__ = ["Age", "Attention", "DutyStatus", "PlatformState", "ReportStatus"]

described(
    DutyStatus,
    "How far the duty to tell WeChat of a payment's shipping has come.",
    name="ShippingDutyStatus",
    WAITING_FOR_SHIPMENT="There is nothing to tell, or not yet more than was told.",
    DUE="There is something to tell, and it is tried again and again.",
    ACCEPTED="WeChat has all that was sent.",
    CORRECTED="WeChat has all, and the one correction that it takes is used.",
    FAILED="WeChat does not take it; somebody has to look.",
    HANDLED_ELSEWHERE="Somebody says that they have told it in WeChat's console.",
    EXEMPT="All of the money went back.",
)
described(
    Attention,
    "Why somebody has to look at a shipping duty.",
    name="ShippingDutyAttention",
    STUCK="WeChat does not take what it is told, or could not be told for many tries.",
    OVERDUE="Its time is over, and not all was told.",
)
described(
    PlatformState,
    "How WeChat says that a payment stands.",
    name="ShippingPlatformState",
    TO_SHIP="It waits to be told.",
    SHIPPED="It has all; the member has not confirmed there.",
    CONFIRMED="The member has confirmed there, or was taken to have.",
    COMPLETED="The money was let go of.",
    REFUNDED="The money went back.",
    SETTLING="The money is let go of by WeChat's own calendar.",
)
described(
    ReportStatus,
    "How far the special report of a late shipment has come.",
    name="SpecialShippingReportStatus",
    DUE="It is on its way.",
    ACCEPTED="WeChat has it: the duty is due on its day.",
    FAILED="WeChat does not take it.",
)
described(
    Age,
    "How long ago something was paid.",
    name="ShippingDutyAge",
    TWO_DAYS="Within the two days in which WeChat wants to be told.",
    FIFTEEN_DAYS="Within fifteen days.",
    OLDER="Longer ago.",
)
