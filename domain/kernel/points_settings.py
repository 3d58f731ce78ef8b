"""The settings of points: what one person of the staff may do by themselves."""

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
