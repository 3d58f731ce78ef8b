"""Variables and arguments, coerced by graphql-core with what never changes worked out once."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, cast

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    GraphQLType,
    Undefined,
    VariableDefinitionNode,
    VariableNode,
    get_argument_values,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.get_variable_signature import (
    get_variable_signature,
)
from graphql.execution.values import (
    VariableValues,
    VariableValueSource,
    coerce_argument,
    input_is_nested_too_deeply,
)
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

from api.compiled.collecting import within
from api.compiled.errors import Uncovered, Unexpected

_CHANGELESS = (str, int, float, bool, Enum, type(None))
_AS_THEY_ARE: Mapping[object, type] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLInt: int,
}


class _Variable:
    """One variable of an operation, as it is declared."""

    def __init__(self, schema: GraphQLSchema, definition: VariableDefinitionNode) -> None:
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            raise Uncovered(signature.message)
        self.signature: Any = signature
        plain = cast("GraphQLType", get_nullable_type(self.signature.type))
        self._has_default = definition.default_value is not None
        self._may_nest = not is_leaf_type(plain)
        # The class of those values that are their own coercion, if there is one.
        self._as_it_is = _AS_THEY_ARE.get(plain)

    def absent(self) -> Any:
        """Its value where none is given, `Undefined` for none; raises `Unexpected`."""
        if self._has_default:
            return coerce_default_value(self.signature)
        if isinstance(self.signature.type, GraphQLNonNull):
            raise Unexpected
        return Undefined

    def given(self, value: Any) -> Any:
        """Its value from what is given; raises `Unexpected`."""
        if type(value) is self._as_it_is and (
            self._as_it_is is not int or GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT
        ):
            return value
        of_type = self.signature.type
        if self._may_nest and input_is_nested_too_deeply(value, of_type):
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
        self._each = [_Variable(schema, each) for each in definitions]

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


class Arguments:
    """The arguments of a root field as a document gives them."""

    def __init__(self, field: GraphQLField, node: FieldNode) -> None:
        self._field = field
        self._node = node
        self._constants: dict[str, Any] = {}
        # The name, the variable that stands for it, its value without the variable's, and whether
        # it has to have one.
        self._by_variable: list[tuple[str, str, Any, bool]] = []
        nodes = {each.name.value: each for each in node.arguments or ()}
        self._is_prepared = all(
            self._prepare(name, definition, nodes.get(name))
            for name, definition in field.args.items()
        )

    def values(self, variables: VariableValues) -> dict[str, Any]:
        """What the resolver is called with; whatever this raises, graphql-core tells why."""
        if not self._is_prepared:
            return get_argument_values(self._field, self._node, variables)
        found = dict(self._constants)
        for name, variable, absent, is_required in self._by_variable:
            value = variables.coerced.get(variable, absent)
            if is_required and (value is None or value is Undefined):
                raise Unexpected
            if value is not Undefined:
                found[name] = value
        return found

    def _prepare(self, name: str, definition: GraphQLArgument, node: ArgumentNode | None) -> bool:
        """Work out what of an argument does not change; False where that is not all there is."""
        value = node.value if node else None
        variable = value.name.value if isinstance(value, VariableNode) else None
        if value and not variable and any(isinstance(each, VariableNode) for each in within(value)):
            return False
        own: Any = definition
        found: dict[str, Any] = {}
        with suppress(GraphQLError):
            alone = None if variable else node
            coerce_argument(found, self._node, name, own, alone, VariableValues({}, {}), None)
        out_name = own.out_name or name
        constant = found.get(out_name, Undefined)
        if variable:
            is_required = isinstance(own.type, GraphQLNonNull)
            self._by_variable.append((out_name, variable, constant, is_required))
        elif constant is not Undefined:
            self._constants[out_name] = constant
        elif node:
            return False
        # A list or an object is made anew for each request: who is given it may change it.
        return constant is Undefined or isinstance(constant, _CHANGELESS)
