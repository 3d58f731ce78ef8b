"""The settings of the services outside: the mini-program at WeChat, and the SMS gateway."""

import re
from dataclasses import dataclass
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from domain.kernel.addresses import base, is_loopback, origin
from domain.kernel.setting_names import Fields, no_guess, require_all_or_none, variable

VENDOR_URL = "https://api.weixin.qq.com"
"""Where WeChat itself answers."""

_HTTPS = "https://"


@dataclass(frozen=True, slots=True)
class WeChatSettings:
    """The mini-program that is configured, and where WeChat is asked about it."""

    url: str
    app_id: str
    app_secret: SecretStr


@dataclass(frozen=True, slots=True)
class WeChatPushSettings:
    """What WeChat's own messages to this mini-program are verified and decrypted with."""

    app_id: str
    token: SecretStr
    key: SecretStr


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """The gateway that delivers text messages."""

    url: str
    token: SecretStr


class OutsideFields(Fields):
    """What outside the mall is spoken to, each only where it is given."""

    wechat_url: str = Field(
        VENDOR_URL,
        description="WeChat's own host; in development a fake one on loopback instead.",
    )
    wechat_app_id: str | None = Field(
        None, description="Id of the mini-program, `wx` and 16 digits; without it nobody signs in."
    )
    wechat_app_secret: SecretStr | None = Field(
        None, description="AppSecret of the mini-program; goes with its id."
    )
    wechat_push_token: SecretStr | None = Field(
        None, description="Token of WeChat's message push, 3 to 32 letters and digits."
    )
    wechat_push_key: SecretStr | None = Field(
        None, description="EncodingAESKey of the message push, 43 characters; goes with its token."
    )
    sms_url: str | None = Field(
        None,
        description="Where a text message is posted to, `https://…`; without it none is sent.",
    )
    sms_token: SecretStr | None = Field(
        None,
        description="Bearer token of the SMS gateway, at least 16 characters; goes with its "
        "address.",
    )

    sms_countries: str = Field(
        "86,852,853,886",
        description="Calling codes of the countries and regions to which codes are sent, with "
        "commas between them.",
    )
    sms_most_a_minute: int = Field(
        300,
        ge=1,
        le=100_000,
        description="Codes that the whole mall sends in a minute; beyond that it is BUSY.",
    )

    @field_validator("wechat_url")
    @classmethod
    def _wechat_is_an_origin(cls, value: str) -> str:
        origin(value, VENDOR_URL)
        return value

    @field_validator("wechat_app_id")
    @classmethod
    def _names_a_mini_program(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"wx[0-9a-f]{16}", value):
            raise ValueError("must be wx and 16 small hexadecimal digits")
        return value

    @field_validator("wechat_push_token")
    @classmethod
    def _is_a_push_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[A-Za-z0-9]{3,32}", value.get_secret_value()):
            raise ValueError("must be 3 to 32 letters and digits")
        return value

    @field_validator("wechat_push_key")
    @classmethod
    def _is_a_push_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[A-Za-z0-9+/]{43}", value.get_secret_value()):
            raise ValueError("must be the 43 characters of an EncodingAESKey")
        return value

    @field_validator("sms_url")
    @classmethod
    def _sms_is_an_address(cls, value: str | None) -> str | None:
        return base(value, "https://sms.example/send")

    @field_validator("sms_countries")
    @classmethod
    def _are_calling_codes(cls, value: str) -> str:
        if not re.fullmatch(r"[1-9][0-9]{0,2}(,[1-9][0-9]{0,2})*", value):
            raise ValueError("must be calling codes with commas between them, such as 86,852")
        return value

    @field_validator("sms_token")
    @classmethod
    def _sms_token_is_no_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]*", value.get_secret_value()):
            raise ValueError("must be printable ASCII without spaces; it travels in a header")
        return no_guess(value)

    @model_validator(mode="after")
    def _what_belongs_together_is_given_together(self) -> Self:
        require_all_or_none(
            {"wechat_app_id": self.wechat_app_id, "wechat_app_secret": self.wechat_app_secret}
        )
        is_pushed = require_all_or_none(
            {"wechat_push_token": self.wechat_push_token, "wechat_push_key": self.wechat_push_key}
        )
        if is_pushed and self.wechat_app_id is None:
            raise ValueError(
                f"{variable('wechat_app_id')}: is missing; "
                f"{variable('wechat_push_token')} is of no use without"
            )
        require_all_or_none({"sms_url": self.sms_url, "sms_token": self.sms_token})
        return self

    def refuse_addresses_of_another_profile(self, *, is_production: bool) -> None:
        """Let production speak to nothing that is fake or unsealed, and development to no stranger.

        ValueError names the setting. AppSecret and codes go wherever these addresses lead.
        """
        name = variable("wechat_url")
        if is_production:
            if is_loopback(self.wechat_url) or not self.wechat_url.startswith(_HTTPS):
                raise ValueError(f"{name}: must be https and not loopback in production")
            if self.sms_url is not None and not self.sms_url.startswith(_HTTPS):
                raise ValueError(f"{variable('sms_url')}: must be https in production")
        elif not is_loopback(self.wechat_url) and self.wechat_url != VENDOR_URL:
            raise ValueError(f"{name}: must be loopback or {VENDOR_URL} in development")

    @property
    def wechat(self) -> WeChatSettings | None:
        """The mini-program; None where none is configured."""
        if not (self.wechat_app_id and self.wechat_app_secret):
            return None
        return WeChatSettings(self.wechat_url, self.wechat_app_id, self.wechat_app_secret)

    @property
    def wechat_push(self) -> WeChatPushSettings | None:
        """What WeChat's messages are opened with; None where none are expected."""
        if not (self.wechat_app_id and self.wechat_push_token and self.wechat_push_key):
            return None
        return WeChatPushSettings(self.wechat_app_id, self.wechat_push_token, self.wechat_push_key)

    @property
    def sms_calling_codes(self) -> frozenset[int]:
        """The calling codes of the countries to which codes are sent."""
        return frozenset(map(int, self.sms_countries.split(",")))

    @property
    def sms(self) -> SmsSettings | None:
        """The SMS gateway; None where none is configured."""
        return (
            SmsSettings(self.sms_url, self.sms_token) if self.sms_url and self.sms_token else None
        )
