"""The plain thing that the mall is compared with: the same answers written by hand.

Starlette, asyncpg and orjson, and the mall's own verifier of tokens; no GraphQL, no validation, no
limits, no log. ``/constant`` asks no database: it answers what a file in the mall's home holds. Run
as ``python -m bench.bare`` with the mall's settings.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.auth import Authenticator
from bench import beside
from domain.kernel.actors import Member
from domain.kernel.hot_pool import keep_session
from domain.kernel.settings import Settings
from domain.members.actions.phones import opened
from domain.members.phone_numbers import masked

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
LISTED_VARIANTS_SQL = """
SELECT product_id, id, title_zh, price_fen FROM variants
WHERE product_id = ANY ($1::uuid[]) AND position IS NOT NULL ORDER BY product_id, position"""
VARIANTS_SQL = """
SELECT id, sku, title_zh, price_fen FROM variants
WHERE product_id = $1 AND position IS NOT NULL ORDER BY position"""
MEMBER_SQL = """
SELECT name, picture_key, birth_month, birth_day, language, is_personalised, joined_at,
    sealed, verified_at, verified_by
FROM members LEFT JOIN member_phones ON member_id = id WHERE id = $1"""
CONSENTS_SQL = """
SELECT purpose, newest, action, text_version, channel, at
FROM (SELECT purpose, max(version) AS newest FROM consent_texts GROUP BY purpose) AS texts
LEFT JOIN LATERAL (
    SELECT action, text_version, channel, at FROM consent_entries
    WHERE member_id = $1 AND consent_entries.purpose = texts.purpose ORDER BY number DESC LIMIT 1
) AS said ON true ORDER BY purpose"""


class Bare:
    """Endpoints on a pool with the mall's own settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._media_url = beside.media_url(settings)
        self._vault = settings.required_vault()
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._verifier: Authenticator | None = None

    def app(self) -> Starlette:
        """The application."""
        routes = [
            Route("/products", self._products),
            Route("/products/{id}", self._product),
            Route("/me", self._me),
            Route("/constant", self._constant),
            Route("/livez", beside.livez),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncGenerator[None]:
        async with (
            asyncpg.create_pool(
                self._settings.required_database_url(),
                min_size=0,
                max_size=self._settings.read_connections,
                reset=keep_session,
                timeout=beside.PATIENCE_SECONDS,
                server_settings=beside.SESSION,
            ) as self._pool,
            beside.open_verifier(self._settings) as self._verifier,
        ):
            yield

    async def _products(self, request: Request) -> Response:
        self._actor(request)
        first = int(request.query_params["first"])
        async with self._connection() as connection:
            rows = await connection.fetch(LIST_SQL, first + 1)
            page = rows[:first]
            variants: dict[UUID, list[object]] = {row[0]: [] for row in page}
            of_variants = await connection.fetch(LISTED_VARIANTS_SQL, list(variants))
        for product_key, key, title, price_fen in of_variants:
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
        self._actor(request)
        wanted = UUID(hex=request.path_params["id"].removeprefix("product_"))
        async with self._connection() as connection:
            (row,) = await connection.fetch(DETAIL_SQL, wanted)
            of_variants = await connection.fetch(VARIANTS_SQL, wanted)
        key, title, image_key, category_key, category_title = row
        product = {
            "id": f"product_{key.hex}",
            "title": title,
            "image": {"url": self._media_url + image_key},
            "category": {"id": f"category_{category_key.hex}", "title": category_title},
            "variants": [
                {"id": f"variant_{key.hex}", "sku": sku, "title": title, "price": price_fen}
                for key, sku, title, price_fen in of_variants
            ],
        }
        return _json({"data": {"product": product}})

    async def _me(self, request: Request) -> Response:
        member = self._actor(request)
        assert isinstance(member, Member)
        async with self._connection() as connection:
            (row,) = await connection.fetch(MEMBER_SQL, member.id)
            consents = await connection.fetch(CONSENTS_SQL, member.id)
        name, picture, month, day, language, is_personalised, joined_at, sealed, *verified = row
        viewer = {
            "id": f"member_{member.id.hex}",
            "name": name,
            "pictureUrl": self._media_url + picture if picture else None,
            "birthday": {"month": month, "day": day} if month else None,
            "language": language.upper() if language else None,
            "isPersonalised": is_personalised,
            "phone": {
                "masked": masked(opened(self._vault, member.id, sealed)),
                "verifiedAt": verified[0],
                "verifiedBy": verified[1].upper(),
            }
            if sealed
            else None,
            "joinedAt": joined_at,
            "consents": [
                {
                    "purpose": purpose.upper(),
                    "isGranted": action == "granted",
                    "version": version,
                    "newestVersion": newest,
                    "channel": channel.upper() if channel else None,
                    "at": at,
                }
                for purpose, newest, action, version, channel, at in consents
            ],
        }
        return _json({"data": {"viewer": viewer}})

    async def _constant(self, _request: Request) -> Response:
        return Response(self._constant_body, media_type="application/json")

    @cached_property
    def _constant_body(self) -> bytes:
        return (self._settings.home / beside.CONSTANT).read_bytes()

    def _actor(self, request: Request) -> object:
        assert self._verifier
        return beside.actor_of(self._verifier, request)

    def _connection(self) -> Any:
        """One for all statements of a request, as one would write it by hand."""
        assert self._pool
        return self._pool.acquire()


def _json(body: object) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")


if __name__ == "__main__":
    _SETTINGS = beside.settings()
    beside.serve(Bare(_SETTINGS).app(), _SETTINGS)
