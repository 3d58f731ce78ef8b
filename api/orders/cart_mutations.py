"""What members can do to their carts."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Info
from api.orders import cart_results as results
from api.orders.cart_inputs import (
    AddToCartInput,
    ChangeCartLineInput,
    RemoveCartLinesInput,
    SelectCartLinesInput,
)
from api.orders.cart_reading import cart_of
from api.refusals import root_mutation
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id
from domain.orders.cart import actions
from domain.orders.cart.actions import AddedLine
from domain.orders.cart.checking import Review
from domain.orders.cart.views import CART_LINE

_Input = strawberry.argument(name="input", description="What.")


@strawberry.type
class CartMutation:
    """Changes of carts by their members."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.AddToCartResult,
        description="Put units into the cart; the same with the same texts again adds to its line. "
        "Texts are judged, and wait for people where nobody could judge them.",
    )
    async def add_to_cart(
        self, info: Info, given: Annotated[AddToCartInput, _Input]
    ) -> results.CartLineAddedView:
        context, member, wanted = info.context, info.context.member(), given.wanted()
        desk = context.texts

        async def call() -> Review | None:
            async with context.writing() as session:
                to_check = await actions.to_check(
                    session, member.id, wanted, app_id=desk.wechat_app_id, at=context.now()
                )
            return await desk.review(context.members.attempts, member.key, to_check)

        async def act(session: WriteSession, review: Review | None = None) -> AddedLine:
            return await actions.add(
                session, member.id, wanted, review, at=context.now(), random=context.random
            )

        operation, request_id = "addToCart", given.request_id
        if wanted.texts:
            added = await context.once_after(
                operation, request_id, given, call, act, answer=AddedLine
            )
        else:
            added = await context.once(operation, request_id, given, act, answer=AddedLine)
        line_id = public_id(CART_LINE, added.line_id)
        return results.CartLineAddedView(line_id, await cart_of(context))

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.ChangeCartLineResult,
        description="Give a line other units, or select it or leave it out. It says what shall be, "
        "so it may be sent again and has no requestId.",
    )
    async def change_cart_line(
        self, info: Info, given: Annotated[ChangeCartLineInput, _Input]
    ) -> results.CartSavedView:
        context, line_key = info.context, given.line_key
        async with context.writing() as session:
            await actions.change(
                session,
                context.member().id,
                line_key,
                units=given.units.value if given.units else None,
                is_selected=given.is_selected.value if given.is_selected else None,
                at=context.now(),
            )
        return results.CartSavedView(await cart_of(context))

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.SelectCartLinesResult,
        description="Select lines or leave them out, all at once. May be sent again.",
    )
    async def select_cart_lines(
        self, info: Info, given: Annotated[SelectCartLinesInput, _Input]
    ) -> results.CartSavedView:
        context, line_keys = info.context, given.line_keys
        async with context.writing() as session:
            await actions.select_lines(
                session,
                context.member().id,
                line_keys,
                is_selected=given.is_selected,
                at=context.now(),
            )
        return results.CartSavedView(await cart_of(context))

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.RemoveCartLinesResult,
        description="Take lines out of the cart. May be sent again.",
    )
    async def remove_cart_lines(
        self, info: Info, given: Annotated[RemoveCartLinesInput, _Input]
    ) -> results.CartSavedView:
        context, line_keys = info.context, given.line_keys
        async with context.writing() as session:
            await actions.remove(session, context.member().id, line_keys)
        return results.CartSavedView(await cart_of(context))
