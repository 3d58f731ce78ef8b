"""The one schema of the mall, assembled from its contexts."""

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from api.access import access_by_root_field
from api.catalog.queries import CatalogQuery
from api.context import Info
from api.scalars import MONEY
from domain.kernel.money import Fen


@strawberry.type(description="What can be read.")
class Query(CatalogQuery):
    """All reads, each context's by inheritance."""


class MallSchema(strawberry.Schema):
    """Strawberry's schema, with a door to the graphql-core schema that it builds."""

    @property
    def executable(self) -> GraphQLSchema:
        """What graphql-core validates against and executes."""
        return self._schema


def schema_of(query: type, mutation: type | None = None) -> MallSchema:
    """Build a schema from its root types, with the mall's scalars and its `Info`."""
    config = StrawberryConfig(info_class=Info, scalar_map={Fen: MONEY})
    return MallSchema(query, mutation, config=config)


_SCHEMA = schema_of(Query)

SCHEMA = _SCHEMA.executable
"""The executable schema."""

ACCESS = access_by_root_field(SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)
"""Who may call each root field, by ``Type.field``."""


def printed_schema() -> str:
    """The schema as `schema.graphql` holds it."""
    return f"{_SCHEMA.as_str()}\n"
