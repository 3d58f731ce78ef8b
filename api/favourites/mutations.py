"""What members can do with their favourites; each may be sent twice, so none has a requestId."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Info
from api.favourites import results
from api.favourites.inputs import FavouriteInput
from api.refusals import root_mutation
from domain.catalog.views.structs import PRODUCT
from domain.favourites import actions
from domain.kernel.ids import public_id

_Input = strawberry.argument(name="input", description="Which product.")


@strawberry.type
class FavouriteMutation:
    """Changes of favourites by whose they are."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.AddFavouriteResult,
        description="Add a product to one's favourites, of at most 500; one that is there stays "
        "where it is.",
    )
    async def add_favourite(
        self, info: Info, given: Annotated[FavouriteInput, _Input]
    ) -> results.FavouriteSavedView:
        context, member, product_id = info.context, info.context.member(), given.product_key
        async with context.writing() as session:
            await actions.add_favourite(session, member.id, product_id, at=context.now())
        return results.FavouriteSavedView(public_id(PRODUCT, product_id), is_favourite=True)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.RemoveFavouriteResult,
        description="Remove a product from one's favourites; one that is not there stays away.",
    )
    async def remove_favourite(
        self, info: Info, given: Annotated[FavouriteInput, _Input]
    ) -> results.FavouriteSavedView:
        context, member, product_id = info.context, info.context.member(), given.product_key
        async with context.writing() as session:
            await actions.remove_favourite(session, member.id, product_id)
        return results.FavouriteSavedView(public_id(PRODUCT, product_id), is_favourite=False)
