"""The catalogue's GraphQL types; behind each is a struct of `domain.catalog.views`."""

import strawberry

from api.limits import sized
from api.node import Node
from domain.catalog import views
from domain.kernel.money import Fen


@strawberry.type(description="A shelf of the mall.")
class Category(Node):
    title: str = strawberry.field(description="Its name, in the caller's language.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, views.Category)


@strawberry.type(description="A picture.")
class Image:
    url: str = strawberry.field(description="Where the picture is.")


@strawberry.type(description="What people buy: one size or colour of a product.")
class Variant(Node):
    sku: str = strawberry.field(description="The brand's own article number.")
    title: str = strawberry.field(description="Its name, in the caller's language.")
    price_fen: Fen = strawberry.field(name="price", description="What one unit costs.")
    is_in_stock: bool = strawberry.field(
        description="Whether an order could have a unit now; only placing the order tells for sure."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, views.Variant)


@strawberry.type(description="What people look at: a product with the variants it is sold in.")
class Product(Node):
    title: str = strawberry.field(description="Its name, in the caller's language.")
    image: Image = strawberry.field(description="Its picture.")
    category: Category = strawberry.field(description="The shelf it stands on.")
    variants: list[Variant] = strawberry.field(
        description="The variants in the brand's order, at most 100; each list counts as 5 in "
        "a document's cost.",
        metadata=sized(5),
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, views.Product)
