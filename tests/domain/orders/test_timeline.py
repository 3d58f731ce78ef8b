"""Every move of an order has its sentence, in both languages and on the shop's clock."""

from datetime import datetime, timedelta

import pytest

from domain.kernel.language import Language
from domain.orders.shipping.carriers import carrier_name
from domain.orders.views import timeline
from domain.orders.words import Carrier, CloseReason, OrderStatus, ShipmentKind
from domain.payments.words import PaymentProvider
from tests.make import NOON

LATE = NOON + timedelta(hours=11, minutes=50)
"""Ten to midnight in the shop, when it is still the afternoon in UTC."""

WAITED = timeline.Around(NOON)


def placed(at: datetime, language: Language) -> str:
    status, pay_by = OrderStatus.PENDING_PAYMENT, at + timedelta(minutes=30)
    return timeline.told(
        status,
        None,
        actor="member:1",
        at=at,
        around=timeline.Around(pay_by),
        why=None,
        language=language,
    )


def closed(reason: CloseReason, language: Language, why: str | None = None) -> str:
    status = OrderStatus.CLOSED
    return timeline.told(
        status, reason, actor="worker", at=NOON, around=WAITED, why=why, language=language
    )


def paid(actor: str, language: Language) -> str:
    return timeline.told(
        OrderStatus.PAID, None, actor=actor, at=NOON, around=WAITED, why=None, language=language
    )


def test_the_deadline_is_told_on_the_shops_clock():
    assert placed(NOON, Language.ZH) == "订单已提交，请在 12:30 前付款。"
    assert placed(NOON, Language.EN) == "Your order was placed; please pay by 12:30 Beijing time."


def test_a_deadline_after_midnight_names_its_day():
    assert placed(LATE, Language.ZH) == "订单已提交，请在 11 月 12 日 00:20 前付款。"
    assert placed(LATE, Language.EN).endswith("please pay by 2026-11-12 00:20 Beijing time.")


@pytest.mark.parametrize("reason", CloseReason)
def test_every_reason_has_a_sentence_of_its_own(reason: CloseReason):
    for language in Language:
        others = {closed(each, language, "x") for each in CloseReason if each is not reason}
        assert closed(reason, language, "x") not in others


def test_what_the_staff_said_is_told():
    assert closed(CloseReason.CANCELLED_BY_STAFF, Language.ZH, "缺货") == "商家已取消订单：缺货"
    assert closed(CloseReason.CANCELLED_BY_STAFF, Language.ZH) == "商家已取消订单。"
    rejected = closed(CloseReason.PERSONALISATION_REJECTED, Language.EN, "a trademark")
    assert rejected.endswith("has been closed: a trademark")


def test_through_whom_it_was_paid_is_told():
    assert paid("gateway:wechat_pay", Language.ZH) == "订单已通过微信支付付款。"
    assert paid("gateway:wechat_pay", Language.EN) == "The order has been paid through WeChat Pay."
    assert paid("gateway:free", Language.EN) == "There was nothing to pay for the order."
    assert paid("gateway:unheard_of", Language.ZH) == "订单已付款。"


@pytest.mark.parametrize("provider", PaymentProvider)
@pytest.mark.parametrize("language", Language)
def test_every_gateway_that_there_is_is_told(provider: PaymentProvider, language: Language):
    assert paid(f"gateway:{provider}", language) != paid("gateway:unheard_of", language)


def sent(status: OrderStatus, receive_by: datetime | None, language: Language) -> str:
    parcel = timeline.ToldParcel(2, ShipmentKind.EXPRESS, Carrier.SF, "SF1020304050")
    return timeline.told(
        status,
        None,
        actor="staff:1",
        at=NOON,
        around=timeline.Around(NOON, receive_by, parcel),
        why=None,
        language=language,
    )


def test_a_parcel_is_told_with_what_is_next_and_by_when():
    partly, whole = OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED
    assert sent(partly, None, Language.ZH) == (
        "包裹 2 已发出：顺丰速运 SF1020304050，其余商品将稍后发出。"
    )
    assert sent(partly, None, Language.EN).endswith(
        "SF Express SF1020304050. The rest will follow."
    )
    assert sent(whole, NOON + timedelta(days=10), Language.ZH) == (
        "商品已全部发出：顺丰速运 SF1020304050。请在 11 月 21 日 12:00 前确认收货，逾期将自动确认。"
    )
    assert sent(whole, None, Language.EN) == "Everything has been sent: SF Express SF1020304050."


@pytest.mark.parametrize("language", Language)
def test_who_says_that_it_was_received_is_told(language: Language):
    def received(actor: str) -> str:
        status = OrderStatus.RECEIVED
        return timeline.told(
            status, None, actor=actor, at=NOON, around=WAITED, why=None, language=language
        )

    assert received("member:1") != received("worker:receive_due_orders")


@pytest.mark.parametrize("language", Language)
def test_what_was_handed_over_and_what_delivered_itself_are_told_apart(language: Language):
    def handed_over(kind: ShipmentKind) -> str:
        around = timeline.Around(NOON, None, timeline.ToldParcel(1, kind, None, None))
        status = OrderStatus.RECEIVED
        return timeline.told(
            status, None, actor="1", at=NOON, around=around, why=None, language=language
        )

    assert handed_over(ShipmentKind.PICK_UP) != handed_over(ShipmentKind.VIRTUAL)


@pytest.mark.parametrize("carrier", Carrier)
def test_every_carrier_has_a_name_of_its_own(carrier: Carrier):
    for language in Language:
        others = {carrier_name(each, language) for each in Carrier if each is not carrier}
        assert carrier_name(carrier, language) not in others
