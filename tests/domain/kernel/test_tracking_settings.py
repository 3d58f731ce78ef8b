"""The settings of who knows where parcels are: whole or not at all, and fit for the profile."""

from datetime import timedelta

import pytest

from domain.kernel.settings import SettingsRefused, read_settings
from domain.kernel.tracking_settings import TRACKING_URL

ACCOUNT = {"MALL_TRACKING_CUSTOMER": "C0FFEE", "MALL_TRACKING_KEY": "the-key-of-a-customer"}
DEVELOPMENT = {"MALL_PROFILE": "development"}


def refused(environ: dict[str, str]) -> str:
    """Why the settings are refused: one reason."""
    with pytest.raises(SettingsRefused) as caught:
        read_settings(environ)
    (reason,) = caught.value.reasons
    return reason


def test_no_parcel_is_tracked_unless_it_is_configured():
    assert read_settings({}).tracking is None


def test_what_is_configured_is_handed_on_whole_and_does_not_show():
    settings = read_settings(ACCOUNT | {"MALL_TRACKING_MINUTES": "45"})
    given = settings.tracking
    assert given
    assert (given.url, given.customer) == (TRACKING_URL, "C0FFEE")
    assert given.key.get_secret_value() == ACCOUNT["MALL_TRACKING_KEY"]
    assert settings.tracking_pause == timedelta(minutes=45)
    for shown in (repr(given), repr(settings), str(settings.model_dump())):
        assert ACCOUNT["MALL_TRACKING_KEY"] not in shown


@pytest.mark.parametrize("name", ACCOUNT)
def test_half_an_account_is_none(name: str):
    (other,) = ACCOUNT.keys() - {name}
    assert refused({name: ACCOUNT[name]}).startswith(f"{other}: is missing")


def test_only_development_asks_a_fake_one():
    fake = {"MALL_TRACKING_URL": "http://127.0.0.1:9100"}
    assert "production" in refused(ACCOUNT | fake)
    assert read_settings(ACCOUNT | fake | DEVELOPMENT).tracking
    stranger = {"MALL_TRACKING_URL": "https://parcels.example"}
    assert "development" in refused(ACCOUNT | stranger | DEVELOPMENT)
    assert read_settings(ACCOUNT | stranger).tracking
