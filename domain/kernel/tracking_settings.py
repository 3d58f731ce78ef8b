"""The settings of the service that knows where parcels are."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from typing_extensions import override

from domain.kernel.addresses import is_loopback, origin
from domain.kernel.outside_settings import OutsideFields
from domain.kernel.setting_names import require_all_or_none, variable

TRACKING_URL = "https://poll.kuaidi100.com"
"""Where Kuaidi100 itself answers."""


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """The customer who asks for parcels, and where."""

    url: str
    customer: str
    key: SecretStr


class TrackingFields(OutsideFields):
    """Kuaidi100, where the mall tells its members how far their parcels are."""

    tracking_url: str = Field(
        TRACKING_URL,
        description="Kuaidi100's own host; in development a fake one on loopback instead.",
    )
    tracking_customer: str | None = Field(
        None,
        description="The customer's number at Kuaidi100; without it no parcel is tracked.",
    )
    tracking_key: SecretStr | None = Field(
        None, description="The customer's key at Kuaidi100; goes with their number."
    )
    tracking_minutes: int = Field(
        30,
        ge=1,
        le=1440,
        description="Shortest time between two questions for a parcel; Kuaidi100 locks out who "
        "asks more often than each half hour.",
    )

    @field_validator("tracking_url")
    @classmethod
    def _tracking_is_an_origin(cls, value: str) -> str:
        origin(value, TRACKING_URL)
        return value

    @field_validator("tracking_customer")
    @classmethod
    def _is_a_customer(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[0-9A-Za-z]{1,64}", value):
            raise ValueError("must be 1 to 64 letters and digits")
        return value

    @model_validator(mode="after")
    def _customer_and_key_are_given_together(self) -> Self:
        require_all_or_none(
            {"tracking_customer": self.tracking_customer, "tracking_key": self.tracking_key}
        )
        return self

    @override
    def refuse_addresses_of_another_profile(self, *, is_production: bool) -> None:
        """Let production believe no fake carrier, and development tell no stranger of parcels.

        ValueError names the setting.
        """
        super().refuse_addresses_of_another_profile(is_production=is_production)
        name, url = variable("tracking_url"), self.tracking_url
        if is_production and (is_loopback(url) or not url.startswith("https://")):
            raise ValueError(f"{name}: must be https and not loopback in production")
        if not is_production and not is_loopback(url) and url != TRACKING_URL:
            raise ValueError(f"{name}: must be loopback or {TRACKING_URL} in development")

    @property
    def tracking(self) -> TrackingSettings | None:
        """Who asks for parcels; None where nobody does."""
        if not (self.tracking_customer and self.tracking_key):
            return None
        return TrackingSettings(self.tracking_url, self.tracking_customer, self.tracking_key)

    @property
    def tracking_pause(self) -> timedelta:
        """The shortest time between two questions for a parcel."""
        return timedelta(minutes=self.tracking_minutes)
