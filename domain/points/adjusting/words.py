"""The words of adjustments: why points are adjusted by hand, and what has become of it."""

from enum import StrEnum


class AdjustmentReason(StrEnum):
    """Why the staff adjust a member's points; the member reads it."""

    GOODWILL = "goodwill"
    COMPENSATION = "compensation"
    CORRECTION = "correction"
    CAMPAIGN = "campaign"
    ABUSE = "abuse"
    OTHER = "other"


class AdjustmentStatus(StrEnum):
    """What has become of an adjustment."""

    WAITING = "waiting"
    APPLIED = "applied"
    REJECTED = "rejected"
