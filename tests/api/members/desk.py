"""What members and staff do about members through trusted documents, as the tests need it."""

from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from api.attempts import Attempts
from api.auth import DEVELOPER
from api.documents import Documents
from api.execution import Executor
from api.members.desk import MemberDesk
from api.schema import ACCESS, SCHEMA
from domain.kernel.actors import Actor, Member, Role, Staff
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.members.ports import CodeProblem, CodeRefused, VerifiedPhone
from domain.members.rules import CodeBounds
from domain.members.words import CodePurpose
from domain.payments.ports import PaymentGateway
from tests import make
from tests.api.catalog.desk import a_request
from tests.api.client import DOCUMENT_IDS
from tests.api.contexts import VAULT, attempts_alone, context_of
from tests.domain.members.people import a_member, publish, sign_in
from tests.make import NOON

__all__ = ["NOON", "a_member", "publish", "sign_in"]

_RANDOM = Random(5)
REASON = "核实情况"
GUIDE = Staff(make.an_id(), "小顾", Role.GUIDE)


class Phones:
    """WeChat's phone button: each code opens a number once."""

    def __init__(self, **numbers: str) -> None:
        self.numbers = numbers
        self.asked: list[str] = []
        self.error: Exception | None = None

    async def phone_of(self, code: str) -> VerifiedPhone:
        """The number behind a code, which is used up."""
        self.asked.append(code)
        if self.error is not None:
            raise self.error
        number = self.numbers.pop(code, None)
        if number is None:
            raise CodeRefused(CodeProblem.USED)
        return VerifiedPhone(number)


class Messages:
    """A gateway that keeps what it was given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Language]] = []
        self.purposes: list[CodePurpose] = []
        self.error: Exception | None = None

    async def send(
        self, phone: str, code: str, *, purpose: CodePurpose, language: Language
    ) -> None:
        """Keep a message, or fail as was wished."""
        if self.error is not None:
            raise self.error
        self.sent.append((phone, code, language))
        self.purposes.append(purpose)


@cache
def schema() -> tuple[Documents, Executor]:
    """The whole schema, put together once."""
    return Documents(SCHEMA, ACCESS, adhoc_allowed=True), Executor(SCHEMA)


@dataclass
class Caller:
    """Somebody who runs trusted documents, at noon."""

    database: Database
    actor: Actor | None
    phones: Phones | None = None
    messages: Messages | None = None
    random: Random = field(default=_RANDOM)
    attempts: Attempts = field(default_factory=attempts_alone)
    language: Language = Language.EN
    gateway: PaymentGateway | None = None

    async def run(self, document: str, **variables: object) -> Any:
        """Run a document and answer with the whole response."""
        documents, executor = schema()
        context = msgspec.structs.replace(
            context_of(
                self.database,
                self.language,
                self.actor,
                random=self.random,
                gateway=self.gateway,
            ),
            members=MemberDesk(
                VAULT, self.attempts, CodeBounds(), wechat_phone=self.phones, sms=self.messages
            ),
        )
        trusted = documents.trusted(DOCUMENT_IDS[document])
        answer = await executor.run(trusted, None, variables, context, trace_id="test")
        return answer.body

    async def read(self, document: str, **variables: object) -> Any:
        """Run a document of the mini-program and answer with its one field."""
        return _one(await self.run(f"miniprogram/{document}", **variables))

    async def do(self, mutation: str, **given: object) -> Any:
        """Run a mutation of the mini-program, with a request id of its own unless one is given."""
        whole = {"requestId": a_request(), **given}
        return _one(await self.run(f"miniprogram/{mutation}", input=whole))

    async def see(self, document: str, **variables: object) -> Any:
        """Run a document of the staff and answer with its one field."""
        return _one(await self.run(f"playground/{document}", **variables))

    async def act(self, mutation: str, **given: object) -> Any:
        """Run a mutation of the staff, with a request id and a reason of its own."""
        whole = {"requestId": a_request(), "reason": REASON, **given}
        return _one(await self.run(f"playground/{mutation}", input=whole))

    async def publish_text(self, purpose: str, **text: object) -> Any:
        """Publish a text as staff."""
        return await self.act("PublishConsentText", purpose=purpose, **text)

    async def code(self, document: str, **variables: object) -> str:
        """The code of the fault that a document ends with."""
        (error,) = (await self.run(document, **variables))["errors"]
        return error["extensions"]["code"]


def member(database: Database, member_id: UUID, **more: Any) -> Caller:
    """A member who is signed in."""
    return Caller(database, Member(member_id, make.an_id()), **more)


def staff(database: Database, actor: Staff = DEVELOPER) -> Caller:
    """Somebody of the staff who is signed in."""
    return Caller(database, actor)


def id_of(member_id: UUID) -> str:
    """A member's public id."""
    return public_id("member", member_id)


def _one(response: Any) -> Any:
    assert "errors" not in response, response
    (field,) = response["data"].values()
    return field
