"""The settings of points: what the staff may do by themselves, and members among them."""

from pydantic import Field

from domain.kernel.setting_names import Fields


class PointsFields(Fields):
    """Limits of points."""

    points_operator_limit: int = Field(
        1_000,
        ge=0,
        le=1_000_000_000,
        description="Points that an operator can add to or take from one member in a day; more "
        "waits for a second person.",
    )
    points_owner_limit: int = Field(
        10_000,
        ge=0,
        le=1_000_000_000,
        description="The same of the owner.",
    )
    points_transfers: bool = Field(
        default=False, description="Whether members can give points to each other."
    )
    points_transfers_a_day: int = Field(
        5,
        ge=1,
        le=1_000,
        description="How often a member can give points in a day.",
    )
    points_transferred_a_day: int = Field(
        1_000,
        ge=1,
        le=1_000_000_000,
        description="How many points a member can give in a day.",
    )
