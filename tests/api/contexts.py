"""Contexts of requests, for tests that run a schema of their own."""

from pathlib import Path
from random import Random

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.routing import Route

from api.aftersales.desk import CaseDesk
from api.attempts import Attempts
from api.auth import Authenticator
from api.context import Context
from api.documents import Documents
from api.endpoint import Gates, GraphQLEndpoint
from api.execution import Executor
from api.gate import Gate
from api.hashing import Hashing
from api.members.desk import MemberDesk
from api.messages.desk import TemplateDesk
from api.orders.desk import TextDesk
from api.orders.order_watch import OrderWatch
from api.orders.ordering import ordering_on
from api.payments.desk import payment_desk
from api.points.desk import PointsDesk
from api.sessions.watch import SessionWatch
from api.staff.desk import StaffDesk
from api.uploads.desk import UploadDesk
from domain.aftersales.rules import USUAL_TERMS
from domain.kernel.actors import Actor
from domain.kernel.db import Database, ReadPool
from domain.kernel.errors import Unauthenticated
from domain.kernel.language import Language
from domain.kernel.sealing import Vault, master_keys
from domain.media.completing import Completer
from domain.media.encoder import PictureEncoder
from domain.members.rules import CodeBounds
from domain.payments.ports import PaymentGateway
from tests import make
from tests.api.client import STAFF_TOKEN
from tests.conftest import MASTER_KEY
from tests.make import NOON

VAULT = Vault(master_keys(MASTER_KEY))
"""What the tests' own malls seal with."""
HASHING = Hashing()
"""Where the tests' own malls hash."""


def context_of(
    database: Database,
    language: Language = Language.EN,
    actor: Actor | None = None,
    *,
    reads: ReadPool | None = None,
    random: Random | None = None,
    gateway: PaymentGateway | None = None,
) -> Context:
    """A request at noon, of a mall that keeps no pictures."""
    store = make.media_folder(Path("/nowhere"))
    completer = Completer(database.writes.begin, store, PictureEncoder(), lambda: NOON)
    return Context(
        language,
        actor,
        reads=reads or database.reads,
        writes=database.writes,
        clock=lambda: NOON,
        random=random or Random(1),
        media_url="",
        uploads=UploadDesk(store, completer, Gate("toy", running=1, waiting=0, patience_seconds=0)),
        members=MemberDesk(VAULT, attempts_alone(), CodeBounds(), wechat_phone=None, sms=None),
        session_watch=SessionWatch(database.probe, lambda: NOON),
        order_watch=OrderWatch(database.probe, lambda: NOON),
        staff_desk=StaffDesk(HASHING, "mall.example"),
        texts=TextDesk(),
        payments=payment_desk(
            database, gateway, lambda: NOON, real_clock=lambda: NOON, random=Random(1)
        ),
        templates=TemplateDesk(),
        cases=CaseDesk(USUAL_TERMS, "http://mall.test", VAULT),
        points=PointsDesk(),
        ordering=ordering_on(database.hot, lambda: NOON, random or Random(1)),
    )


def attempts_alone() -> Attempts:
    """Attempts of one process, whose Valkey is away."""
    return Attempts(Redis.from_url("unix:///nowhere/valkey.sock"), VAULT, lambda: NOON)


def nobody(_token: str) -> Actor:
    """Whom any access token names here."""
    raise Unauthenticated


def gates_of(running: int) -> Gates:
    """Gates that let so many through at once, without anybody waiting."""
    return Gates(*(Gate("toy", running=running, waiting=0, patience_seconds=0) for _ in range(5)))


def app_of(
    database: Database,
    documents: Documents,
    executor: Executor,
    *,
    running: int = 9,
    reads: ReadPool | None = None,
) -> Starlette:
    """A mall with a schema of the test's own behind ``/graphql``, without anybody waiting."""
    random = Random(1)
    endpoint = GraphQLEndpoint(
        documents,
        executor,
        gates_of(running),
        Authenticator(nobody, STAFF_TOKEN),
        lambda language, actor: context_of(database, language, actor, reads=reads, random=random),
    )
    return Starlette(routes=[Route("/graphql", endpoint)])
