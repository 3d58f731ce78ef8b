"""Refusals as data: each `Refused` of the domain has a GraphQL type of the same name (3.6)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry
from strawberry.extensions import FieldExtension
from typing_extensions import override

from api.access import Access, root_field
from api.context import Context
from api.limits import sized
from domain.kernel import errors
from domain.kernel.errors import Refused
from domain.kernel.language import Language, Sentence

_T = TypeVar("_T", bound=type)
_R = TypeVar("_R", bound=Refused)

Particulars = Callable[[_R, Language], Mapping[str, object]]
"""Makes the values of a refusal's fields, in the caller's language."""


@dataclass(frozen=True, slots=True)
class _Told(Generic[_R]):
    """How a refusal is told."""

    graphql_type: type
    sentence: Sentence
    particulars: Particulars[_R]


_TOLD: dict[type[Refused], _Told[Any]] = {}


@strawberry.interface(
    description="A no of the business. Every document ends its results with "
    "`... on Refusal { message }`, for refusals it has never heard of."
)
class Refusal:
    message: str = strawberry.field(description="A sentence for people, in the caller's language.")


def refusal(
    refused: type[_R], sentence: Sentence, particulars: Particulars[_R] | None = None
) -> Callable[[_T], _T]:
    """Tell a refusal of the domain as the decorated GraphQL type.

    The type's fields are filled from the refusal's fields of the same names, or from what
    ``particulars`` makes of them (public ids, sentences). Its message comes from ``sentence``,
    whose particulars are the refusal's fields.
    """

    def register(graphql_type: _T) -> _T:
        _TOLD[refused] = _Told(graphql_type, sentence, particulars or _as_they_are)
        return graphql_type

    return register


def told(refused: Refused, language: Language) -> object:
    """Make the GraphQL value of a refusal; a refusal without a type is a bug: KeyError."""
    how = _TOLD[type(refused)]
    message = how.sentence.told_in(language, refused.particulars)
    return how.graphql_type(message=message, **how.particulars(refused, language))


def is_told(refused: type[Refused]) -> bool:
    """Whether a refusal has a GraphQL type."""
    return refused in _TOLD


def root_mutation(
    *, access: Access, graphql_type: object, description: str
) -> Callable[[Callable[..., Awaitable[object]]], Any]:
    """Make a mutation's root field from its resolver, which runs for those callers only.

    ``graphql_type`` is the union of the success and of every refusal. The resolver answers with
    the success, and what its use case refuses becomes the refusal's type.
    """
    return root_field(
        access=access,
        graphql_type=graphql_type,
        description=description,
        extensions=[RefusalsAsData()],
    )


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


def _as_they_are(refused: Refused, _language: Language) -> Mapping[str, object]:
    return refused.particulars


@strawberry.type(description="One thing that is wrong with an input.")
class Problem:
    path: str = strawberry.field(
        description="The field of the input, with its place in each list: `variants.2.price`."
    )
    code: str = strawberry.field(description="The kind of problem, for programmes: `too_long`.")
    message: str = strawberry.field(description="A sentence for people, in the caller's language.")


def _problems(refused: errors.InvalidInput, language: Language) -> Mapping[str, object]:
    return {
        "problems": [
            Problem(path=each.path, code=each.code, message=each.told_in(language))
            for each in refused.problems
        ]
    }


@refusal(
    errors.InvalidInput,
    Sentence(
        zh="输入有误，请按提示修改。", en="Something in the input is wrong; please correct it."
    ),
    _problems,
)
@strawberry.type(description="The input cannot be accepted; every problem with it is named.")
class InvalidInput(Refusal):
    problems: list[Problem] = strawberry.field(
        description="What is wrong, in the order of the input; counts as 10 in a document's cost.",
        metadata=sized(10),
    )
