"""The member who is signed in, with what hangs below them and is asked for."""

import msgspec

from api.context import Info
from api.lookahead import selected_paths
from api.orders.cart_reading import cart_of
from domain.kernel.errors import Unauthenticated
from domain.members.views import members
from domain.members.views.members import Reading
from domain.members.views.structs import MemberView
from domain.messages.views import unread_count
from domain.orders.cart.views import CartView
from domain.points.views import PointsView, points_of


class ViewerView(MemberView, frozen=True, gc=False, kw_only=True):
    """The struct behind `Viewer`: a member, and what other contexts keep of theirs.

    What is not asked for is None, and costs no statement.
    """

    cart: CartView | None
    unread_message_count: int | None
    points: PointsView | None


async def viewer_of(info: Info, *, below: str = "") -> ViewerView:
    """The signed-in member with what the document selects ``below`` a path, ``viewer.``.

    Fault: UNAUTHENTICATED where they are gone.
    """
    context, paths = info.context, selected_paths(info)
    reading = Reading(context.media_url, with_consents=f"{below}consents" in paths)
    found = await members.viewer(
        context.reads, context.members.vault, context.member().id, reading=reading
    )
    if found is None:
        raise Unauthenticated
    cart = await cart_of(context) if f"{below}cart" in paths else None
    unread = None
    if f"{below}unreadMessageCount" in paths:
        unread = await unread_count(context.reads, context.member().id)
    points = None
    if f"{below}points" in paths:
        points = await points_of(context.reads, context.member().id, at=context.now())
    return ViewerView(
        **msgspec.structs.asdict(found), cart=cart, unread_message_count=unread, points=points
    )
