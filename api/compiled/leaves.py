"""Values of an answer: what stands for itself, and the schema's own coercion for all the rest."""

from collections.abc import Callable, Mapping
from enum import Enum
from types import GeneratorType
from typing import Any, Final

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils.is_awaitable import is_awaitable
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

from api.compiled.errors import Unexpected

PLAIN: Final[set[type]] = set()
"""Classes whose values are neither exceptions nor awaited: those that were met and are not."""

_STANDING: Mapping[GraphQLLeafType, str] = {
    GraphQLString: "type({x}) is str",
    GraphQLID: "type({x}) is str",
    GraphQLBoolean: "type({x}) is bool",
    GraphQLInt: f"type({{x}}) is int and {GRAPHQL_MIN_INT} <= {{x}} <= {GRAPHQL_MAX_INT}",
}
_STANDING_BY_COERCION: Mapping[Callable[..., Any], str] = {
    int: "type({x}) is int",
    str: "type({x}) is str",
}


def check(value: object) -> None:
    """Let a value of a class that is not `PLAIN` yet pass, or raise `Unexpected`.

    graphql-core raises an exception that a resolver returns, and awaits what can be awaited.
    """
    if value is Undefined or isinstance(value, Exception) or is_awaitable(value):
        raise Unexpected
    kind = type(value)
    # An instance that makes up attributes may be awaited though another of its class is not.
    if not issubclass(kind, GeneratorType) and not hasattr(kind, "__getattr__"):
        PLAIN.add(kind)


class Recognition:
    """Which classes of values are of an object type that tells its own.

    A class is asked about once: `is_type_of` judges by it.
    """

    def __init__(self, of_type: GraphQLObjectType) -> None:
        self._is_type_of: Any = of_type.is_type_of
        self.known: set[type] = set()

    def recognise(self, value: object, info: object) -> None:
        """Let a value of a class that is not ``known`` yet pass, or raise `Unexpected`."""
        if type(value) not in PLAIN:
            check(value)
        if self._is_type_of(value, info) is not True:
            raise Unexpected
        if type(value) in PLAIN:
            self.known.add(type(value))


def standing(leaf: GraphQLLeafType) -> str | None:
    """The condition on ``{x}`` under which a value is its own coercion, as source text."""
    if leaf in _STANDING:
        return _STANDING[leaf]
    if isinstance(leaf, GraphQLEnumType):
        return None
    return _STANDING_BY_COERCION.get(leaf.coerce_output_value)


def enum_names(leaf: GraphQLLeafType) -> tuple[type[Enum], Mapping[Enum, str]] | None:
    """A Python enum and the coercion of each member, where the type is made from one."""
    if not isinstance(leaf, GraphQLEnumType):
        return None
    members: object = getattr(leaf, "wrapped_cls", None)
    if not (isinstance(members, type) and issubclass(members, Enum)):
        return None
    return members, {each: leaf.coerce_output_value(each) for each in members}


def completion(leaf: GraphQLLeafType, *, is_required: bool) -> Callable[[Any], Any]:
    """Make the function that coerces any value as the schema does, or raises.

    Whatever it raises means that graphql-core has to complete the answer.
    """
    coerce = leaf.coerce_output_value

    def complete(value: Any) -> Any:
        if value is None:
            if is_required:
                raise Unexpected
            return None
        if type(value) not in PLAIN:
            check(value)
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise Unexpected
        return coerced

    return complete
