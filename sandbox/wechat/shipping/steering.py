"""What steers the order centre (``/_control/shipping…``), and what its page of the phone asks."""

from datetime import datetime

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.wechat.asked import Name, asked, refused, somebody, told
from sandbox.wechat.pay.orders import Order
from sandbox.wechat.shipping.records import OrderState
from sandbox.wechat.world import World


def shipping_control_routes(world: World) -> list[Route]:
    """Return what steers the order centre, where this world has a WeChat Pay."""
    if not world.pay:
        return []
    control = _Control(world)
    return [
        Route("/shipping", control.list, methods=["GET"]),
        Route("/shipping/receive", control.receive, methods=["POST"]),
    ]


def shipping_phone_routes(world: World) -> list[Route]:
    """Return what the page of the phone shows of parcels, and by which it confirms."""
    if not world.pay:
        return []
    phone = _Phone(world)
    return [
        Route("/phone/shipping", phone.list, methods=["GET"]),
        Route("/phone/shipping/confirm", phone.confirm, methods=["POST"]),
    ]


class _ReceiveAsked(Struct, forbid_unknown_fields=True):
    out_trade_no: Name
    is_settled: bool = False
    """Whether the money has been paid out as well."""


class _ConfirmAsked(Struct, forbid_unknown_fields=True):
    person: Name
    out_trade_no: Name


class _ShippingTold(Struct):
    out_trade_no: str
    state: str
    total: int
    frozen: int
    parcels: list[tuple[str, str, str]]
    is_finished: bool
    is_resent: bool
    delayed_to: datetime | None


class _Control:
    def __init__(self, world: World) -> None:
        self._world = world

    async def list(self, _: Request) -> Response:
        """Tell what is known of each payment, and what money is frozen."""
        return told([_told(self._world, each) for each in _paid(self._world)])

    async def receive(self, request: Request) -> Response:
        """Let a payment be confirmed, by its member or by time."""
        wanted = await asked(request, _ReceiveAsked)
        order = _numbered(self._world, wanted.out_trade_no)
        state = OrderState.COMPLETED if wanted.is_settled else OrderState.CONFIRMED
        confirm(self._world, order, state)
        return told(_told(self._world, order))


class _Phone:
    def __init__(self, world: World) -> None:
        self._world = world

    async def list(self, request: Request) -> Response:
        """Tell what a person has paid for, and how it comes."""
        person = somebody(self._world, request.query_params.get("person", ""))
        own = [each for each in _paid(self._world) if each.openid == person.openid]
        return told([_told(self._world, each) for each in own])

    async def confirm(self, request: Request) -> Response:
        """Confirm at WeChat that what was paid for is here."""
        wanted = await asked(request, _ConfirmAsked)
        person = somebody(self._world, wanted.person)
        order = _numbered(self._world, wanted.out_trade_no)
        if order.openid != person.openid:
            raise refused("不是你的订单。It is somebody else's.")
        confirm(self._world, order)
        return told(_told(self._world, order))


def confirm(world: World, order: Order, state: OrderState = OrderState.CONFIRMED) -> None:
    """Let a payment be confirmed; HTTP 400 where nothing of it was told to the end."""
    if world.shippings.state(order) in {OrderState.TO_SHIP, OrderState.REFUNDED}:
        raise refused("尚未发货。It has not been shipped.")
    world.shippings.of(order.out_trade_no).received = state


def _paid(world: World) -> list[Order]:
    assert world.pay is not None
    return [each for each in world.pay.orders if each.is_paid]


def _numbered(world: World, number: str) -> Order:
    order = next((each for each in _paid(world) if each.out_trade_no == number), None)
    if order is None:
        raise refused("没有这笔支付。There is no such payment.")
    return order


def _told(world: World, order: Order) -> _ShippingTold:
    shipping = world.shippings.of(order.out_trade_no)
    return _ShippingTold(
        order.out_trade_no,
        world.shippings.state(order).name,
        order.total,
        world.shippings.frozen(order),
        [(*each.key, each.item_desc) for each in shipping.parcels],
        shipping.is_finished,
        shipping.is_resent,
        shipping.delayed_to,
    )
