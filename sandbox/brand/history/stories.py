"""What happened to orders: sent, picked up, delivered at once, waiting, not paid, invoiced."""

from collections.abc import Callable, Mapping

from sqlalchemy import select

from domain.invoices.rules import WrittenTitle
from domain.invoices.words import TitleKind
from domain.orders.cart.models import EngravedText
from domain.orders.models import Order
from domain.orders.words import Carrier, DeliveryMethod
from sandbox.brand.history.doing import Buyer, Want
from sandbox.brand.history.past import Story
from sandbox.brand.history.stage import Stage
from workers.orders import close_due_orders
from workers.pick_ups import ready_pick_ups
from workers.virtual_goods import deliver_virtual_goods

_COMPANY = WrittenTitle(
    TitleKind.COMPANY, "上海云岫文化传播有限公司", "91310106MA1FY7XJ59", "caiwu@yunxiu.example"
)
_INVOICE_NUMBER = "2631200000080017"


async def received_and_invoiced(stage: Stage, who: Buyer) -> Story:
    """Two things that came, and the invoice that was made for them."""
    mall = stage.mall
    yield mall.day(13, "10:24")
    order = await who.order(stage.want(2), stage.want(), note="送人的，请不要放价签")
    yield mall.after(minutes=2)
    await who.pay(order)
    yield mall.day(12, "15:10")
    await stage.packer.ship(order, stage.parcel(Carrier.SF))
    yield mall.day(10, "19:42")
    await who.receive(order)
    yield mall.day(9, "09:05")
    title = WrittenTitle(TitleKind.PERSONAL, who.member.name, None, "fapiao@example.com")
    invoice = await who.ask_for_invoice(order, title)
    async with mall.writing() as session:
        fen = (await session.scalars(select(Order.payable_fen).where(Order.id == order))).one()
    yield mall.day(8, "14:30")
    number = f"{_INVOICE_NUMBER}{mall.random.randrange(10**4):04}"
    await stage.bookkeeper.issue_invoice(invoice, number, fen)


async def in_two_parcels(stage: Stage, who: Buyer) -> Story:
    """Two things that were sent one after the other, and are not received yet."""
    yield stage.mall.day(11, "21:16")
    order = await who.order(stage.want(), stage.want())
    yield stage.mall.after(minutes=1)
    await who.pay(order)
    yield stage.mall.day(10, "16:20")
    await stage.packer.ship(order, stage.parcel(Carrier.ZTO, 1))
    yield stage.mall.day(8, "16:45")
    await stage.packer.ship(order, stage.parcel(Carrier.YTO), "第二件补货后发出")


async def a_gift_card(stage: Stage, who: Buyer) -> Story:
    """What is virtual, and was there at once."""
    yield stage.mall.day(5, "12:08")
    (card, *_) = stage.warehouse.virtual
    order = await who.order(Want(card.variant_id), delivery=DeliveryMethod.VIRTUAL)
    yield stage.mall.after(minutes=1)
    await who.pay(order)
    await stage.mall.sweep(deliver_virtual_goods)


async def picked_up(stage: Stage, who: Buyer) -> Story:
    """Something that was fetched in Shanghai with its code."""
    shelf = stage.stores[0]
    yield stage.mall.day(10, "11:30")
    want = Want(shelf.at(3).variant_id)
    order = await who.order(want, delivery=DeliveryMethod.PICK_UP, store_id=shelf.place_id)
    yield stage.mall.after(minutes=3)
    await who.pay(order)
    await stage.mall.sweep(ready_pick_ups)
    yield stage.mall.day(9, "18:12")
    await stage.manager.hand_over(order)


async def waits_at_its_store(stage: Stage, who: Buyer) -> Story:
    """Something that waits in Beijing for whoever shows the code."""
    shelf = stage.stores[1]
    yield stage.mall.day(1, "13:47")
    want = Want(shelf.at(5).variant_id, 2)
    order = await who.order(want, delivery=DeliveryMethod.PICK_UP, store_id=shelf.place_id)
    yield stage.mall.after(minutes=2)
    await who.pay(order)
    await stage.mall.sweep(ready_pick_ups)


async def never_paid(stage: Stage, who: Buyer) -> Story:
    """What was closed since nobody paid for it."""
    yield stage.mall.day(6, "22:50")
    await who.order(stage.want())
    yield stage.mall.after(minutes=30, seconds=1)
    await stage.mall.sweep(close_due_orders)


async def asks_for_an_invoice(stage: Stage, who: Buyer) -> Story:
    """What a firm has received, and wants an invoice for."""
    mall = stage.mall
    yield mall.day(6, "09:40")
    order = await who.order(stage.want(5), note="公司采购，请附送货单")
    yield mall.after(minutes=6)
    await who.pay(order)
    yield mall.day(5, "10:15")
    await stage.packer.ship(order, stage.parcel(Carrier.JD))
    yield mall.day(3, "11:02")
    await who.receive(order)
    yield mall.day(2, "10:30")
    await who.ask_for_invoice(order, _COMPANY)


async def partly_sent(stage: Stage, who: Buyer) -> Story:
    """What was sent in part, and is late at WeChat with the rest."""
    yield stage.mall.day(4, "20:33")
    order = await who.order(stage.want(), stage.want())
    yield stage.mall.after(minutes=1)
    await who.pay(order)
    yield stage.mall.day(3, "15:55")
    await stage.packer.ship(order, stage.parcel(Carrier.SF, 1), "另一件缺货，先发一件")


async def under_way(stage: Stage, who: Buyer) -> Story:
    """What was sent yesterday."""
    yield stage.mall.day(2, "08:52")
    order = await who.order(stage.want())
    yield stage.mall.after(minutes=2)
    await who.pay(order)
    yield stage.mall.day(1, "16:05")
    await stage.packer.ship(order, stage.parcel(Carrier.SF))


async def to_be_engraved(stage: Stage, who: Buyer) -> Story:
    """What waits for somebody to look at its text."""
    yield stage.mall.day(1, "20:18")
    (lipstick, *_) = stage.warehouse.engraved
    order = await who.order(Want(lipstick.variant_id, 1, (EngravedText("initials", "LOVE"),)))
    yield stage.mall.after(minutes=4)
    await who.pay(order)


async def to_be_packed(stage: Stage, who: Buyer) -> Story:
    """What was paid for some hours ago."""
    yield stage.mall.ago(hours=5)
    order = await who.order(stage.want(), stage.want(3))
    yield stage.mall.after(minutes=1)
    await who.pay(order)


async def just_paid(stage: Stage, who: Buyer) -> Story:
    """What was paid for just now, in a hurry."""
    yield stage.mall.ago(minutes=50)
    order = await who.order(stage.want(), note="请尽快发货，周末要用")
    yield stage.mall.after(minutes=1)
    await who.pay(order)


Told = Callable[[Stage, Buyer], Story]
"""How a story is told of somebody."""
OF_ORDERS: tuple[Told, ...] = (
    received_and_invoiced,
    in_two_parcels,
    a_gift_card,
    picked_up,
    waits_at_its_store,
    never_paid,
    asks_for_an_invoice,
    partly_sent,
    under_way,
    to_be_engraved,
    to_be_packed,
    just_paid,
)
NEEDS: Mapping[Told, Callable[[Stage], bool]] = {
    a_gift_card: lambda stage: bool(stage.warehouse.virtual),
    to_be_engraved: lambda stage: bool(stage.warehouse.engraved),
}
"""What a small brand may not have."""
