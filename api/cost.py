"""The cost of an operation: how many fields it may make the mall answer, known beforehand."""

from collections.abc import Mapping, Sequence
from typing import cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    introspection_types,
)

from api.limits import (
    HIGHEST_COST,
    HIGHEST_INTROSPECTION_COST,
    SIZE,
    fragments_of,
    within,
)
from domain.kernel.paging import DEFAULT_PAGE, LARGEST_PAGE

_INTROSPECTION_ROOTS = {"__schema": "__Schema", "__type": "__Type"}
_INTROSPECTION_SIZES = {
    "types": 60,
    "directives": 6,
    "fields": 6,
    "inputFields": 4,
    "enumValues": 4,
    "args": 2,
    "interfaces": 1,
    "possibleTypes": 4,
}
"""What the lists of introspection count as."""


class CostWeigher:
    """Weighs what an operation may make the mall do, before it does it.

    Every field costs 1, times the number of its parents: a list with ``first`` counts as
    ``first`` items, another list as many as it declares (`sized`).
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: dict[int, _Known] = {}

    def cost(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object],
    ) -> int:
        """The cost of a valid operation with these variables; TOO_COSTLY `Fault` past the limit."""
        return self._weighed(document, operation, variables).cost

    def cost_of_known(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object],
    ) -> int:
        """As `cost`, of a document that stays: weighed once for each size of its pages."""
        known = self._known.get(id(operation))
        if known is None:
            names = self._weighed(document, operation, variables).sized_by
            known = self._known[id(operation)] = _Known(operation, sorted(names))
        sizes = known.sizes(variables)
        if sizes not in known.costs:
            known.costs[sizes] = self.cost(document, operation, variables)
        return known.costs[sizes]

    def _weighed(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object],
    ) -> "_CostOfSelections":
        root = self._schema.get_root_type(operation.operation)
        given = {**_defaults_of(operation), **variables}
        weight = _CostOfSelections(self._schema, fragments_of(document), given)
        weight.cost = weight.of(operation.selection_set, root)
        within("cost", weight.cost, HIGHEST_COST)
        within("cost of introspection", weight.of_introspection, HIGHEST_INTROSPECTION_COST)
        return weight


class _Known:
    """What an operation that stays costs, by the sizes of the pages that its variables name.

    There are a hundred sizes and few pages in a document, so this cannot grow past its use.
    """

    def __init__(self, operation: OperationDefinitionNode, names: Sequence[str]) -> None:
        # As long as the operation is kept, its number is its own.
        self._operation = operation
        self._names = names
        self._defaults = _defaults_of(operation)
        self.costs: dict[tuple[int, ...], int] = {}

    def sizes(self, variables: Mapping[str, object]) -> tuple[int, ...]:
        """How many items the pages have."""
        return tuple(
            _page(variables.get(name, self._defaults.get(name, DEFAULT_PAGE)))
            for name in self._names
        )


class _CostOfSelections:
    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, object],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._weighed: dict[str, int] = {}
        self.cost = 0
        self.of_introspection = 0
        self.sized_by: set[str] = set()

    def of(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None) -> int:
        return sum(
            self._node(node, parent) for node in (selections.selections if selections else ())
        )

    def _node(self, node: SelectionNode, parent: GraphQLNamedType | None) -> int:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, InlineFragmentNode):
            named = self._named(node.type_condition.name.value) if node.type_condition else parent
            return self.of(node.selection_set, named)
        assert isinstance(node, FragmentSpreadNode)
        return self._fragment(node.name.value)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        if node.name.value in _INTROSPECTION_ROOTS:
            # Apart from the rest: a tool asks for thousands of names, once, from memory.
            root = introspection_types[_INTROSPECTION_ROOTS[node.name.value]]
            self.of_introspection += self.of(node.selection_set, root)
            return 1
        field = (
            parent.fields.get(node.name.value)
            if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
            else None
        )
        if field is None or node.selection_set is None:
            return 1
        named = cast("GraphQLNamedType", get_named_type(field.type))
        below = self.of(node.selection_set, named)
        return 1 + self._items(node, field) * below

    def _items(self, node: FieldNode, field: GraphQLField) -> int:
        if "first" not in field.args:
            return self._size(node, field)
        argument = next((each for each in node.arguments or () if each.name.value == "first"), None)
        value: object = DEFAULT_PAGE
        if argument and isinstance(argument.value, VariableNode):
            name = argument.value.name.value
            self.sized_by.add(name)
            value = self._variables.get(name, DEFAULT_PAGE)
        elif argument and isinstance(argument.value, IntValueNode):
            value = int(argument.value.value[:10])
        return _page(value)

    def _size(self, node: FieldNode, field: GraphQLField) -> int:
        definition = field.extensions.get("strawberry-definition")
        if definition is None:
            return _INTROSPECTION_SIZES.get(node.name.value, 1)
        declared: object = definition.metadata.get(SIZE, 1)
        assert isinstance(declared, int)
        return declared

    def _fragment(self, name: str) -> int:
        if name not in self._weighed:
            fragment = self._fragments[name]
            parent = self._named(fragment.type_condition.name.value)
            self._weighed[name] = self.of(fragment.selection_set, parent)
        return self._weighed[name]

    def _named(self, name: str) -> GraphQLNamedType | None:
        return self._schema.get_type(name)


def _page(value: object) -> int:
    """How many items a page has of which that many are asked for."""
    if isinstance(value, float) and value.is_integer():
        # JSON knows one kind of number: 100.0 is a hundred to a field that wants an Int.
        value = int(value)
    # A size that is not one is refused by the field itself, before anything is read.
    return min(max(value, 1), LARGEST_PAGE) if isinstance(value, int) else DEFAULT_PAGE


def _defaults_of(operation: OperationDefinitionNode) -> dict[str, object]:
    return {
        definition.variable.name.value: int(definition.default_value.value[:10])
        for definition in operation.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode)
    }
