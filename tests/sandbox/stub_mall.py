"""A mall that answers the page of the phone as it is told to."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from msgspec import json

from sandbox.wechat.app import create_app
from sandbox.wechat.mall import Mall
from sandbox.wechat.world import World

ACCESS_TOKEN = "a.b.c"  # noqa: S105 - opens nothing


@dataclass
class StubMall:
    """Answers GraphQL with what each field is planned to be, and keeps what it was asked."""

    fields: dict[str, object] = field(default_factory=dict[str, object])
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        question = json.decode(request.content, type=dict[str, Any])
        self.asked.append(question)
        data = {name: told for name, told in self.fields.items() if name in question["query"]}
        return httpx.Response(200, json={"data": data})

    def given(self, name: str) -> dict[str, Any]:
        """The input of the one question for a field."""
        (question,) = [each for each in self.asked if f"{name}(" in each["query"]]
        return question["variables"]["input"]


@asynccontextmanager
async def phone_of(world: World, mall: StubMall) -> AsyncGenerator[httpx.AsyncClient]:
    """The calls of the page of the phone, in a world whose mini-program reaches this mall."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(mall.answer)) as to_mall:
        there = Mall(to_mall, "http://mall.test", "mini-program")
        transport = httpx.ASGITransport(create_app(world, to_mall, there))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8001"
        ) as client:
            yield client
