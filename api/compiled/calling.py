"""Calls the resolver of a root field as strawberry does, with what never changes worked out once.

Strawberry finds out for each request what the arguments of a field are called in Python, which of
them have to be converted, and which extensions stand around the resolver. The functions that are
called are the same here and there.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial, reduce
from inspect import isawaitable, iscoroutinefunction
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_nullable_type,
    is_leaf_type,
)
from strawberry.extensions import FieldExtension
from strawberry.extensions.field_extension import build_field_extension_resolvers
from strawberry.relay import GlobalID
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryMaybe, StrawberryOptional
from strawberry.types.field import StrawberryField

Call = Callable[[GraphQLResolveInfo[Any], Mapping[str, Any]], Awaitable[object]]
"""Runs a resolver with its info and the arguments that graphql-core would give it."""

_Convert = Callable[[Any, object], Any]
"""Makes what a resolver wants of an argument's value, and the info."""


def call_of(schema: GraphQLSchema, field: GraphQLField) -> Call:
    """How the resolver of a root field is called."""
    definition: object = field.extensions.get("strawberry-definition")
    if isinstance(definition, StrawberryField) and _is_plain(schema, definition):
        return _straight(schema, field, definition)
    resolve: Any = field.resolve

    async def call(info: GraphQLResolveInfo[Any], given: Mapping[str, Any]) -> object:
        value = resolve(None, info, **given)
        return await value if isawaitable(value) else value

    return call


def _is_plain(schema: Any, definition: StrawberryField) -> bool:
    """Whether a field is a function and extensions that only wrap it."""
    own: Any = definition
    resolver = own.base_resolver
    return (
        hasattr(schema, "_strawberry_schema")
        and resolver is not None
        and iscoroutinefunction(resolver.wrapped_func)
        and resolver.self_parameter is not None
        and resolver.parent_parameter is None
        and resolver.root_parameter is None
        and not definition.permission_classes
        and not _converter(schema)._exception_handler_specs  # noqa: SLF001 - told nowhere else
        and all(
            type(each).map_arguments is FieldExtension.map_arguments
            for each in definition.extensions
        )
    )


def _straight(schema: GraphQLSchema, field: GraphQLField, definition: StrawberryField) -> Call:
    own: Any = definition
    resolver = own.base_resolver
    run, wants_info = resolver.wrapped_func, resolver.info_parameter
    info_class = _converter(schema).config.info_class
    arguments = _arguments(schema, field, definition)

    def resolve(source: object, info: object, **values: Any) -> Awaitable[object]:
        if wants_info:
            values[wants_info.name] = info
        return run(source, **values)

    around = build_field_extension_resolvers(definition)
    wrapped: Any = reduce(lambda inner, outer: partial(outer, inner), around, resolve)

    def call(info: GraphQLResolveInfo[Any], given: Mapping[str, Any]) -> Awaitable[object]:
        told = info_class(_raw_info=info, _field=definition)
        values = {
            python_name: given[name] if convert is None else convert(given[name], told)
            for name, python_name, convert in arguments
            if name in given
        }
        return wrapped(None, told, **values)

    return call


def _arguments(
    schema: GraphQLSchema, field: GraphQLField, definition: StrawberryField
) -> list[tuple[str, str, _Convert | None]]:
    """Each argument by its name in the schema and in Python, with how it is converted."""
    converter = _converter(schema)
    found: list[tuple[str, str, _Convert | None]] = []
    for each in definition.arguments:
        name = converter.config.name_converter.from_argument(each)
        convert = None if _is_as_given(each, field.args[name]) else _convert(converter, each, name)
        found.append((name, each.python_name, convert))
    return found


def _is_as_given(argument: StrawberryArgument, in_schema: Any) -> bool:
    """Whether graphql-core has made of an argument's value what the resolver wants."""
    own: object = argument.type
    if isinstance(own, StrawberryOptional) and not _is_maybe(own):
        own = own.of_type
    is_plain = not _is_maybe(own) and own is not GlobalID
    return is_plain and is_leaf_type(get_nullable_type(in_schema.type))


def _is_maybe(of_type: object) -> bool:
    """Whether what is left out is told from what is null."""
    return isinstance(of_type, StrawberryMaybe)


def _convert(converter: Any, argument: StrawberryArgument, name: str) -> _Convert:
    may_be_null = isinstance(argument.type, StrawberryOptional) and not _is_maybe(argument.type)

    def convert(value: Any, info: Any) -> Any:
        if value is None and may_be_null:
            return None
        return convert_argument(
            value,
            argument.type,
            converter.scalar_registry,
            converter.config,
            info,
            path=(name,),
        )

    return convert


def _converter(schema: Any) -> Any:
    """What strawberry has made the schema with."""
    return schema._strawberry_schema.schema_converter  # noqa: SLF001 - as strawberry itself does
