"""Enums of the domain in the schema, each value with its description."""

from enum import EnumMeta
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

E = TypeVar("E", bound=EnumMeta)


def described(enum: E, description: str, *, name: str | None = None, **values: str) -> E:
    """Show a domain enum in the schema; ``values`` describe its members by name.

    ``name`` is for an enum whose own name says enough only in its context. KeyError for a member
    without a description.
    """
    shown = strawberry.enum(enum, name=name, description=description)
    definition = getattr(shown, "__strawberry_definition__", None)
    assert isinstance(definition, StrawberryEnumDefinition)
    for value in definition.values:
        value.description = values[value.name]
    return shown
