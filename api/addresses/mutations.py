"""What members can do with their addresses."""

from typing import Annotated

import strawberry

from api.access import Access
from api.addresses import results
from api.addresses.inputs import (
    ChooseDefaultAddressInput,
    CreateAddressInput,
    DeleteAddressInput,
    EditAddressInput,
)
from api.addresses.queries import addresses_of
from api.context import Context, Info
from api.refusals import root_mutation
from domain.addresses import actions
from domain.addresses.actions import AddressEdit, SavedAddress
from domain.addresses.views import ADDRESS
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id

_Input = strawberry.argument(name="input", description="What.")


@strawberry.type
class AddressMutation:
    """Changes of addresses by whose they are."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.CreateAddressResult,
        description="Add an address, of at most 50.",
    )
    async def create_address(
        self, info: Info, given: Annotated[CreateAddressInput, _Input]
    ) -> results.AddressesSavedView:
        context, member = info.context, info.context.member()

        async def act(session: WriteSession) -> SavedAddress:
            return await actions.create_address(
                session,
                context.members.vault,
                member.id,
                given.written(),
                is_default=given.is_default,
                at=context.now(),
                random=context.random,
            )

        saved = await context.once(
            "createAddress", given.request_id, given, act, answer=SavedAddress
        )
        return await _saved(context, saved)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.EditAddressResult,
        description="Change an address.",
    )
    async def edit_address(
        self, info: Info, given: Annotated[EditAddressInput, _Input]
    ) -> results.AddressesSavedView:
        context, member = info.context, info.context.member()
        edit = AddressEdit(given.address_key, given.revision, given.changes())

        async def act(session: WriteSession) -> SavedAddress:
            vault, at = context.members.vault, context.now()
            return await actions.edit_address(
                session, vault, member.id, edit, at=at, random=context.random
            )

        saved = await context.once("editAddress", given.request_id, given, act, answer=SavedAddress)
        return await _saved(context, saved)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.DeleteAddressResult,
        description="Delete an address; where it was the default, the newest one left becomes it.",
    )
    async def delete_address(
        self, info: Info, given: Annotated[DeleteAddressInput, _Input]
    ) -> results.AddressesSavedView:
        context, member, address_id = info.context, info.context.member(), given.address_key

        async def act(session: WriteSession) -> SavedAddress:
            return await actions.delete_address(session, member.id, address_id)

        saved = await context.once(
            "deleteAddress", given.request_id, given, act, answer=SavedAddress
        )
        return await _saved(context, saved)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.ChooseDefaultAddressResult,
        description="Make an address the default. Once more it changes nothing, so it has no "
        "requestId.",
    )
    async def choose_default_address(
        self, info: Info, given: Annotated[ChooseDefaultAddressInput, _Input]
    ) -> results.AddressesSavedView:
        context, member, address_id = info.context, info.context.member(), given.address_key
        async with context.writing() as session:
            saved = await actions.choose_default_address(session, member.id, address_id)
        return await _saved(context, saved)


async def _saved(context: Context, saved: SavedAddress) -> results.AddressesSavedView:
    address_id = public_id(ADDRESS, saved.address_id)
    return results.AddressesSavedView(address_id, await addresses_of(context))
