"""The fake Kuaidi100, steered: what becomes of a parcel is said before it happens."""

from typing import Any

import pytest

from tests.sandbox.platform_client import Platform, whole

NUMBER = "YT10203040"


async def steer(platform: Platform, **wanted: str) -> Any:
    """Say what becomes of the parcel."""
    given = {"company": "yuantong", "number": NUMBER, **wanted}
    return await platform.http.post("/_control/parcels", json=given)


async def test_a_parcel_is_steered_and_told(platform: Platform):
    assert whole(await platform.http.get("/_control/parcels")) == []
    for end in ("problem", "returning", "unknown", "delivered"):
        answer = await steer(platform, end=end)
        assert (answer.status_code, answer.json()["end"]) == (200, end)
    (parcel,) = whole(await platform.http.get("/_control/parcels"))
    assert (parcel["company"], parcel["number"], parcel["asked"]) == ("yuantong", NUMBER, 0)


@pytest.mark.parametrize("wrong", [{"company": "owl"}, {"number": "1"}, {"end": "lost"}])
async def test_what_is_no_parcel_is_refused(wrong: dict[str, str], platform: Platform):
    assert (await steer(platform, **wrong)).status_code == 400
