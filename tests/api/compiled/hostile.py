"""Values for any type of the schema: what a resolver answers with on good days and on bad ones."""

from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

DEEPEST = 6


class Source:
    """Whatever is to pass for an instance of a class, with attributes of its own."""

    def __init__(self, kind: type, attributes: dict[str, object]) -> None:
        self.__dict__.update(attributes)
        self.__dict__["_kind"] = kind

    @property
    def __class__(self) -> type:  # pyright: ignore
        return self.__dict__["_kind"]

    def __repr__(self) -> str:
        return f"a source of {self.__dict__['_kind'].__name__}"


class Awaited:
    """Something that can be awaited, again and again."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __await__(self) -> Generator[None, None, object]:
        yield
        return self._value


class Failure(RuntimeError):
    """An exception that has all that is read of it."""

    def __init__(self, attributes: dict[str, object]) -> None:
        super().__init__("failed")
        self.__dict__.update(attributes)


class Late:
    """Something to be awaited that has all that is read of it."""

    def __init__(self, attributes: dict[str, object]) -> None:
        self.__dict__.update(attributes)

    def __await__(self) -> Generator[None, None, None]:
        yield

    def __repr__(self) -> str:
        return "something late"


class Stranger:
    """Something of no type's class that has all that is read of it."""

    def __init__(self, attributes: dict[str, object]) -> None:
        self.__dict__.update(attributes)

    def __repr__(self) -> str:
        return "a stranger"


class Text(str):
    """A text that is not quite one."""

    __slots__ = ()


class Number(int):
    """A number that is not quite one."""


class Other(Enum):
    """An enum that no field has."""

    A = "newest"


class Breaking:
    """Something of which every attribute breaks."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        return "something that breaks"


class Counted:
    """Something that can be iterated, and is no list."""

    def __init__(self, items: list[object]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[object]:
        return iter(self._items)


def odd_value(random: Random) -> object:
    """A value that fits hardly anywhere."""
    return random.choice(
        [
            *(None, Undefined, True, 0, 3.0, 3.5, float("nan"), 2**40, -(2**31), "", "7"),
            *(Text("text"), Number(4), Other.A, Decimal(5), b"bytes", [], (), {}, ["a", None]),
            *(frozenset({"a"}), {"id": "1"}, RuntimeError("returned"), Awaited("late")),
            *(Awaited(None), Awaited(RuntimeError("late")), Breaking(), Counted([]), int, object),
        ]
    )


class Sources:
    """Makes values for types; ``hostility`` is the share of them that are odd."""

    def __init__(self, schema: GraphQLSchema, random: Random, hostility: float) -> None:
        self._schema = schema
        self._random = random
        self._hostility = hostility

    def value(self, of_type: Any, depth: int = 0) -> object:
        """A value for a field of that type."""
        if self._random.random() < self._hostility:
            return odd_value(self._random)
        if is_non_null_type(of_type):
            return self._present(_inner(of_type), depth)
        return None if self._random.random() < 0.15 else self._present(of_type, depth)

    def _present(self, of_type: Any, depth: int) -> object:
        random = self._random
        if is_list_type(of_type):
            many = 0 if depth >= DEEPEST else random.choice([0, 1, 1, 2, 3])
            items = [self.value(_inner(of_type), depth + 1) for _ in range(many)]
            return random.choice([items, items, tuple(items)])
        if is_leaf_type(of_type):
            return self._leaf(of_type)
        if is_abstract_type(of_type):
            of_type = random.choice(self._schema.get_possible_types(of_type))
        return self._object(of_type, depth)

    def _object(self, of_type: GraphQLObjectType, depth: int) -> object:
        attributes: dict[str, object] = {}
        kind = _class_behind(of_type)
        for field in of_type.fields.values():
            if self._random.random() >= self._hostility / 2:
                name = field.extensions["strawberry-definition"].python_name
                attributes[name] = self.value(field.type, depth + 1)
        if self._random.random() < self._hostility * 4:
            return self._random.choice([Failure, Late, Stranger])(attributes)
        definition = of_type.extensions["strawberry-definition"]
        if kind is definition.origin:
            attributes["__strawberry_definition__"] = definition
        return Source(kind, attributes)

    def _leaf(self, of_type: Any) -> object:
        random = self._random
        if isinstance(of_type, GraphQLEnumType):
            members = list(getattr(of_type, "wrapped_cls"))  # noqa: B009 - strawberry's own
            member = random.choice(members)
            return random.choice([member, member, member.value])
        number = random.randrange(-(2**31), 2**31)
        values: dict[str, list[object]] = {
            "String": ["", "山茶", "text", Text("text"), number],
            "ID": ["product_1", number],
            "Int": [number, 0, 3.0, Number(4), "12", True],
            "Boolean": [True, False, 1],
            "Money": [number, 0, 2**40, 3.5, "12"],
            "Points": [number, 0, 2**40, 3.5, "12"],
            "DateTime": [datetime(2026, 11, 28, tzinfo=UTC)],
            "UUID": [UUID(int=number % 2**31), "text"],
        }
        if random.random() < self._hostility * 4:
            return random.choice([2**31, 2**31 - 1, -(2**31), -(2**31) - 1, -0.0, "ten"])
        # Mostly what resolvers answer with, which stands first.
        own = values[of_type.name]
        return random.choice([own[0], own[0], own[0], *own])


@cache
def _class_behind(of_type: GraphQLObjectType) -> type:
    """A class whose instances the type takes for its own."""
    origin: type = of_type.extensions["strawberry-definition"].origin
    if of_type.is_type_of is None:
        return SimpleNamespace
    for kind in [origin, *_structs(msgspec.Struct)]:
        if of_type.is_type_of(Source(kind, {}), None):  # pyright: ignore
            return kind
    raise LookupError(of_type.name)


def _inner(of_type: Any) -> Any:
    return of_type.of_type


def _structs(kind: type) -> Iterator[type]:
    for below in kind.__subclasses__():
        yield below
        yield from _structs(below)
