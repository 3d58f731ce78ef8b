"""What staff can do to products."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.catalog import results
from api.catalog.inputs import (
    CreateProductInput,
    EditProductInput,
    ProductStepInput,
    PublishProductInput,
)
from api.context import Info
from api.ids import key
from api.refusals import root_mutation
from domain.catalog.actions import products
from domain.catalog.actions.saving import Saved
from domain.catalog.views.staff import staff_product
from domain.catalog.views.structs import PRODUCT
from domain.kernel.actors import By
from domain.kernel.db import WriteSession

Input = strawberry.argument(name="input", description="What, and why.")


@strawberry.type
class ProductMutation:
    """Changes of products."""

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.CreateProductResult,
        description="Create a product as a draft.",
    )
    async def create_product(
        self, info: Info, given: Annotated[CreateProductInput, Input]
    ) -> results.ProductSavedView:
        content, by = given.value(), by_caller(info)

        async def act(session: WriteSession) -> Saved:
            return await products.create(session, content, reason=given.reason, by=by)

        return await _save(info, "createProduct", given.request_id, given, act)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.EditProductResult,
        description="Change what is said of a product.",
    )
    async def edit_product(
        self, info: Info, given: Annotated[EditProductInput, Input]
    ) -> results.ProductSavedView:
        product_id = key(given.product_id, PRODUCT, argument="productId")
        changes, by = given.changes(), by_caller(info)

        async def act(session: WriteSession) -> Saved:
            return await products.edit(
                session, product_id, given.revision, changes, reason=given.reason, by=by
            )

        return await _save(info, "editProduct", given.request_id, given, act)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.PublishProductResult,
        description="Let people see a product, or change when they can.",
    )
    async def publish_product(
        self, info: Info, given: Annotated[PublishProductInput, Input]
    ) -> results.ProductSavedView:
        product_id, by = given.product_key, by_caller(info)

        async def act(session: WriteSession) -> Saved:
            return await products.publish(
                session,
                product_id,
                given.revision,
                visible_from=given.visible_from,
                visible_until=given.visible_until,
                reason=given.reason,
                by=by,
            )

        return await _save(info, "publishProduct", given.request_id, given, act)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.UnpublishProductResult,
        description="Take a product back to a draft, which nobody but staff can see.",
    )
    async def unpublish_product(
        self, info: Info, given: Annotated[ProductStepInput, Input]
    ) -> results.ProductSavedView:
        return await _step(info, "unpublishProduct", given, products.unpublish)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.ArchiveProductResult,
        description="Put a product away; orders and ledgers go on naming it.",
    )
    async def archive_product(
        self, info: Info, given: Annotated[ProductStepInput, Input]
    ) -> results.ProductSavedView:
        return await _step(info, "archiveProduct", given, products.archive)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.RestoreProductResult,
        description="Make a draft of an archived product.",
    )
    async def restore_product(
        self, info: Info, given: Annotated[ProductStepInput, Input]
    ) -> results.ProductSavedView:
        return await _step(info, "restoreProduct", given, products.restore)


def by_caller(info: Info) -> By:
    """The staff member who calls, now; an UNAUTHENTICATED fault where nobody is signed in."""
    context = info.context
    return By(context.operator(), context.now(), context.random)


async def _step(
    info: Info,
    operation: str,
    given: ProductStepInput,
    step: Callable[..., Awaitable[Saved]],
) -> results.ProductSavedView:
    product_id, by = given.product_key, by_caller(info)

    async def act(session: WriteSession) -> Saved:
        return await step(session, product_id, given.revision, reason=given.reason, by=by)

    return await _save(info, operation, given.request_id, given, act)


async def _save(
    info: Info,
    operation: str,
    request_id: UUID,
    given: object,
    act: Callable[[WriteSession], Awaitable[Saved]],
) -> results.ProductSavedView:
    saved = await info.context.once(operation, request_id, given, act, answer=Saved)
    product = await staff_product(info.context.reads, saved.product_id)
    assert product is not None
    return results.ProductSavedView(product)
