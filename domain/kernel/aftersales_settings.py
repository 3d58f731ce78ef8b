"""The settings of after-sales: what the shop promises, and what it asks of members."""

from pydantic import Field

from domain.kernel.setting_names import Fields


class AfterSalesFields(Fields):
    """How long things take after the sale."""

    aftersales_window_days: int = Field(
        15,
        ge=7,
        le=365,
        description="Days after an order was received in which a member can ask for a refund, a "
        "return or an exchange.",
    )
    aftersales_answer_hours: int = Field(
        48,
        ge=1,
        le=720,
        description="Hours in which the staff answer a case, look at goods that came back, or send "
        "what comes in exchange; after that the case is marked as overdue.",
    )
    aftersales_return_days: int = Field(
        7,
        ge=1,
        le=60,
        description="Days in which a member sends goods back once that was agreed; after that the "
        "case is closed.",
    )
    aftersales_instant: bool = Field(
        default=True,
        description="Whether what was not sent yet is refunded at once, without the staff.",
    )
