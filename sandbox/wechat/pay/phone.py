"""What the page of the phone asks for to pay: at WeChat Pay, and at the mall."""

from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.kernel.ids import new_id
from sandbox.wechat.asked import (
    AccessToken,
    MemberAsked,
    Name,
    asked,
    language_of,
    refused,
    somebody,
    told,
)
from sandbox.wechat.mall import Mall
from sandbox.wechat.pay.cashier import Cashier
from sandbox.wechat.pay.desk import PayDesk
from sandbox.wechat.pay.mall_orders import buy, orders_of, pay_order
from sandbox.wechat.pay.orders import Order
from sandbox.wechat.pay.sheet import Parameters, SheetRefused, check_payer, opened
from sandbox.wechat.people import Person
from sandbox.wechat.world import World


def pay_phone_routes(world: World, cashier: Cashier, mall: Mall | None) -> list[Route]:
    """Return what the buttons of the sheet ask for, where this world has a WeChat Pay."""
    if not world.pay:
        return []
    phone = _Phone(world, cashier)
    routes = [
        Route("/phone/pay/orders", phone.orders, methods=["GET"]),
        Route("/phone/pay/sheet", phone.sheet, methods=["POST"]),
        Route("/phone/pay/pay", phone.pay, methods=["POST"]),
        Route("/phone/pay/cancel", phone.cancel, methods=["POST"]),
    ]
    if mall:
        shopping = _Shopping(world, mall)
        routes += [
            Route("/phone/pay/mall-orders", shopping.orders, methods=["POST"]),
            Route("/phone/pay/mall-pay", shopping.pay, methods=["POST"]),
            Route("/phone/pay/mall-buy", shopping.buy, methods=["POST"]),
        ]
    return routes


class _SheetAsked(Struct, forbid_unknown_fields=True):
    person: Name
    parameters: Parameters


class _OrderAsked(Struct, forbid_unknown_fields=True):
    person: Name
    out_trade_no: Name


class _BuyAsked(Struct, forbid_unknown_fields=True):
    access_token: AccessToken
    units: Annotated[int, Meta(ge=1, le=999)] = 1


class _MallOrderAsked(Struct, forbid_unknown_fields=True):
    access_token: AccessToken
    order_id: Annotated[str, Meta(min_length=1, max_length=200)]


class _OrderTold(Struct):
    out_trade_no: str
    description: str
    total: int
    seconds_left: int


class _Phone:
    def __init__(self, world: World, cashier: Cashier) -> None:
        self._world = world
        self._cashier = cashier

    @property
    def _desk(self) -> PayDesk:
        assert self._world.pay, "there are such routes only where there are keys"
        return self._world.pay

    async def orders(self, request: Request) -> Response:
        """Tell what a person can pay now."""
        person = somebody(self._world, request.query_params.get("person", ""))
        return told([self._told(order) for order in self._desk.orders if self._can(person, order)])

    async def sheet(self, request: Request) -> Response:
        """Open the sheet as ``wx.requestPayment`` does."""
        wanted = await asked(request, _SheetAsked)
        person = somebody(self._world, wanted.person)
        app_id = self._world.app.app_id
        try:
            order = opened(self._desk, self._cashier, app_id, person, wanted.parameters)
        except SheetRefused as error:
            raise refused(str(error)) from None
        return told(self._told(order))

    async def pay(self, request: Request) -> Response:
        """Pay what the sheet shows."""
        order = await self._shown(request)
        self._cashier.pay(self._desk, order)
        return told({"errMsg": "requestPayment:ok"})

    async def cancel(self, request: Request) -> Response:
        """Leave the sheet."""
        order = await self._shown(request)
        self._cashier.cancel(self._desk, order)
        return told({"errMsg": "requestPayment:fail cancel"})

    async def _shown(self, request: Request) -> Order:
        wanted = await asked(request, _OrderAsked)
        person = somebody(self._world, wanted.person)
        if not (order := self._desk.orders.numbered(wanted.out_trade_no)):
            raise refused("没有这个订单。There is no such order.")
        try:
            check_payer(self._desk, self._cashier, person, order)
        except SheetRefused as error:
            raise refused(str(error)) from None
        return order

    def _can(self, person: Person, order: Order) -> bool:
        try:
            check_payer(self._desk, self._cashier, person, order)
        except SheetRefused:
            return False
        return True

    def _told(self, order: Order) -> _OrderTold:
        left = order.payable_until - self._desk.clock()
        number, seconds = order.out_trade_no, int(left.total_seconds())
        return _OrderTold(number, order.description, order.total, seconds)


class _Shopping:
    """The mini-program of whoever is signed in at the mall."""

    def __init__(self, world: World, mall: Mall) -> None:
        self._world = world
        self._mall = mall

    async def orders(self, request: Request) -> Response:
        """Tell the member's orders."""
        token = (await asked(request, MemberAsked)).access_token
        return told(await orders_of(self._mall, token, language_of(request)))

    async def pay(self, request: Request) -> Response:
        """Tell what the mall would have the sheet of an order opened with."""
        wanted = await asked(request, _MallOrderAsked)
        answer = await pay_order(
            self._mall,
            wanted.access_token,
            language_of(request),
            wanted.order_id,
            new_request_id=self._new_request_id,
        )
        return told(answer)

    async def buy(self, request: Request) -> Response:
        """Order the first thing in stock."""
        wanted = await asked(request, _BuyAsked)
        answer = await buy(
            self._mall,
            wanted.access_token,
            language_of(request),
            wanted.units,
            new_request_id=self._new_request_id,
        )
        return told(answer)

    def _new_request_id(self) -> str:
        return str(new_id(self._world.clock(), self._world.random))
