"""Which fields a document selects where, by graphql-core's own collection."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    Node,
    OperationDefinitionNode,
    VariableNode,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from api.compiled.errors import Uncovered

Selected = Mapping[str, list[FieldDetails]]
"""The fields of one object by their response names, in the order of the answer."""

_CONDITIONS = {GraphQLSkipDirective.name, GraphQLIncludeDirective.name}


@dataclass(frozen=True, slots=True)
class Operation:
    """A valid operation of a document, as it is compiled. ``node`` is the operation itself."""

    schema: GraphQLSchema
    document: DocumentNode
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]

    @property
    def root_type(self) -> GraphQLObjectType:
        """The type of its root fields; `Uncovered` where the schema has none."""
        root = self.schema.get_root_type(self.node.operation)
        if root is None:
            raise Uncovered("no root type")
        return root

    def conditions(self) -> Sequence[str]:
        """The variables that ``@skip`` and ``@include`` name, anywhere in the document."""
        return sorted(set(_condition_variables(self.document)))


class Collected:
    """What an operation selects while its conditions have certain values."""

    def __init__(self, operation: Operation, variables: VariableValues) -> None:
        self.operation = operation
        self._variables = variables
        self._fragments = {
            name: FragmentDetails(node, None) for name, node in operation.fragments.items()
        }

    def of_root(self) -> Selected:
        """The root fields; raises GraphQLError where a condition has no value."""
        operation = self.operation
        return collect_fields(
            operation.schema,
            self._fragments,
            self._variables,
            operation.root_type,
            operation.node,
        ).grouped_field_set

    def below(self, details: list[FieldDetails], parent: GraphQLObjectType) -> Selected:
        """The fields below a field whose value is of that type."""
        operation = self.operation
        return collect_subfields(
            operation.schema,
            self._fragments,
            self._variables,
            operation.node,
            parent,
            details,
        ).grouped_field_set


def operation_of(
    schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode
) -> Operation:
    """Take an operation of a valid document; `Uncovered` for what is experimental in it."""
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    if node.directives:
        raise Uncovered("directives on the operation")
    if any(each.variable_definitions for each in fragments.values()):
        raise Uncovered("variables of a fragment")
    return Operation(schema, document, node, fragments)


def within(node: Node) -> Iterator[Node]:
    """A node and all that it is made of."""
    unread = [node]
    while unread:
        each = unread.pop()
        yield each
        for key in each.keys:
            child: object = getattr(each, key, None)
            is_many = isinstance(child, list | tuple)
            children = cast("Sequence[object]", child) if is_many else (child,)
            unread += [one for one in children if isinstance(one, Node)]


def _condition_variables(document: DocumentNode) -> Iterator[str]:
    for node in within(document):
        if isinstance(node, DirectiveNode) and node.name.value in _CONDITIONS:
            values = [each.value for each in node.arguments or ()]
            yield from (each.name.value for each in values if isinstance(each, VariableNode))
