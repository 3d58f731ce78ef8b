"""The settings of WeChat Pay: the merchant, its keys, and where its notices are to come."""

import base64
import re
from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import Field, SecretStr, field_validator, model_validator
from typing_extensions import override

from domain.kernel.addresses import base, is_loopback, origin
from domain.kernel.outside_settings import OutsideFields
from domain.kernel.setting_names import require_all_or_none, variable

PAY_URL = "https://api.mch.weixin.qq.com"
"""Where WeChat Pay itself answers."""
PAY_BACKUP_URL = "https://api2.mch.weixin.qq.com"
"""Where it answers as well, when the other cannot be reached."""

_HTTPS = "https://"
_LONGEST_NOTIFY_URL = 255
_OF_THE_MERCHANT = (
    "wechat_pay_merchant_id",
    "wechat_pay_serial",
    "wechat_pay_private_key",
    "wechat_pay_api_key",
    "wechat_pay_notify_url",
)


@dataclass(frozen=True, slots=True)
class WeChatPaySettings:
    """The merchant that is configured, with nothing missing.

    ``urls`` are of one WeChat Pay, the later ones for when the first cannot be reached. The keys
    can be read with `rsa_private_key` and `rsa_public_key`.
    """

    urls: tuple[str, ...]
    app_id: str
    merchant_id: str
    serial: str
    private_key: SecretStr
    api_key: SecretStr
    notify_url: str
    public_key_id: str | None
    public_key: str | None


