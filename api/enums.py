"""Enums of the domain in the schema, each value with its description."""

from enum import EnumMeta
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

E = TypeVar("E", bound=EnumMeta)


def described(enum: E, description: str, **values: str) -> E:
    """Show a domain enum in the schema; ``values`` describe its members by name.

    KeyError for a member without a description.
    """
    shown = strawberry.enum(enum, description=description)
    definition = getattr(shown, "__strawberry_definition__", None)
    assert isinstance(definition, StrawberryEnumDefinition)
    for value in definition.values:
        value.description = values[value.name]
    return shown
