"""Variables and arguments, coerced by graphql-core with what never changes worked out once."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, cast

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    VariableNode,
    get_argument_values,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import (
    VariableValues,
    VariableValueSource,
    coerce_argument,
    input_is_nested_too_deeply,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

from api.compiled.collecting import within
from api.compiled.errors import Uncovered, Unexpected

_CHANGELESS = (str, int, float, bool, Enum, type(None))
_AS_THEY_ARE: Mapping[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
_NONE_GIVEN: Final = VariableValues({}, {})


@dataclass(frozen=True, slots=True)
class _Variable:
    """One variable of an operation, as it is declared."""

    signature: GraphQLVariableSignature
    has_default: bool
    is_required: bool
    may_nest: bool
    as_it_is: type | None
    """The class of those values that are their own coercion, if there is one."""

    def absent(self) -> Any:
        """Its value where none is given, `Undefined` for none; raises `Unexpected`."""
        if self.has_default:
            return coerce_default_value(self.signature)
        if self.is_required:
            raise Unexpected
        return Undefined

    def given(self, value: object) -> Any:
        """Its value from what is given; raises `Unexpected`."""
        if type(value) is self.as_it_is:
            return value
        signature: Any = self.signature
        of_type = signature.type
        if self.may_nest and input_is_nested_too_deeply(value, of_type):
            raise Unexpected
        coerced = coerce_input_value(value, of_type)
        if coerced is Undefined:
            raise Unexpected
        return coerced


class Variables:
    """The variables of an operation."""

    def __init__(
        self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]
    ) -> None:
        self._each = [_variable(schema, definition) for definition in definitions]

    def values(self, given: Mapping[str, object]) -> VariableValues:
        """Coerce what a request gives; whatever this raises, graphql-core tells why."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for each in self._each:
            name = each.signature.name
            if name in given:
                sources[name] = VariableValueSource(each.signature, given[name])
                coerced[name] = each.given(given[name])
                continue
            sources[name] = VariableValueSource(each.signature)
            value = each.absent()
            if value is not Undefined:
                coerced[name] = value
        return VariableValues(sources, coerced)


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument that a variable stands for; ``absent`` is its value without the variable's."""

    name: str
    variable: str
    absent: Any
    is_required: bool


class Arguments:
    """The arguments of a root field as a document gives them."""

    def __init__(self, field: GraphQLField, node: FieldNode) -> None:
        self._field = field
        self._node = node
        self._constants: dict[str, Any] = {}
        self._by_variable: list[_Argument] = []
        self._is_simple = self._is_prepared()

    def values(self, variables: VariableValues) -> dict[str, Any]:
        """What the resolver is called with; whatever this raises, graphql-core tells why."""
        if not self._is_simple:
            return self._any_values(variables)
        found = dict(self._constants)
        for each in self._by_variable:
            value = variables.coerced.get(each.variable, each.absent)
            if each.is_required and (value is None or value is Undefined):
                return self._any_values(variables)
            if value is not Undefined:
                found[each.name] = value
        return found

    def _any_values(self, variables: VariableValues) -> dict[str, Any]:
        return get_argument_values(self._field, self._node, variables)

    def _is_prepared(self) -> bool:
        """Work out what does not change; False where that does not describe the arguments."""
        nodes = {each.name.value: each for each in self._node.arguments or ()}
        for name, definition in self._field.args.items():
            node = nodes.get(name)
            if node is not None and isinstance(node.value, VariableNode):
                absent = self._value(name, definition, None)
                self._by_variable.append(_argument(name, definition, node.value, absent))
                continue
            if node is not None and any(isinstance(each, VariableNode) for each in within(node)):
                return False
            value = self._value(name, definition, node)
            if value is Undefined and node is not None:
                return False
            if value is not Undefined:
                self._constants[definition.out_name or name] = value
        known = [*self._constants.values(), *(each.absent for each in self._by_variable)]
        # A list or an object is made anew for each request: who is given it may change it.
        return all(each is Undefined or isinstance(each, _CHANGELESS) for each in known)

    def _value(self, name: str, definition: GraphQLArgument, node: ArgumentNode | None) -> Any:
        """The value of an argument that no variable has a part in; `Undefined` without one."""
        found: dict[str, Any] = {}
        with suppress(GraphQLError):
            coerce_argument(found, self._node, name, definition, node, _NONE_GIVEN, None)
        return found.get(definition.out_name or name, Undefined)


def _argument(
    name: str, definition: GraphQLArgument, variable: VariableNode, absent: object
) -> _Argument:
    own: Any = definition
    return _Argument(
        definition.out_name or name,
        variable.name.value,
        absent,
        is_required=isinstance(own.type, GraphQLNonNull),
    )


def _variable(schema: GraphQLSchema, definition: VariableDefinitionNode) -> _Variable:
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        raise Uncovered(signature.message)
    own: Any = signature
    of_type: Any = own.type
    return _Variable(
        signature,
        has_default=definition.default_value is not None,
        is_required=isinstance(of_type, GraphQLNonNull),
        may_nest=not is_leaf_type(get_nullable_type(of_type)),
        as_it_is=_AS_THEY_ARE.get(cast("object", get_nullable_type(of_type))),
    )
