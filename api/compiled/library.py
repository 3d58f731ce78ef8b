"""The plans of a schema: each made once, when its operation first runs."""

from functools import cache

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode

from api.compiled.collecting import operation_of
from api.compiled.errors import Uncovered
from api.compiled.plans import Plan


class Plans:
    """The plans of one schema's documents.

    A plan is kept for good: this is for documents that are known beforehand, and stay.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: dict[int, tuple[OperationDefinitionNode, Plan | Uncovered]] = {}

    def of(self, document: DocumentNode, operation: OperationDefinitionNode) -> Plan | None:
        """The plan of an operation of a valid document; None where graphql-core executes it."""
        found = self._found(document, operation)
        return found if isinstance(found, Plan) else None

    def why_not(self, document: DocumentNode, operation: OperationDefinitionNode) -> str | None:
        """What of an operation the compiler does not cover; None where there is a plan."""
        found = self._found(document, operation)
        return str(found) if isinstance(found, Uncovered) else None

    def _found(
        self, document: DocumentNode, operation: OperationDefinitionNode
    ) -> Plan | Uncovered:
        # Nodes are equal by their whole text; the one that is kept makes its number its own.
        if id(operation) not in self._kept:
            made: Plan | Uncovered
            try:
                made = Plan(operation_of(self._schema, document, operation))
            except Uncovered as uncovered:
                made = uncovered
            self._kept[id(operation)] = (operation, made)
        return self._kept[id(operation)][1]


@cache
def plans_of(schema: GraphQLSchema) -> Plans:
    """The plans of a schema, which stays as long as the process does."""
    return Plans(schema)
