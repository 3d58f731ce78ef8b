"""What happened after the sale: refunds whole and in part, returns, and an exchange."""

from uuid import UUID

from domain.aftersales.returns import Finding
from domain.aftersales.rules import CaseWish, LineWish
from domain.aftersales.words import CaseKind, CaseReason
from domain.orders.words import Carrier
from sandbox.brand.history.doing import Buyer, Want
from sandbox.brand.history.past import Story
from sandbox.brand.history.stage import Stage
from sandbox.brand.history.stories import Told

_RETURN_TO = "上海市青浦区华新镇新协路 188 号 3 号仓 屿光退货组（收） 021-5986 0321"


async def taken_back_before_it_was_sent(stage: Stage, who: Buyer) -> Story:
    """An order that was given back whole at once, and is closed."""
    yield stage.mall.day(8, "16:31")
    order = await who.order(stage.want())
    yield stage.mall.after(minutes=1)
    await who.pay(order)
    yield stage.mall.after(minutes=75)
    wish = CaseWish(
        CaseKind.REFUND, CaseReason.NOT_SENT_YET, (LineWish(1, units=1),), "拍错规格了，重新下单"
    )
    await who.open_case(order, wish)
    await stage.mall.give_money_back()


async def partly_refunded(stage: Stage, who: Buyer) -> Story:
    """An order of which one of three came broken, and was paid back."""
    yield stage.mall.day(9, "13:22")
    order = await who.order(stage.want(3))
    async for moment in _sent_and_received(stage, who, order, (8, "15:30"), (6, "20:10")):
        yield moment
    yield stage.mall.day(5, "09:18")
    wish = CaseWish(
        CaseKind.REFUND,
        CaseReason.DAMAGED,
        (LineWish(1, units=1),),
        "三件里有一件瓶口裂了，漏了小半瓶，另外两件没问题，申请退一件的钱。",
    )
    case = await who.open_case(order, wish)
    yield stage.mall.day(5, "14:02")
    await stage.operator.approve(case, "照片可见瓶口破裂，同意退一件")
    await stage.mall.give_money_back()


async def wants_to_return(stage: Stage, who: Buyer) -> Story:
    """An order whose member wants to send something back; nobody has answered yet."""
    yield stage.mall.day(7, "19:05")
    order = await who.order(stage.want(), stage.want())
    async for moment in _sent_and_received(stage, who, order, (6, "15:40"), (3, "12:26")):
        yield moment
    yield stage.mall.ago(hours=20)
    wish = CaseWish(
        CaseKind.RETURN,
        CaseReason.NOT_AS_DESCRIBED,
        (LineWish(1, units=1),),
        "收到后发现香味和页面描述的不一样：页面写的是清淡木质调，实际偏甜。只试了一次，"
        "包装和吊牌都在，开箱时拍了视频，需要可以补充。",
    )
    await who.open_case(order, wish)


async def returned(stage: Stage, who: Buyer) -> Story:
    """An order of which one thing was sent back, and its money as well."""
    yield stage.mall.day(13, "20:47")
    order = await who.order(stage.want(), stage.want())
    async for moment in _sent_and_received(stage, who, order, (12, "15:20"), (10, "18:33")):
        yield moment
    yield stage.mall.day(9, "10:11")
    wish = CaseWish(
        CaseKind.RETURN, CaseReason.NOT_WANTED, (LineWish(2, units=1),), "家人已经买了同款，未拆封"
    )
    case = await who.open_case(order, wish)
    yield stage.mall.day(9, "15:26")
    await stage.operator.approve(case, "未拆封，符合七天无理由", _RETURN_TO)
    yield stage.mall.day(8, "12:40")
    await who.send_back(case, stage.parcel(Carrier.ZTO))
    yield stage.mall.day(6, "10:09")
    await stage.packer.take_back(case)
    yield stage.mall.day(6, "16:37")
    await stage.packer.inspect(case, [Finding(2, restocked=1)], "外包装完好，重新上架")
    await stage.mall.give_money_back()


async def exchanged(stage: Stage, who: Buyer) -> Story:
    """Something that was broken, and came anew."""
    yield stage.mall.day(12, "21:58")
    order = await who.order(Want(stage.next_goods().variant_id))
    async for moment in _sent_and_received(stage, who, order, (11, "16:02"), (8, "13:14")):
        yield moment
    yield stage.mall.day(7, "20:20")
    wish = CaseWish(
        CaseKind.EXCHANGE,
        CaseReason.DEFECTIVE,
        (LineWish(1, units=1),),
        "按压泵头按不出来，换了角度也不行，希望换一支新的。",
    )
    case = await who.open_case(order, wish)
    yield stage.mall.day(6, "09:33")
    await stage.operator.approve(case, "泵头故障，同意换新", _RETURN_TO)
    yield stage.mall.day(5, "11:45")
    await who.send_back(case, stage.parcel(Carrier.SF))
    yield stage.mall.day(3, "10:20")
    await stage.packer.take_back(case)
    yield stage.mall.day(3, "14:50")
    await stage.packer.inspect(case, [Finding(1, restocked=0, discarded=1)], "泵头卡死，报废")
    yield stage.mall.day(3, "16:15")
    await stage.packer.send_replacement(case, stage.parcel(Carrier.SF))


async def _sent_and_received(
    stage: Stage, who: Buyer, order: UUID, sent: tuple[int, str], received: tuple[int, str]
) -> Story:
    """What all of them have in common: paid for, sent whole, and received."""
    yield stage.mall.after(minutes=2)
    await who.pay(order)
    yield stage.mall.day(*sent)
    await stage.packer.ship(order, stage.parcel(Carrier.SF))
    yield stage.mall.day(*received)
    await who.receive(order)


OF_CASES: tuple[Told, ...] = (
    taken_back_before_it_was_sent,
    partly_refunded,
    wants_to_return,
    returned,
    exchanged,
)
