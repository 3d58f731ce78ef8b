"""What the fake platform and the mall have agreed on, handed over in the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import click
import msgspec

from sandbox.wechat.pay.keys import PayKeys
from sandbox.wechat.world import TrackingAccount

PROFILE = "MALL_PROFILE"
APP_ID = "MALL_WECHAT_APP_ID"
APP_SECRET = "MALL_WECHAT_APP_SECRET"  # noqa: S105 - the name of a setting
PUSH_TOKEN = "MALL_WECHAT_PUSH_TOKEN"  # noqa: S105 - the name of a setting
PUSH_KEY = "MALL_WECHAT_PUSH_KEY"
SMS_TOKEN = "MALL_SMS_TOKEN"  # noqa: S105 - the name of a setting
TRACKING_CUSTOMER = "MALL_TRACKING_CUSTOMER"
TRACKING_KEY = "MALL_TRACKING_KEY"
TEMPLATE = "MALL_WECHAT_TEMPLATE_"
"""What the names of the settings begin with that have a template of a message."""
PAY_KEYS = "FAKE_WECHAT_PAY_KEYS"
"""Both sides' keys at WeChat Pay, as JSON; for the fake one only, the mall has settings."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The mini-program and the SMS gateway as both know them; push, pay and parcels may be open."""

    app_id: str
    app_secret: str
    sms_token: str
    push_token: str | None
    push_key: str | None
    pay_keys: PayKeys | None = None
    templates: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """The templates that the mini-program has in the console, each with its fields."""
    tracking: TrackingAccount | None = None


def terms_of(environ: Mapping[str, str]) -> Terms:
    """Return what the environment agrees on; `click.UsageError` outside development."""
    profile = environ.get(PROFILE)
    if profile != "development":
        raise click.UsageError(
            f"{PROFILE}: is {profile or 'missing'}; there is a fake WeChat in development only"
        )
    missing = [name for name in (APP_ID, APP_SECRET, SMS_TOKEN) if not environ.get(name)]
    if missing:
        raise click.UsageError(f"{', '.join(missing)}: missing")
    return Terms(
        app_id=environ[APP_ID],
        app_secret=environ[APP_SECRET],
        sms_token=environ[SMS_TOKEN],
        push_token=environ.get(PUSH_TOKEN),
        push_key=environ.get(PUSH_KEY),
        pay_keys=_pay_keys(environ.get(PAY_KEYS)),
        templates=_templates(environ),
        tracking=_tracking(environ),
    )


def _tracking(environ: Mapping[str, str]) -> TrackingAccount | None:
    customer, key = environ.get(TRACKING_CUSTOMER), environ.get(TRACKING_KEY)
    return TrackingAccount(customer, key) if customer and key else None


def _templates(environ: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Read the templates as the mall does, without what their fields show."""
    given = [value.split() for name, value in environ.items() if name.startswith(TEMPLATE)]
    return {
        template_id: frozenset(each.partition("=")[0] for each in fields)
        for template_id, *fields in given
    }


def _pay_keys(given: str | None) -> PayKeys | None:
    try:
        return msgspec.json.decode(given, type=PayKeys) if given else None
    except msgspec.DecodeError:
        # What is wrong with it could show a key.
        raise click.UsageError(f"{PAY_KEYS}: cannot be read") from None
