"""What changes of the catalogue answer with: successes, refusals, and their unions."""

from typing import Annotated

import msgspec
import strawberry

from api.catalog.staff_types import StaffProduct
from api.refusals import InvalidInput, Refusal, refusal
from domain.catalog import errors
from domain.catalog.views import staff
from domain.kernel.language import Sentence


class ProductSavedView(msgspec.Struct, frozen=True):
    """The struct behind `ProductSaved`."""

    product: staff.StaffProduct


class CategorySavedView(msgspec.Struct, frozen=True):
    """The struct behind `CategorySaved`."""

    category_id: str


class TagSavedView(msgspec.Struct, frozen=True):
    """The struct behind `TagSaved`."""

    tag_id: str


class HomePageArrangedView(msgspec.Struct, frozen=True):
    """The struct behind `HomePageArranged`."""

    revision: int


@strawberry.type(description="The product was written.")
class ProductSaved:
    product: StaffProduct = strawberry.field(description="The product as it is now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ProductSavedView)


@strawberry.type(description="The shelf was written.")
class CategorySaved:
    category_id: strawberry.ID = strawberry.field(description="The shelf.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, CategorySavedView)


@strawberry.type(description="The tag was written.")
class TagSaved:
    tag_id: strawberry.ID = strawberry.field(description="The tag.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, TagSavedView)


@strawberry.type(description="The home page was arranged.")
class HomePageArranged:
    revision: int = strawberry.field(description="Its revision now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, HomePageArrangedView)


@refusal(errors.ProductUnavailable, Sentence(zh="没有这个商品。", en="There is no such product."))
@strawberry.type(description="There is no product with that id.")
class ProductUnavailable(Refusal):
    pass


@refusal(
    errors.ProductChanged,
    Sentence(
        zh="商品已被他人修改（版本 {revision}），请重新读取后再改。",
        en="Somebody has changed the product (revision {revision}); read it again first.",
    ),
)
@strawberry.type(description="Somebody has changed the product since it was read.")
class ProductChanged(Refusal):
    revision: int = strawberry.field(description="Its revision now.")


@refusal(
    errors.ProductArchived,
    Sentence(zh="商品已归档，请先恢复。", en="The product is archived; restore it first."),
)
@strawberry.type(description="The product is archived, and has to be restored first.")
class ProductArchived(Refusal):
    pass


@refusal(errors.CategoryUnavailable, Sentence(zh="没有这个分类。", en="There is no such category."))
@strawberry.type(description="There is no shelf with that id.")
class CategoryUnavailable(Refusal):
    pass


@refusal(errors.TagUnavailable, Sentence(zh="没有这个标签。", en="There is no such tag."))
@strawberry.type(description="There is no tag with that id.")
class TagUnavailable(Refusal):
    pass


@refusal(
    errors.HomePageChanged,
    Sentence(
        zh="首页已被他人修改（版本 {revision}），请重新读取后再改。",
        en="Somebody has arranged the home page (revision {revision}); read it again first.",
    ),
)
@strawberry.type(description="Somebody has arranged the home page since it was read.")
class HomePageChanged(Refusal):
    revision: int = strawberry.field(description="Its revision now.")


CreateProductResult = Annotated[
    ProductSaved | InvalidInput,
    strawberry.union("CreateProductResult", description="How creating a product went."),
]
EditProductResult = Annotated[
    ProductSaved | ProductUnavailable | ProductArchived | ProductChanged | InvalidInput,
    strawberry.union("EditProductResult", description="How editing a product went."),
]
PublishProductResult = Annotated[
    ProductSaved | ProductUnavailable | ProductArchived | ProductChanged | InvalidInput,
    strawberry.union("PublishProductResult", description="How publishing a product went."),
]
UnpublishProductResult = Annotated[
    ProductSaved | ProductUnavailable | ProductArchived | ProductChanged | InvalidInput,
    strawberry.union("UnpublishProductResult", description="How taking a product back went."),
]
ArchiveProductResult = Annotated[
    ProductSaved | ProductUnavailable | ProductChanged | InvalidInput,
    strawberry.union("ArchiveProductResult", description="How archiving a product went."),
]
RestoreProductResult = Annotated[
    ProductSaved | ProductUnavailable | ProductChanged | InvalidInput,
    strawberry.union("RestoreProductResult", description="How restoring a product went."),
]
CreateCategoryResult = Annotated[
    CategorySaved | InvalidInput,
    strawberry.union("CreateCategoryResult", description="How adding a shelf went."),
]
EditCategoryResult = Annotated[
    CategorySaved | CategoryUnavailable | InvalidInput,
    strawberry.union("EditCategoryResult", description="How changing a shelf went."),
]
CreateTagResult = Annotated[
    TagSaved | InvalidInput,
    strawberry.union("CreateTagResult", description="How adding a tag went."),
]
EditTagResult = Annotated[
    TagSaved | TagUnavailable | InvalidInput,
    strawberry.union("EditTagResult", description="How changing a tag went."),
]
ArrangeHomePageResult = Annotated[
    HomePageArranged | HomePageChanged | InvalidInput,
    strawberry.union("ArrangeHomePageResult", description="How arranging the home page went."),
]
