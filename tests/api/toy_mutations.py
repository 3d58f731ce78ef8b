"""A schema of the tests' own: one mutation of the staff, as a context would write it."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry
from sqlalchemy import func, select

from api.access import Access, access_by_root_field, root_field
from api.context import Info
from api.documents import Documents
from api.execution import Executor
from api.refusals import InvalidInput, Refusal, refusal, root_mutation
from api.schema import Mutation, Query, Subscription, schema_of
from domain.kernel import errors, problems
from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id, public_id
from domain.kernel.language import Sentence
from domain.members.models import Member

LONGEST_NAME = 10


class Joined(msgspec.Struct, frozen=True):
    """A member who has joined, as the answer is kept."""

    member_id: UUID
    name: str
    joined_at: datetime


@dataclass(eq=False)
class NameTaken(errors.Refused):
    """Another member has the name."""

    name: str
    holder_id: UUID


async def join(session: WriteSession, name: str, *, at: datetime, random: Random) -> Joined:
    """Let somebody join. Writes first and judges then, so that a refusal has what to undo.

    Refuses: InvalidInput, NameTaken. Breaks down over the name "bug", faults over "fault".
    """
    holder_id = await session.scalar(select(Member.id).where(Member.name == name))
    member = Member(id=new_id(at, random), name=name, joined_at=at)
    session.add(member)
    await session.flush()
    if len(name) > LONGEST_NAME:
        raise errors.InvalidInput([problems.TOO_LONG.at("name", most=LONGEST_NAME)])
    if holder_id is not None:
        raise NameTaken(name=name, holder_id=holder_id)
    if name == "bug":
        raise RuntimeError("a bug")
    if name == "fault":
        raise errors.Busy(7)
    return Joined(member.id, name, at)


@refusal(
    NameTaken,
    Sentence(zh="“{name}”已有人使用。", en='"{name}" is somebody else\'s.'),
    lambda refused, _: {"holder_id": public_id("member", refused.holder_id)},
)
@strawberry.type(name="NameTaken", description="Another member has the name.")
class NameTakenType(Refusal):
    holder_id: strawberry.ID = strawberry.field(description="Who has it.")


@strawberry.type(description="The member has joined.")
class JoinSuccess:
    name: str = strawberry.field(description="The name.")
    joined_at: datetime = strawberry.field(description="When.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, Joined)


@strawberry.input(description="Who joins.")
class JoinInput:
    request_id: UUID = strawberry.field(description="The request.")
    name: str = strawberry.field(description="The name.")
    motto: strawberry.Maybe[str | None] = strawberry.field(description="A motto, or none.")


JoinResult = Annotated[
    JoinSuccess | NameTakenType | InvalidInput, strawberry.union("JoinResult", description="How.")
]


@strawberry.type(name="Mutation", description="What can be done: all of the mall, and more.")
class ToyMutation(Mutation):
    @root_mutation(access=Access.STAFF, graphql_type=JoinResult, description="Let one join.")
    async def join(
        self,
        info: Info,
        given: Annotated[JoinInput, strawberry.argument(name="input", description="Who.")],
    ) -> Joined:
        context = info.context

        async def act(session: WriteSession) -> Joined:
            return await join(session, given.name, at=context.now(), random=context.random)

        return await context.once("join", given.request_id, given, act, answer=Joined)


@strawberry.type(name="Query", description="What can be read: what the mall has, and more.")
class ToyQuery(Query):
    @root_field(access=Access.ANYONE, graphql_type=int, description="A number for anyone.")
    async def number(self) -> int:
        return 7

    @root_field(access=Access.STAFF, graphql_type=int, description="How many have joined.")
    async def joined(self, info: Info) -> int:
        async with info.context.writes() as session:
            return (await session.scalars(select(func.count()).select_from(Member))).one()

    @root_field(access=Access.ANYONE, graphql_type=str, description="Who asks.")
    async def asker(self, info: Info) -> str:
        return info.context.staff().name if info.context.actor else "anybody"


SCHEMA = schema_of(ToyQuery, ToyMutation, Subscription).executable
ACCESS = access_by_root_field(SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)
EXECUTOR = Executor(SCHEMA)


def documents() -> Documents:
    """Any document on the toy."""
    return Documents(SCHEMA, ACCESS, adhoc_allowed=True)
