"""The plain thing that the mall is compared with: the same answers written by hand.

Starlette, asyncpg and orjson; no GraphQL, no validation, no limits, no log. Run as
``python -m bench.bare PORT DATABASE_URL MEDIA_URL``.
"""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from domain.kernel.db import (
    IDLE_IN_TRANSACTION_TIMEOUT_MS,
    LOCK_TIMEOUT_MS,
    POOL_WAIT_SECONDS,
    STATEMENT_TIMEOUT_MS,
)
from domain.kernel.settings import read_settings

CAN_BE_SEEN = """products.status = 'published' AND visible_from <= now()
AND (visible_until IS NULL OR visible_until > now()) AND categories.is_visible"""
LIST_SQL = f"""
SELECT products.id, products.title_zh, image_key, visible_from
FROM products JOIN categories ON categories.id = category_id WHERE {CAN_BE_SEEN}
ORDER BY visible_from DESC, products.id DESC LIMIT $1"""
DETAIL_SQL = f"""
SELECT products.id, products.title_zh, image_key, categories.id, categories.title_zh
FROM products JOIN categories ON categories.id = category_id
WHERE products.id = $1 AND {CAN_BE_SEEN}"""
VARIANTS_SQL = """
SELECT product_id, id, sku, title_zh, price_fen FROM variants
WHERE product_id = ANY ($1::uuid[]) AND position IS NOT NULL ORDER BY product_id, position"""


class Bare:
    """Two endpoints on a pool with the mall's own settings."""

    def __init__(self, database_url: str, media_url: str) -> None:
        self._database_url = database_url
        self._media_url = media_url
        self._opened: asyncpg.Pool[asyncpg.Record] | None = None

    def app(self) -> Starlette:
        """The application."""
        routes = [
            Route("/products", self._products),
            Route("/products/{id}", self._product),
            Route("/livez", _livez),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncGenerator[None]:
        async with asyncpg.create_pool(
            self._database_url,
            min_size=0,
            max_size=read_settings({}).read_connections,
            reset=_keep_session,
            timeout=POOL_WAIT_SECONDS,
            server_settings={
                "timezone": "UTC",
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
                "default_transaction_read_only": "on",
            },
        ) as self._opened:
            yield

    async def _products(self, request: Request) -> Response:
        first = int(request.query_params["first"])
        rows = await self._rows(LIST_SQL, first + 1)
        page = rows[:first]
        variants: dict[UUID, list[object]] = {row[0]: [] for row in page}
        for product_key, key, _, title, price_fen in await self._rows(VARIANTS_SQL, list(variants)):
            variants[product_key].append(
                {"id": f"variant_{key.hex}", "title": title, "price": price_fen}
            )
        edges = [
            {
                "node": {
                    "id": f"product_{key.hex}",
                    "title": title,
                    "image": {"url": self._media_url + image_key},
                    "variants": variants[key],
                }
            }
            for key, title, image_key, _ in page
        ]
        last_key, *_, visible_from = page[-1]
        end = f"newest_{last_key.hex}.{round(visible_from.timestamp() * 1_000_000)}"
        page_info = {"hasNextPage": len(rows) > first, "endCursor": end}
        return _json({"data": {"products": {"edges": edges, "pageInfo": page_info}}})

    async def _product(self, request: Request) -> Response:
        wanted = UUID(hex=request.path_params["id"].removeprefix("product_"))
        rows = await self._rows(DETAIL_SQL, wanted)
        key, title, image_key, category_key, category_title = rows[0]
        product = {
            "id": f"product_{key.hex}",
            "title": title,
            "image": {"url": self._media_url + image_key},
            "category": {"id": f"category_{category_key.hex}", "title": category_title},
            "variants": [
                {"id": f"variant_{key.hex}", "sku": sku, "title": title, "price": price_fen}
                for _, key, sku, title, price_fen in await self._rows(VARIANTS_SQL, [wanted])
            ],
        }
        return _json({"data": {"product": product}})

    async def _rows(self, sql: str, argument: object) -> list[asyncpg.Record]:
        assert self._opened
        async with self._opened.acquire() as connection:
            return await connection.fetch(sql, argument)


async def _livez(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _keep_session(_connection: object) -> None:
    pass


def _json(body: object) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")


def main(port: str, database_url: str, media_url: str) -> None:
    """Serve until told to stop, under uvicorn set as the mall sets it."""
    uvicorn.run(
        Bare(database_url, media_url).app(),
        port=int(port),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
