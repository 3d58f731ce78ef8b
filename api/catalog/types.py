"""The catalogue's GraphQL types; behind each is a struct of `domain.catalog.views`."""

import strawberry

from api.catalog.enums import Alphabet, BlockKind, LinkKind, ProductKind
from api.limits import sized
from api.node import Node
from domain.catalog.views import structs
from domain.kernel.money import Fen


@strawberry.type(description="A shelf of the mall.")
class Category(Node):
    title: str = strawberry.field(description="Its name, in the caller's language.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, structs.Category)


@strawberry.type(description="A shelf and the shelves below it.")
class CategoryTree:
    category: Category = strawberry.field(description="The shelf.")
    children: list["CategoryTree"] = strawberry.field(
        description="The shelves below it in the brand's order, at most three levels in all; each "
        "list counts as 5 in a document's cost.",
        metadata=sized(5),
    )


@strawberry.type(description="A word that the brand put on products.")
class Tag(Node):
    title: str = strawberry.field(description="The word, in the caller's language.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, structs.Tag)


@strawberry.type(description="A picture.")
class Image:
    url: str = strawberry.field(description="Where the picture is.")
    alt: str = strawberry.field(description="What it shows, for who cannot see it.")


@strawberry.type(description="A way in which a product's variants differ, such as the colour.")
class Option:
    title: str = strawberry.field(description="Its name, in the caller's language.")
    values: list[str] = strawberry.field(
        description="What there is to choose from, at most 40.", metadata=sized(5)
    )


@strawberry.type(description="A part of a rich description.")
class Block:
    kind: BlockKind = strawberry.field(description="What it is.")
    text: str = strawberry.field(description="The text; of a picture, what it shows.")
    image: Image | None = strawberry.field(description="The picture; null for a text.")


@strawberry.type(description="Something that may be engraved on a product.")
class PersonalisationField:
    code: str = strawberry.field(description="The brand's own name for it, sent with the text.")
    title: str = strawberry.field(description="Its name, in the caller's language.")
    most_characters: int = strawberry.field(description="The longest text, in characters.")
    alphabet: Alphabet = strawberry.field(description="Which characters it may have.")
    price_fen: Fen = strawberry.field(name="price", description="What it costs for each unit.")
    is_required: bool = strawberry.field(description="Whether an order must have it.")
    is_returnable: bool = strawberry.field(
        description="Whether a unit with it is taken back where the shop is at no fault; what is "
        "made for its member is not."
    )


@strawberry.type(description="What people buy: one size or colour of a product.")
class Variant(Node):
    sku: str = strawberry.field(description="The brand's own article number.")
    title: str = strawberry.field(description="Its name, in the caller's language.")
    choices: list[int] = strawberry.field(
        description="For each of the product's options in order, the place of its value, from 0.",
        metadata=sized(3),
    )
    price_fen: Fen = strawberry.field(name="price", description="What one unit costs.")
    weight_grams: int = strawberry.field(
        description="What one unit weighs with its packaging, in grams; 0 where nobody has said."
    )
    lowest_recent_price_fen: Fen | None = strawberry.field(
        name="lowestRecentPrice",
        description="The lowest price at which it was on offer in the seven days until now, as the "
        "price history proves it.",
    )
    is_in_stock: bool = strawberry.field(
        description="Whether an order could have a unit now; only placing the order tells for sure."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, structs.Variant)


@strawberry.type(description="What people look at: a product with the variants it is sold in.")
class Product(Node):
    code: str = strawberry.field(description="The brand's own name for it.")
    kind: ProductKind = strawberry.field(description="What is handed over when it is bought.")
    title: str = strawberry.field(description="Its name, in the caller's language.")
    image: Image = strawberry.field(description="Its main picture.")
    from_price_fen: Fen = strawberry.field(
        name="fromPrice", description="The lowest price of its variants."
    )
    member_limit: int | None = strawberry.field(
        description="The most units that one member may buy; null where there is no limit."
    )
    category: Category = strawberry.field(description="The shelf it stands on.")
    tags: list[Tag] = strawberry.field(
        description="The words on it, at most 20; each list counts as 5 in a document's cost.",
        metadata=sized(5),
    )
    variants: list[Variant] = strawberry.field(
        description="The variants in the brand's order, at most 100; each list counts as 5 in "
        "a document's cost.",
        metadata=sized(5),
    )
    pictures: list[Image] = strawberry.field(
        description="More pictures, at most 20; counts as 5.", metadata=sized(5)
    )
    options: list[Option] = strawberry.field(
        description="The ways in which its variants differ, at most 3.", metadata=sized(3)
    )
    description: list[Block] = strawberry.field(
        description="The rich description, at most 100 blocks; counts as 10.", metadata=sized(10)
    )
    personalisation: list[PersonalisationField] = strawberry.field(
        description="What may be engraved on it, at most 5.", metadata=sized(5)
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, structs.Product)


@strawberry.type(description="Where a tap leads.")
class Link:
    kind: LinkKind = strawberry.field(description="To what.")
    target_id: strawberry.ID | None = strawberry.field(
        description="The id of the product or category; null for a search."
    )
    search: str | None = strawberry.field(description="The words to search for; null otherwise.")


@strawberry.type(description="A picture over the whole width of the home page.")
class Banner:
    image: Image = strawberry.field(description="The picture.")
    link: Link | None = strawberry.field(description="Where a tap on it leads; null for nowhere.")


@strawberry.type(description="A titled row of products on the home page.")
class Section:
    title: str = strawberry.field(description="Its title, in the caller's language.")
    link: Link | None = strawberry.field(description="Where a tap on the title leads.")
    products: list[Product] = strawberry.field(
        description="The products in the brand's order, at most 12; counts as 6.",
        metadata=sized(6),
    )


@strawberry.type(description="The home page as the brand arranged it.")
class HomePage:
    banners: list[Banner] = strawberry.field(
        description="The banners in the brand's order, at most 10; counts as 5.", metadata=sized(5)
    )
    sections: list[Section] = strawberry.field(
        description="The sections in the brand's order, at most 10; counts as 5.",
        metadata=sized(5),
    )
    search_words: list[str] = strawberry.field(
        description="Words to search for, at most 20.", metadata=sized(5)
    )
