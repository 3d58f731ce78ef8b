"""What tests of kept answers have in common."""

import asyncio
from typing import Any

from domain.kernel.settings import Settings
from tests.api.client import Api, statements_run
from tests.patience import PATIENCE_SECONDS


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def keeping(settings: Settings) -> Settings:
    """Settings of a mall that keeps public answers."""
    return settings.model_copy(update={"public_answers": 100})


async def until_kept(mall: Api, document: str, **variables: Any) -> Any:
    """Ask until the mall answers without a statement: it listens, and has the answer."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            before = statements_run()
            answer = await mall.run(f"miniprogram/{document}", **variables)
            assert "errors" not in answer, answer
            if statements_run() == before:
                return answer
            await asyncio.sleep(0.01)


async def until_other(mall: Api, than: object, document: str, **variables: Any) -> Any:
    """Ask until the mall answers otherwise."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (answer := await mall.run(f"miniprogram/{document}", **variables)) == than:
            await asyncio.sleep(0.01)
    return answer
