"""Who may call a root field: declared beside the field, or the schema is not built."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

import strawberry
from graphql import GraphQLObjectType
from strawberry.extensions import FieldExtension
from typing_extensions import override

from api.context import Context
from domain.kernel.actors import BOOKKEEPERS, Role, Scope, Staff

_ACCESS = "access"


class Access(StrEnum):
    """The callers that a root field answers."""

    ANYONE = "anyone"
    MEMBER = "member"
    MEMBER_OR_STAFF = "member or staff"
    STAFF = "staff"
    GUIDE = "guide, store manager, operator or owner"
    STORE_MANAGER = "store manager, operator or owner"
    AUDITOR = "store manager, operator, finance, engineer or owner"
    OPERATOR = "operator or owner"
    BOOKKEEPER = "operator, finance or owner"
    OWNER = "owner"
    STAFF_ANYWHERE = "staff, also at a pad"
    STAFF_AT_PAD = "staff at a pad"
    PAD = "a pad"
    STAFF_OR_CATALOG_READER = "staff or catalog:read"
    STOCK_READER = "staff, a pad or stock:read"


class AccessNotDeclared(Exception):
    """A root field does not say who may call it, so nobody may."""


class _Guard(FieldExtension):
    """Refuses a caller before the resolver begins: UNAUTHENTICATED, or FORBIDDEN."""

    def __init__(self, admit: Callable[[Context], object]) -> None:
        self._admit = admit

    @override
    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[object]],
        source: object,
        info: strawberry.Info[Context, None],
        **kwargs: Any,
    ) -> object:
        self._admit(info.context)
        return await next_(source, info, **kwargs)


class _StreamGuard(_Guard):
    """The same before the generator of a subscription's events is even made."""

    @override
    async def resolve_async(
        self,
        next_: Callable[..., object],
        source: object,
        info: strawberry.Info[Context, None],
        **kwargs: Any,
    ) -> object:
        self._admit(info.context)
        return next_(source, info, **kwargs)


def _staff(*roles: Role) -> Callable[[Context], Staff]:
    """For staff in these roles."""

    def admit(context: Context) -> Staff:
        return context.staff(*roles)

    return admit


_ADMITTED: Mapping[Access, Sequence[Callable[[Context], object]]] = {
    Access.ANYONE: [],
    Access.MEMBER: [Context.member],
    Access.MEMBER_OR_STAFF: [Context.member_or_staff],
    Access.STAFF: [Context.staff],
    Access.GUIDE: [_staff(Role.GUIDE, Role.STORE_MANAGER, Role.OPERATOR, Role.OWNER)],
    Access.STORE_MANAGER: [_staff(Role.STORE_MANAGER, Role.OPERATOR, Role.OWNER)],
    Access.AUDITOR: [
        _staff(Role.STORE_MANAGER, Role.OPERATOR, Role.FINANCE, Role.ENGINEER, Role.OWNER)
    ],
    Access.OPERATOR: [Context.operator],
    Access.BOOKKEEPER: [_staff(*BOOKKEEPERS)],
    Access.OWNER: [_staff(Role.OWNER)],
    Access.STAFF_ANYWHERE: [Context.staff_anywhere],
    Access.STAFF_AT_PAD: [Context.staff_at_pad],
    Access.PAD: [Context.pad],
    Access.STAFF_OR_CATALOG_READER: [partial(Context.staff_or_partner, scope=Scope.CATALOG_READ)],
    Access.STOCK_READER: [Context.stock_reader],
}
"""What each kind of caller is asked for; nothing for anyone."""


def root_field(
    *,
    access: Access,
    graphql_type: object,
    description: str,
    extensions: Sequence[FieldExtension] = (),
    metadata: Mapping[str, int] | None = None,
) -> Callable[[Callable[..., Awaitable[object]]], Any]:
    """Make a root field from its resolver, which runs for those callers only.

    ``graphql_type`` is the field's GraphQL type; the resolver answers with the struct behind it.
    ``metadata`` is that of `api.limits.sized`. `api.refusals.root_mutation` makes mutations.
    """
    return strawberry.field(
        graphql_type=graphql_type,
        description=description,
        metadata={_ACCESS: access, **(metadata or {})},
        extensions=[*(_Guard(admit) for admit in _ADMITTED[access]), *extensions],
    )


def subscription_field(
    *, access: Access, graphql_type: object, description: str
) -> Callable[[Callable[..., AsyncGenerator[object, None]]], Any]:
    """Make a root field of `Subscription` from the generator of its events, as `root_field` does.

    The generator runs for those callers only, and answers with the structs behind
    ``graphql_type``, each with all that is selected below it.
    """
    return strawberry.subscription(
        graphql_type=graphql_type,
        description=description,
        metadata={_ACCESS: access},
        extensions=[_StreamGuard(admit) for admit in _ADMITTED[access]],
    )


def access_by_root_field(*roots: GraphQLObjectType | None) -> dict[str, Access]:
    """List each root field with who may call it; raises `AccessNotDeclared`."""
    found: dict[str, Access] = {}
    for root in filter(None, roots):
        for name, field in root.fields.items():
            access = field.extensions["strawberry-definition"].metadata.get(_ACCESS)
            if not isinstance(access, Access):
                raise AccessNotDeclared(f"{root.name}.{name}")
            found[f"{root.name}.{name}"] = access
    return found
