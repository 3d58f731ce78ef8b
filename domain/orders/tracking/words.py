"""How far a parcel has come by its carrier's word."""

from enum import StrEnum


class TrackingState(StrEnum):
    """Where a parcel is; each is as lasting as its rows."""

    COLLECTED = "collected"
    ON_THE_WAY = "on_the_way"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    PROBLEM = "problem"
    RETURNING = "returning"
