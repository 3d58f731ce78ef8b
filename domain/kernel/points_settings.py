"""The settings of points: what they are worth, and what staff and members may do with them."""

from typing import Literal

from pydantic import Field, field_validator

from domain.kernel.setting_names import Fields

_DEDUCT_CASH = "deduct_cash"


class PointsFields(Fields):
    """What points pay for."""

    points_value: int = Field(
        10_000,
        ge=0,
        le=1_000_000,
        description="What a point is worth in the checkout, in ten-thousandths of a fen: 10000 is "
        "a fen, so that 100 points are a yuan; 0 where points pay for nothing.",
    )
    points_share_bp: int = Field(
        5_000,
        ge=0,
        le=10_000,
        description="The part of the goods that points may pay for, in basis points: 5000 is a "
        "half. They never pay for freight.",
    )
    points_min_cash_fen: int = Field(
        1, ge=0, le=1_000_000, description="What is left to be paid in money at the least, in fen."
    )
    points_clawback: Literal["only_pending", "within_balance", "debt"] = Field(
        "debt",
        description="What becomes of earned points that a refund takes back and that are not "
        "there any more: `debt` is owed, and paid by what is earned next; `within_balance` waives "
        "it; `only_pending` takes nothing that has settled either.",
    )
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

    @field_validator("points_clawback", mode="before")
    @classmethod
    def _deducts_no_cash(cls, value: object) -> object:
        """Refuse the policy that no refund carries out."""
        if value == _DEDUCT_CASH:
            raise ValueError(
                f"{_DEDUCT_CASH} is not offered: no refund tells its member beforehand what would "
                "be kept of the money for points"
            )
        return value
