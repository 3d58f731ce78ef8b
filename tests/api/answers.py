"""What every answer is held to, whatever was asked."""

import asyncio

import httpx

from domain.kernel.errors import FaultCode
from tests.api.client import Api, statements_run

HANGS_AFTER_SECONDS = 30
CODES = frozenset(FaultCode) - {FaultCode.INTERNAL}
LEAKS = ("Traceback", "SQL", "asyncpg", "psycopg", "relation", "Unexpected error")


async def refused(api: Api, body: bytes | dict[str, object], **headers: str) -> str:
    """Send what must be refused before it costs a statement; answers with the code."""
    before = statements_run()
    async with asyncio.timeout(HANGS_AFTER_SECONDS):
        response = await api.post(body, {name.replace("_", "-"): headers[name] for name in headers})
    codes = codes_of(response)
    assert codes
    assert statements_run() == before
    return codes[0]


def codes_of(response: httpx.Response) -> list[str]:
    """The codes of an answer, which is decent whatever was asked."""
    assert response.status_code // 100 in {2, 4}, response.text
    for word in LEAKS:
        assert word not in response.text
    codes = [error["extensions"]["code"] for error in response.json().get("errors", [])]
    assert set(codes) <= CODES
    assert codes or response.status_code == 200
    return codes
