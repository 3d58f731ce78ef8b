"""A schema whose roots remember that they were asked, and plans on it."""

import asyncio
from dataclasses import dataclass, field

import strawberry
from graphql import OperationDefinitionNode, parse
from strawberry.schema.config import StrawberryConfig

from api.compiled.collecting import operation_of
from api.compiled.plans import Plan, PlannedInfo
from api.schema import MallSchema


@dataclass
class Asked:
    """A request's context: what ran, in order."""

    names: list[str] = field(default_factory=list[str])
    selected: frozenset[str] | None = None


class Info(strawberry.Info[Asked, None]):
    """Strawberry's info, with a door to what a plan puts into it."""

    @property
    def planned(self) -> frozenset[str] | None:
        """What the plan knows to be selected."""
        return self._raw_info.selected if isinstance(self._raw_info, PlannedInfo) else None


@strawberry.type
class Shell:
    name: str
    weight: int | None = None
    inner: list["Shell"] = strawberry.field(default_factory=list)

    @strawberry.field
    def shout(self) -> str:
        return self.name.upper()


@strawberry.type
class Gone:
    why: str


@strawberry.type
class Query:
    @strawberry.field
    async def shell(self, info: Info, name: str = "nautilus") -> Shell:
        info.context.names.append("shell")
        info.context.selected = info.planned
        # What nobody can answer with, and what breaks.
        wrong: str = None if name == "null" else name  # pyright: ignore
        return Shell(name=wrong, weight=3, inner=[Shell(name="below")])

    @strawberry.field
    async def slow(self, info: Info) -> int:
        info.context.names.append("slow began")
        await asyncio.sleep(0)
        info.context.names.append("slow ended")
        return 1

    @strawberry.field
    async def broken(self, info: Info) -> int | None:
        info.context.names.append("broken")
        raise RuntimeError("broken")


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def change(self, info: Info, name: str) -> Shell | Gone:
        info.context.names.append(name)
        await asyncio.sleep(0)
        if name == "gone":
            return Gone(why="sold")
        wrong: str = None if name == "null" else name  # pyright: ignore
        return Shell(name=wrong)


SCHEMA = MallSchema(Query, Mutation, config=StrawberryConfig(info_class=Info)).executable


def plan_of(text: str) -> Plan:
    """The plan of the only operation of a document."""
    parsed = parse(text)
    node = next(each for each in parsed.definitions if isinstance(each, OperationDefinitionNode))
    return Plan(operation_of(SCHEMA, parsed, node))