class WeChatPayFields(OutsideFields):
    """WeChat Pay, where the mall takes money by it."""

    wechat_pay_url: str = Field(
        PAY_URL,
        description="WeChat Pay's own host; in development a fake one on loopback instead.",
    )
    wechat_pay_merchant_id: str | None = Field(
        None,
        description="Number of the merchant, digits; without it nothing can be paid. It and what "
        "follows to the notify address go together, and with the mini-program's id.",
    )
    wechat_pay_serial: str | None = Field(
        None, description="Serial of the merchant's API certificate, hexadecimal."
    )
    wechat_pay_private_key: SecretStr | None = Field(
        None,
        description="Key of the merchant's API certificate: PEM, or base64 of it on one line.",
    )
    wechat_pay_api_key: SecretStr | None = Field(
        None, description="APIv3 key of the merchant, 32 letters and digits."
    )
    wechat_pay_notify_url: str | None = Field(
        None,
        description="Where WeChat Pay posts what was paid and refunded: the mall's "
        "`/webhooks/wechat-pay`, `https://…` without a query.",
    )
    wechat_pay_public_key_id: str | None = Field(
        None,
        description="Id of WeChat Pay's public key, `PUB_KEY_ID_…`; without it and its key, "
        "platform certificates are fetched.",
    )
    wechat_pay_public_key: str | None = Field(
        None,
        description="WeChat Pay's public key: PEM, or base64 of it on one line; goes with its id.",
    )

    @field_validator("wechat_pay_url")
    @classmethod
    def _pay_is_an_origin(cls, value: str) -> str:
        origin(value, PAY_URL)
        return value

    @field_validator("wechat_pay_merchant_id")
    @classmethod
    def _is_a_merchant(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[0-9]{8,32}", value):
            raise ValueError("must be the 8 to 32 digits of a merchant's number")
        return value

    @field_validator("wechat_pay_serial")
    @classmethod
    def _is_a_serial(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[0-9A-Fa-f]{8,64}", value):
            raise ValueError("must be the 8 to 64 hexadecimal digits of a certificate's serial")
        return value

    @field_validator("wechat_pay_private_key")
    @classmethod
    def _is_a_private_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            rsa_private_key(value.get_secret_value())
        return value

    @field_validator("wechat_pay_api_key")
    @classmethod
    def _is_an_api_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[!-~]{32}", value.get_secret_value()):
            raise ValueError("must be the 32 characters of an APIv3 key")
        return value

    @field_validator("wechat_pay_notify_url")
    @classmethod
    def _takes_notices(cls, value: str | None) -> str | None:
        base(value, "https://mall.example/webhooks/wechat-pay")
        if value is not None and len(value) > _LONGEST_NOTIFY_URL:
            raise ValueError(f"must have at most {_LONGEST_NOTIFY_URL} characters")
        return value

    @field_validator("wechat_pay_public_key_id")
    @classmethod
    def _names_a_public_key(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"PUB_KEY_ID_[0-9A-Za-z]{1,64}", value):
            raise ValueError("must be PUB_KEY_ID_ and digits")
        return value

    @field_validator("wechat_pay_public_key")
    @classmethod
    def _is_a_public_key(cls, value: str | None) -> str | None:
        if value is not None:
            rsa_public_key(value)
        return value

    @model_validator(mode="after")
    def _merchant_is_whole(self) -> Self:
        is_given = require_all_or_none({name: getattr(self, name) for name in _OF_THE_MERCHANT})
        has_key = require_all_or_none(
            {
                "wechat_pay_public_key_id": self.wechat_pay_public_key_id,
                "wechat_pay_public_key": self.wechat_pay_public_key,
            }
        )
        if has_key and not is_given:
            _require_before(self, "wechat_pay_merchant_id", "wechat_pay_public_key_id")
        if is_given:
            _require_before(self, "wechat_app_id", "wechat_pay_merchant_id")
        return self

    @override
    def refuse_addresses_of_another_profile(self, *, is_production: bool) -> None:
        """Let production take no fake money, and development give nothing to strangers.

        ValueError names the setting.
        """
        super().refuse_addresses_of_another_profile(is_production=is_production)
        given = {
            "wechat_pay_url": self.wechat_pay_url,
            "wechat_pay_notify_url": self.wechat_pay_notify_url,
        }
        for field, url in given.items():
            if is_production and url and (is_loopback(url) or not url.startswith(_HTTPS)):
                raise ValueError(f"{variable(field)}: must be https and not loopback in production")
        if not is_production:
            self._refuse_strangers()

    def _refuse_strangers(self) -> None:
        url, notify_url = self.wechat_pay_url, self.wechat_pay_notify_url
        if not is_loopback(url) and url != PAY_URL:
            raise ValueError(
                f"{variable('wechat_pay_url')}: must be loopback or {PAY_URL} in development"
            )
        if notify_url and not (is_loopback(notify_url) or notify_url.startswith(_HTTPS)):
            raise ValueError(
                f"{variable('wechat_pay_notify_url')}: must be loopback or https in development"
            )

    @property
    def wechat_pay(self) -> WeChatPaySettings | None:
        """The merchant; None where none is configured."""
        merchant_id, serial = self.wechat_pay_merchant_id, self.wechat_pay_serial
        private_key, api_key = self.wechat_pay_private_key, self.wechat_pay_api_key
        if not (merchant_id and serial and private_key and api_key):
            return None
        if not (self.wechat_app_id and self.wechat_pay_notify_url):
            return None
        is_vendors = self.wechat_pay_url == PAY_URL
        return WeChatPaySettings(
            urls=(PAY_URL, PAY_BACKUP_URL) if is_vendors else (self.wechat_pay_url,),
            app_id=self.wechat_app_id,
            merchant_id=merchant_id,
            serial=serial,
            private_key=private_key,
            api_key=api_key,
            notify_url=self.wechat_pay_notify_url,
            public_key_id=self.wechat_pay_public_key_id,
            public_key=self.wechat_pay_public_key,
        )


def rsa_private_key(text: str) -> RSAPrivateKey:
    """The key in a setting; ValueError, which says nothing of it, for anything else."""
    try:
        key = load_pem_private_key(_pem(text), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("must be an RSA private key without a password, as PEM or base64 of it")
    return key


def rsa_public_key(text: str) -> RSAPublicKey:
    """The key in a setting; ValueError for anything else."""
    try:
        key = load_pem_public_key(_pem(text))
    except ValueError:
        key = None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("must be an RSA public key, as PEM or base64 of it")
    return key


def _pem(text: str) -> bytes:
    """PEM has lines, which not every file of settings can hold."""
    is_pem = text.lstrip().startswith("-----BEGIN ")
    return text.encode() if is_pem else base64.b64decode(text, validate=True)


def _require_before(settings: WeChatPayFields, needed: str, given: str) -> None:
    if getattr(settings, needed) is None:
        raise ValueError(f"{variable(needed)}: is missing; {variable(given)} is of no use without")
