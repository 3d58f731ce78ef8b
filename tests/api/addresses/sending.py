"""How members write addresses over HTTP."""

from typing import Any

from tests import make
from tests.api.client import Api
from tests.api.members.sending import Headers, run

HOME = {
    "recipient": "林小满",
    "phone": "13800138000",
    "regionCode": "310104",
    "detail": "衡山路 8 号 302 室",
}


async def created(api: Api, headers: Headers, **more: Any) -> Any:
    """Add an address; answers with the union's member."""
    return await run(
        api, "CreateAddress", headers, **{"requestId": str(make.an_id()), **HOME, **more}
    )
