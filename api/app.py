"""The API's ASGI application: its routes, and the pools that live as long as it does."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from api.aftersales.desk import CaseDesk
from api.attempts import Attempts
from api.auth import Authenticator
from api.caching.answers import PublicAnswers
from api.context import Context
from api.documents import Documents
from api.endpoint import ContextOf, Gates, GraphQLEndpoint
from api.execution import Executor
from api.files import download_routes
from api.front_page import FrontPage
from api.gate import Gate
from api.hashing import Hashing
from api.health import Health, Readiness
from api.lock_outs import LockOuts
from api.media import Media
from api.members.desk import MemberDesk
from api.messages.desk import TemplateDesk
from api.middleware import FindKept, ShortCut, TraceRequests
from api.oauth.opening import Services, open_oauth
from api.oauth.tokens import AccessTokens
from api.orders.desk import TextDesk
from api.orders.order_watch import OrderWatch
from api.orders.ordering import AT_GATEWAY, BATCHED, Ordering, open_ordering
from api.payments.desk import PaymentDesk, payment_desk
from api.playground.build import Build
from api.playground.serving import Playground, Surroundings
from api.points.desk import points_desk
from api.schema import ACCESS, SCHEMA
from api.sessions.watch import SessionWatch
from api.sockets.connections import Connections
from api.sockets.handshake import SocketEndpoint
from api.sockets.operations import Operations
from api.sockets.origins import Origins
from api.sockets.stream import EventsOrAnswers, EventStreamEndpoint
from api.staff.desk import StaffDesk
from api.uploads.desk import UploadDesk, open_upload_desk
from api.uploads.receiving import UploadEndpoint
from api.webhooks.wechat_pay import PATH as WECHAT_PAY
from api.webhooks.wechat_pay import WeChatPayNotices
from domain.aftersales.rules import terms_of
from domain.gateways.media_folder import MediaFolder
from domain.gateways.outside import open_outside
from domain.gateways.stores import media_store
from domain.kernel.clock import Clock, system_clock
from domain.kernel.db import Database, open_database
from domain.kernel.outside_settings import VENDOR_URL
from domain.kernel.settings import Profile, Settings
from domain.media.ports import ObjectStore
from domain.members.rules import CodeBounds
from domain.messages.words import MessageKind
from domain.orders.refunding.terms import refund_terms_of
from domain.payments.beginning import Counter
from domain.points.rules.terms import terms_of as points_terms_of

_MOST_BODIES = 2_000
"""Bodies that arrive at once: at 100 KB each and three seconds at the most."""
_PATIENCE_SECONDS = 1.0
_REDIS_CONNECTIONS = 8
_REDIS_SECONDS = 0.2
_MEDIA_PATH = "/media"
_GRAPHQL_PATH = "/graphql"


@asynccontextmanager
async def open_app(
    settings: Settings,
    readiness: Readiness,
    *,
    clock: Clock,
    random: Random,
    older_revisions: frozenset[str],
) -> AsyncGenerator[ShortCut]:
    """Open the pools, build the application on them, and close them when it has ended.

    ``older_revisions`` are those of the schema that this release cannot run on.
    """
    redis = _redis(settings.required_redis_url())
    store = media_store(settings)
    try:
        async with (
            _database(settings) as database,
            open_upload_desk(database.writes, store, clock) as uploads,
            _open_services(settings, clock, redis, store, random) as services,
            open_oauth(database, services, clock=clock, random=random) as oauth,
            _open_watches(database, clock) as watches,
            _open_checkout(settings, database, services, clock, random) as checkout,
            _open_public_answers(settings) as public,
        ):
            context_of = _context_of(
                database, uploads, services, watches, checkout, clock=clock, random=random
            )
            authenticator = _authenticator(settings, oauth.tokens)
            health = _health_routes(
                settings, readiness, database, redis=redis, clock=clock, older=older_revisions
            )
            async with _open_connections(authenticator, readiness) as connections:
                graphql = _graphql(settings, authenticator, connections, context_of, public)
                files = _file_routes(settings, store)
                uploading = _upload_routes(store, database, clock)
                downloading = download_routes(
                    services.members.vault, store, database, clock, random
                )
                rest = [*health, *uploading, *downloading, *oauth.routes, *files]
                notices = WeChatPayNotices(checkout.payments)
                yield _front(graphql, notices, rest, random)
    finally:
        await redis.aclose(close_connection_pool=True)


@dataclass(frozen=True, slots=True)
class _GraphQL:
    """What answers at ``/graphql``: by HTTP, also with events by a POST, and by WebSocket."""

    http: EventsOrAnswers
    sockets: SocketEndpoint
    kept: FindKept


def _front(
    graphql: _GraphQL, notices: WeChatPayNotices, rest: list[BaseRoute], random: Random
) -> ShortCut:
    """GraphQL over HTTP and notices of payments by the short cut, and all the rest by Starlette."""
    routes = [
        Route(_GRAPHQL_PATH, graphql.http),
        WebSocketRoute(_GRAPHQL_PATH, graphql.sockets),
    ]
    tracing = Middleware(TraceRequests, random=random)
    starlette = Starlette(routes=[*routes, *rest], middleware=[tracing])
    straight = {
        _GRAPHQL_PATH: TraceRequests(graphql.http, random, graphql.kept),
        WECHAT_PAY: TraceRequests(notices, random),
    }
    return ShortCut(starlette, straight)


@asynccontextmanager
async def _open_services(
    settings: Settings, clock: Clock, redis: Redis, store: ObjectStore, random: Random
) -> AsyncGenerator[Services]:
    vault = settings.required_vault()
    with closing(Hashing()) as hashing:
        async with open_outside(settings, system_clock, redis, random) as outside:
            yield Services(
                issuer=settings.base_url,
                wechat_app_id=settings.wechat_app_id,
                login=outside.login,
                members=MemberDesk(
                    vault,
                    Attempts(redis, vault, clock),
                    CodeBounds(settings.sms_calling_codes, settings.sms_most_a_minute),
                    outside.phone,
                    outside.sms,
                ),
                public_address=store.public_address,
                staff=StaffDesk(hashing, urlsplit(settings.base_url).netloc),
                lock_outs=LockOuts(redis, vault, clock),
                texts=TextDesk(outside.engravings, settings.wechat_app_id),
                gateway=outside.wechat_pay,
                templates=_templates(settings),
                cases=CaseDesk(terms_of(settings), settings.base_url, vault),
                points=points_desk(settings),
            )


def _templates(settings: Settings) -> TemplateDesk:
    given = settings.wechat_templates.items()
    return TemplateDesk({MessageKind(kind): each.id for kind, each in given})


@dataclass(frozen=True, slots=True)
class _Watches:
    """What looks at what people watch."""

    sessions: SessionWatch
    orders: OrderWatch


@asynccontextmanager
async def _open_watches(database: Database, clock: Clock) -> AsyncGenerator[_Watches]:
    watches = _Watches(SessionWatch(database.reads, clock), OrderWatch(database.reads, clock))
    async with watches.sessions.kept(), watches.orders.kept():
        yield watches


@dataclass(frozen=True, slots=True)
class _Checkout:
    """Where orders are placed, and where they are paid."""

    ordering: Ordering
    payments: PaymentDesk


@asynccontextmanager
async def _open_checkout(
    settings: Settings, database: Database, services: Services, clock: Clock, random: Random
) -> AsyncGenerator[_Checkout]:
    gateway, terms = services.gateway, points_terms_of(settings)
    counter, receipt_after = Counter(gateway, settings.name), timedelta(days=settings.receipt_days)
    async with open_ordering(
        database.hot, clock, random, counter, receipt_after, terms
    ) as ordering:
        desk = payment_desk(
            database, gateway, clock, real_clock=system_clock, random=random,
            terms=refund_terms_of(settings), fresh=counter.fresh,
        )  # fmt: skip
        yield _Checkout(ordering, desk)


@asynccontextmanager
async def _open_public_answers(settings: Settings) -> AsyncGenerator[PublicAnswers | None]:
    if not settings.public_answers:
        yield None
        return
    answers = PublicAnswers(settings.public_answers)
    async with answers.kept(settings.required_database_url()):
        yield answers


def _database(settings: Settings) -> AbstractAsyncContextManager[Database]:
    return open_database(
        settings.required_database_url(),
        read_connections=settings.read_connections,
        write_connections=settings.write_connections,
        hot_connections=settings.hot_connections,
    )


def _health_routes(
    settings: Settings,
    readiness: Readiness,
    database: Database,
    *,
    redis: Redis,
    clock: Clock,
    older: frozenset[str],
) -> list[Route]:
    token = settings.metrics_token
    health = Health(
        readiness,
        database.probe,
        redis,
        clock,
        older_revisions=older,
        metrics_token=token.get_secret_value() if token else None,
        metrics_are_open=settings.profile is Profile.DEVELOPMENT,
    )
    return [
        Route("/livez", health.livez),
        Route("/readyz", health.readyz),
        Route("/metrics", health.metrics),
    ]


@asynccontextmanager
async def _open_connections(
    authenticator: Authenticator, readiness: Readiness
) -> AsyncGenerator[Connections]:
    """Look after the connections of subscriptions, and say goodbye on them before leaving."""
    connections = Connections(authenticator)
    readiness.farewells.append(connections.leave)
    async with connections.kept():
        yield connections


def _context_of(
    database: Database,
    uploads: UploadDesk,
    services: Services,
    watches: _Watches,
    checkout: _Checkout,
    *,
    clock: Clock,
    random: Random,
) -> ContextOf:
    return partial(
        Context,
        reads=database.reads,
        writes=database.writes,
        clock=clock,
        random=random,
        media_url=uploads.store.public_address,
        uploads=uploads,
        members=services.members,
        session_watch=watches.sessions,
        order_watch=watches.orders,
        staff_desk=services.staff,
        texts=services.texts,
        payments=checkout.payments,
        ordering=checkout.ordering,
        templates=services.templates,
        cases=services.cases,
        points=services.points,
    )


def _authenticator(settings: Settings, tokens: AccessTokens) -> Authenticator:
    staff_token = settings.staff_token
    return Authenticator(tokens.actor, staff_token.get_secret_value() if staff_token else None)


def _graphql(
    settings: Settings,
    authenticator: Authenticator,
    connections: Connections,
    context_of: ContextOf,
    public: PublicAnswers | None,
) -> _GraphQL:
    is_development = settings.profile is Profile.DEVELOPMENT
    documents = Documents(
        SCHEMA, ACCESS, adhoc_allowed=is_development, batched=BATCHED, at_gateway=AT_GATEWAY
    )
    executor, gates = Executor(SCHEMA), _gates(settings)
    operations = Operations(documents, executor, gates, context_of)
    answers = GraphQLEndpoint(documents, executor, gates, authenticator, context_of, public)
    events = EventStreamEndpoint(connections, operations, gates.receiving)
    sockets = SocketEndpoint(connections, operations, Origins(settings.base_url))
    return _GraphQL(EventsOrAnswers(events, answers), sockets, answers.kept)


def _gates(settings: Settings) -> Gates:
    return Gates(
        receiving=Gate(
            "receiving", running=_MOST_BODIES, waiting=0, patience_seconds=_PATIENCE_SECONDS
        ),
        browse=Gate(
            "browse",
            running=settings.browse_running,
            waiting=settings.browse_waiting,
            patience_seconds=_PATIENCE_SECONDS,
        ),
        adhoc=Gate(
            "adhoc",
            running=settings.adhoc_running,
            waiting=settings.adhoc_waiting,
            patience_seconds=_PATIENCE_SECONDS,
        ),
        # Nobody waits for a turn to wait: the batchers have queues of their own.
        ordering=Gate(
            "ordering",
            running=settings.ordering_running,
            waiting=0,
            patience_seconds=_PATIENCE_SECONDS,
        ),
        paying=Gate(
            "paying",
            running=settings.paying_running,
            waiting=0,
            patience_seconds=_PATIENCE_SECONDS,
        ),
    )


def _file_routes(settings: Settings, store: ObjectStore) -> list[BaseRoute]:
    """The way for what everybody may see: pictures, and the playground."""
    is_development = settings.profile is Profile.DEVELOPMENT
    has_fake_wechat = is_development and settings.wechat_url != VENDOR_URL
    surroundings = Surroundings(
        settings.name,
        settings.base_url,
        store.public_address,
        is_development=is_development,
        wechat=settings.wechat_url if has_fake_wechat else None,
    )
    playground = Playground(Build(), surroundings)
    front = Route("/", FrontPage(settings.name, is_development=is_development).answer)
    return [front, Mount(_MEDIA_PATH, Media(settings.media_folder)), *playground.routes()]


def _upload_routes(store: ObjectStore, database: Database, clock: Clock) -> list[Route]:
    """The way for uploads through this process, where no other store takes them."""
    if not isinstance(store, MediaFolder):
        return []
    endpoint = UploadEndpoint(database, store, clock)
    return [Route("/uploads/{upload_id}", endpoint.put, methods=["PUT"])]


def _redis(url: str) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_REDIS_CONNECTIONS,
        timeout=_REDIS_SECONDS,
        socket_timeout=_REDIS_SECONDS,
        socket_connect_timeout=_REDIS_SECONDS,
    )
    return Redis(connection_pool=pool)
