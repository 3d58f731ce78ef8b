"""Reading the cart of whoever is signed in, for `viewer` and for what changes of it answer."""

from api.context import Context
from domain.orders.cart import views
from domain.orders.cart.views import CartReading, CartView


async def cart_of(context: Context) -> CartView:
    """The signed-in member's cart, in one statement."""
    reading = CartReading(context.language, context.now(), context.media_url)
    return await views.cart(context.reads, context.member().id, reading)
