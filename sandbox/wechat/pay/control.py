"""The part of the control API that steers WeChat Pay (``/_control/pay/…``)."""

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.wechat.asked import asked, refused, told
from sandbox.wechat.pay.bill_tricks import BillTricks
from sandbox.wechat.pay.cashier import Cashier, NotPayable
from sandbox.wechat.pay.desk import PayDesk, SignedBy
from sandbox.wechat.pay.orders import Order
from sandbox.wechat.pay.refunds import RefundStatus
from sandbox.wechat.pay.told import order_told, refund_told
from sandbox.wechat.pay.tricks import Trick, TrickKind
from sandbox.wechat.world import World

_Number = Annotated[str, Meta(min_length=1, max_length=64)]
_Copies = Annotated[int, Meta(ge=1, le=100)]


def pay_control_routes(world: World, cashier: Cashier) -> list[Route]:
    """Return what steers WeChat Pay, where this world has it."""
    if not world.pay:
        return []
    control = _Control(world, cashier)
    asking = {
        "/pay/pay": control.pay,
        "/pay/cancel": control.cancel,
        "/pay/refunds/finish": control.finish,
        "/pay/notices/resend": control.resend,
        "/pay/notices/tricks": control.plan,
        "/pay/settings": control.change,
        "/pay/bills/tricks": control.plan_bills,
    }
    telling = {
        "/pay/orders": control.orders,
        "/pay/refunds": control.refunds,
        "/pay/deliveries": control.deliveries,
        "/pay/settings": control.settings,
    }
    return [
        *(Route(path, endpoint, methods=["POST"]) for path, endpoint in asking.items()),
        *(Route(path, endpoint, methods=["GET"]) for path, endpoint in telling.items()),
    ]


class _OrderAsked(Struct, forbid_unknown_fields=True):
    out_trade_no: _Number


class _FinishAsked(Struct, forbid_unknown_fields=True):
    out_refund_no: _Number
    status: Literal["SUCCESS", "ABNORMAL", "CLOSED"] = "SUCCESS"


class _ResendAsked(Struct, forbid_unknown_fields=True):
    out_trade_no: _Number
    out_refund_no: _Number | None = None
    """With it the notice about this refund of the order."""
    copies: _Copies = 1


class _TrickAsked(Struct, forbid_unknown_fields=True):
    kind: TrickKind
    times: Annotated[int, Meta(ge=1, le=1000)] = 1
    copies: _Copies = 2
    instead: bool = False


class _SettingsAsked(Struct, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    factor: Annotated[float, Meta(gt=0, le=1_000_000)] | UnsetType = UNSET
    answer_seconds: Annotated[float, Meta(gt=0, le=5)] | UnsetType = UNSET
    signed_by: SignedBy | UnsetType = UNSET
    refund_seconds: Annotated[float, Meta(ge=0)] | UnsetType | None = UNSET


class _Control:
    def __init__(self, world: World, cashier: Cashier) -> None:
        self._world = world
        self._cashier = cashier

    @property
    def _desk(self) -> PayDesk:
        assert self._world.pay, "there are such routes only where there are keys"
        return self._world.pay

    async def pay(self, request: Request) -> Response:
        """Let the payer pay an order."""
        order = self._order((await asked(request, _OrderAsked)).out_trade_no)
        try:
            self._cashier.pay(self._desk, order)
        except NotPayable as error:
            raise refused(str(error)) from None
        return told(self._told(order))

    async def cancel(self, request: Request) -> Response:
        """Let the payer leave the sheet."""
        order = self._order((await asked(request, _OrderAsked)).out_trade_no)
        try:
            self._cashier.cancel(self._desk, order)
        except NotPayable as error:
            raise refused(str(error)) from None
        return told(self._told(order))

    async def finish(self, request: Request) -> Response:
        """End a refund; one that was abnormal can still be made to succeed or be closed."""
        wanted = await asked(request, _FinishAsked)
        refund = self._desk.refund_numbered(wanted.out_refund_no)
        if not refund:
            raise _unknown(f"there is no refund {wanted.out_refund_no}")
        if refund.status not in {RefundStatus.PROCESSING, RefundStatus.ABNORMAL}:
            raise refused(f"refund {refund.out_refund_no} is {refund.status} for good")
        self._cashier.finish(self._desk, refund, RefundStatus(wanted.status))
        return told(refund_told(refund, self._order(refund.out_trade_no)))

    async def resend(self, request: Request) -> Response:
        """Tell the mall again what it was told, or should have been."""
        wanted = await asked(request, _ResendAsked)
        notice = self._desk.notices.get((wanted.out_trade_no, wanted.out_refund_no))
        if not notice:
            raise _unknown("there was no such notice")
        self._cashier.resend(self._desk, notice, wanted.copies)
        return told({"notice_id": notice.id, "copies": wanted.copies})

    async def plan(self, request: Request) -> Response:
        """Let something go wrong with the next notices."""
        wanted = await asked(request, _TrickAsked)
        trick = Trick(wanted.kind, wanted.copies, wanted.instead)
        self._desk.tricks.plan(trick, times=wanted.times)
        return told({"planned": wanted.times})

    async def plan_bills(self, request: Request) -> Response:
        """Let something be wrong with bills, in the place of what was wrong before."""
        self._desk.bill_tricks = await asked(request, BillTricks)
        return told(self._desk.bill_tricks)

    async def change(self, request: Request) -> Response:
        """Change how it behaves."""
        wanted = await asked(request, _SettingsAsked)
        for name, value in msgspec.structs.asdict(wanted).items():
            if value is not UNSET:
                setattr(self._desk.settings, name, value)
        return told(self._desk.settings)

    async def settings(self, _: Request) -> Response:
        """Tell how it behaves."""
        return told(self._desk.settings)

    async def orders(self, _: Request) -> Response:
        """Tell all orders, as a query of the merchant does and a little more."""
        return told([self._told(order) for order in self._desk.orders])

    async def refunds(self, _: Request) -> Response:
        """Tell all refunds, as a query of the merchant does."""
        orders = self._desk.orders
        return told([refund_told(each, order) for order in orders for each in order.refunds])

    async def deliveries(self, request: Request) -> Response:
        """Tell the attempts to tell the mall something, of one order or all, oldest first."""
        number = request.query_params.get("out_trade_no")
        kept = self._desk.deliveries
        return told([each for each in kept if number in {None, each.out_trade_no}])

    def _order(self, out_trade_no: str) -> Order:
        if not (order := self._desk.orders.numbered(out_trade_no)):
            raise _unknown(f"there is no order {out_trade_no}")
        return order

    def _told(self, order: Order) -> dict[str, object]:
        person = self._world.people.with_openid(order.openid)
        return {
            **order_told(order, self._world.app.app_id, self._desk.keys.merchant_id),
            "description": order.description,
            "person": person.name if person else None,
            "payable_until": order.payable_until,
            "cancelled": order.cancelled,
        }


def _unknown(reason: str) -> HTTPException:
    return HTTPException(HTTPStatus.NOT_FOUND, reason)
