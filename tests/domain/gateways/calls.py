"""Calls to a provider that is there for a test only, without a gateway between."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from domain.gateways.transport import Answer, Patience, Question, Transport, open_transport
from domain.kernel.outside import OutsideUnavailable
from tests.domain.gateways.wires import Away, Wire

GET = Question("GET", "/thing")
POST = Question("POST", "/thing", body=b"{}")


def content(answer: Answer) -> bytes:
    """Read an answer without looking at it."""
    return answer.content


@asynccontextmanager
async def opened(
    provider: Wire | Away | str, *, service: str = "test", patience: Patience | None = None
) -> AsyncGenerator[Transport]:
    """The way to a provider that answers as told, or that is at an address."""
    async with AsyncExitStack() as stack:
        if isinstance(provider, str):
            url = provider
        else:
            url = await stack.enter_async_context(provider.served())
            patience = patience or provider.patience
        yield await stack.enter_async_context(
            open_transport(url, service=service, patience=patience)
        )


async def ask(
    provider: Wire | Away | str,
    question: Question | None = None,
    *,
    patience: Patience | None = None,
) -> bytes:
    """One call."""
    async with opened(provider, patience=patience) as transport:
        return await transport.ask(question or GET, content)


async def failure(
    provider: Wire | Away | str,
    question: Question | None = None,
    *,
    patience: Patience | None = None,
) -> OutsideUnavailable:
    """The failure of one call."""
    with pytest.raises(OutsideUnavailable) as caught:
        await ask(provider, question, patience=patience)
    return caught.value
