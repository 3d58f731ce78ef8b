"""Refusals as data: each `Refused` of the domain has a GraphQL type of the same name (3.6)."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import strawberry
from strawberry.extensions import FieldExtension
from typing_extensions import override

from api.context import Context
from domain.kernel.errors import Refused
from domain.kernel.language import Language, Sentence

_T = TypeVar("_T", bound=type)
_TOLD: dict[type[Refused], tuple[type, Sentence]] = {}


@strawberry.interface(
    description="A no of the business. Every document ends its results with "
    "`... on Refusal { message }`, for refusals it has never heard of."
)
class Refusal:
    message: str = strawberry.field(description="A sentence for people, in the caller's language.")


def refusal(refused: type[Refused], sentence: Sentence) -> Callable[[_T], _T]:
    """Tell a refusal of the domain as the decorated GraphQL type.

    The type's fields are filled from the refusal's attributes of the same names, and its
    message from ``sentence``, whose particulars are those attributes.
    """

    def register(graphql_type: _T) -> _T:
        _TOLD[refused] = (graphql_type, sentence)
        return graphql_type

    return register


def told(refused: Refused, language: Language) -> object:
    """Make the GraphQL value of a refusal; a refusal without a type is a bug: KeyError."""
    graphql_type, sentence = _TOLD[type(refused)]
    return graphql_type(message=sentence.told_in(language, vars(refused)), **vars(refused))


class RefusalsAsData(FieldExtension):
    """Turns what a mutation's use case refuses into a member of the mutation's union."""

    @override
    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[object]],
        source: object,
        info: strawberry.Info[Context, None],
        **kwargs: Any,
    ) -> object:
        try:
            return await next_(source, info, **kwargs)
        except Refused as refused:
            return told(refused, info.context.language)
