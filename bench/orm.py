"""What Python shops with GraphQL are made of, at its best: strawberry and SQLAlchemy's ORM.

The same types and fields as the mall's, plain fields over entities that are loaded eagerly, a
session for each request, uvloop, httptools, orjson, and the mall's own verifier of tokens. At
``/graphql`` each document is parsed and validated; at ``/cached`` strawberry remembers that it was.
Run as ``python -m bench.orm`` with the mall's settings.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from typing_extensions import override

from api.auth import Authenticator
from bench import beside, orm_rows
from domain.kernel.actors import Actor, Member
from domain.kernel.db import engine_on
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.sealing import Vault
from domain.kernel.settings import Settings
from domain.members.actions.phones import opened
from domain.members.phone_numbers import masked
from domain.members.views.structs import MEMBER
from domain.members.words import Channel, ConsentAction, ConsentPurpose, VerifiedBy

for words in (Channel, ConsentPurpose, Language, VerifiedBy):
    strawberry.enum(words)


@dataclass(frozen=True, slots=True)
class Context:
    """What resolvers work with."""

    sessions: async_sessionmaker[AsyncSession]
    actor: Actor | None
    vault: Vault
    media_url: str


Info = strawberry.Info[Context, None]


@strawberry.type
class Category:
    id: strawberry.ID
    title: str


@strawberry.type
class Image:
    url: str


@strawberry.type
class Variant:
    id: strawberry.ID
    sku: str
    title: str
    price: int


@strawberry.type
class Product:
    id: strawberry.ID
    title: str
    image: Image
    category: Category
    variants: list[Variant]


@strawberry.type
class ProductEdge:
    node: Product


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str


@strawberry.type
class ProductConnection:
    edges: list[ProductEdge]
    page_info: PageInfo


@strawberry.type
class Birthday:
    month: int
    day: int


@strawberry.type
class Phone:
    masked: str
    verified_at: datetime
    verified_by: VerifiedBy


@strawberry.type
class Consent:
    purpose: ConsentPurpose
    is_granted: bool
    version: int | None
    newest_version: int
    channel: Channel | None
    at: datetime | None


@strawberry.type
class Viewer:
    id: strawberry.ID
    name: str
    picture_url: str | None
    birthday: Birthday | None
    language: Language | None
    is_personalised: bool
    phone: Phone | None
    joined_at: datetime
    consents: list[Consent]


@strawberry.type
class Query:
    @strawberry.field(graphql_type=ProductConnection)
    async def products(
        self,
        info: Info,
        category_id: strawberry.ID | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> object:
        # The first page of all is what is measured.
        assert category_id is None
        assert after is None
        async with info.context.sessions() as session:
            found = await orm_rows.newest_products(session, first + 1)
        page = found[:first]
        place = round(page[-1].visible_from.timestamp() * 1_000_000)
        return ProductConnection(
            edges=[ProductEdge(node=_as_type(each)) for each in page],
            page_info=PageInfo(
                has_next_page=len(found) > first, end_cursor=f"newest_{page[-1].key.hex}.{place}"
            ),
        )

    @strawberry.field(graphql_type=Product | None)
    async def product(self, info: Info, id: strawberry.ID) -> object:  # noqa: A002 - the field's own
        async with info.context.sessions() as session:
            return await orm_rows.product(session, UUID(hex=id.removeprefix("product_")))

    @strawberry.field(graphql_type=Viewer)
    async def viewer(self, info: Info) -> object:
        context = info.context
        assert isinstance(context.actor, Member)
        async with context.sessions() as session:
            member = await orm_rows.member(session, context.actor.id)
            said = await orm_rows.consents(session, context.actor.id)
        return _viewer(context, member, said)


def _as_type(entity: object) -> Any:
    """What strawberry calls a source: an entity in the place of the type that it is behind."""
    return entity


def _viewer(context: Context, member: orm_rows.Member, said: list[orm_rows.Said]) -> Viewer:
    month, day, phone = member.birth_month, member.birth_day, member.phone
    return Viewer(
        id=strawberry.ID(public_id(MEMBER, member.key)),
        name=member.name,
        picture_url=context.media_url + member.picture_key if member.picture_key else None,
        birthday=Birthday(month=month, day=day) if month and day else None,
        language=member.language,
        is_personalised=member.is_personalised,
        phone=Phone(
            masked=masked(opened(context.vault, member.key, phone.sealed)),
            verified_at=phone.verified_at,
            verified_by=phone.verified_by,
        )
        if phone
        else None,
        joined_at=member.joined_at,
        consents=[_consent(*each) for each in said],
    )


def _consent(purpose: ConsentPurpose, newest: int, entry: orm_rows.ConsentEntry | None) -> Consent:
    return Consent(
        purpose=purpose,
        is_granted=entry is not None and entry.action is ConsentAction.GRANTED,
        version=entry.version if entry else None,
        newest_version=newest,
        channel=entry.channel if entry else None,
        at=entry.at if entry else None,
    )


class View(GraphQL[Context, None]):
    """Strawberry's own view, which knows whoever asks, and writes JSON as fast as can be."""

    def __init__(self, schema: strawberry.Schema, orm: "Orm") -> None:
        super().__init__(schema, graphql_ide=None)
        self._orm = orm

    @override
    async def get_context(self, request: Any, response: Any) -> Context:
        return self._orm.context(request)

    @override
    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    @override
    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


class Orm:
    """The server, with as many connections as the mall has for reads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._vault = settings.required_vault()
        self._media_url = orm_rows.Product.media_url = beside.media_url(settings)
        # Without transactions, of which a read needs none, and without a reset.
        self._engine = engine_on(
            settings.required_database_url(),
            session=beside.SESSION,
            command_seconds=beside.PATIENCE_SECONDS,
            connect_seconds=beside.PATIENCE_SECONDS,
            pool_timeout=beside.PATIENCE_SECONDS,
            pool_size=settings.read_connections,
            max_overflow=0,
            pool_use_lifo=True,
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
        )
        event.listen(self._engine.sync_engine, "checkout", _refuse_closed)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._verifier: Authenticator | None = None

    def app(self) -> Starlette:
        """The application."""
        plain = strawberry.Schema(Query)
        cached = strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])
        routes = [
            Route(beside.ORM_PATH, View(plain, self)),
            Route(beside.ORM_CACHED_PATH, View(cached, self)),
            Route("/livez", beside.livez),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    def context(self, request: Request) -> Context:
        """What a request's resolvers work with; raises as the mall's verifier does."""
        assert self._verifier
        actor = beside.actor_of(self._verifier, request)
        return Context(self._sessions, actor, self._vault, self._media_url)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncGenerator[None]:
        async with beside.open_verifier(self._settings) as self._verifier:
            yield
        await self._engine.dispose()


def _refuse_closed(adapted: Any, _record: object, _proxy: object) -> None:
    """Let the pool make others where the measurement has ended connections to count statements."""
    if adapted.driver_connection.is_closed():
        raise DisconnectionError


if __name__ == "__main__":
    _SETTINGS = beside.settings()
    beside.serve(Orm(_SETTINGS).app(), _SETTINGS)
