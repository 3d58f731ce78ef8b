"""Who may call a root field: declared beside the field, or the schema is not built."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import strawberry
from graphql import GraphQLObjectType

_ACCESS = "access"


class Access(StrEnum):
    """The callers that a root field answers."""

    ANYONE = "anyone"


class AccessNotDeclared(Exception):
    """A root field does not say who may call it, so nobody may."""


def root_field(
    *, access: Access, graphql_type: object, description: str
) -> Callable[[Callable[..., Awaitable[object]]], Any]:
    """Make a root field from its resolver.

    ``graphql_type`` is the field's GraphQL type; the resolver answers with the struct behind it.
    """
    return strawberry.field(
        graphql_type=graphql_type, description=description, metadata={_ACCESS: access}
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
