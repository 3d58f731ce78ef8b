"""The GraphQL types of a quote: a price with every fen explained."""

from datetime import datetime

import msgspec
import strawberry

from api.enums import described
from api.limits import sized
from api.orders.enums import DiscountClass, Funder
from api.points.earning_types import Cap, EarningBonus, EarningBonusView, bonus_view
from domain.kernel.ids import public_id
from domain.kernel.language import Language, Sentence
from domain.kernel.money import Fen
from domain.kernel.points import Points
from domain.orders.cart.views import CART_LINE
from domain.orders.facts import LineFacts
from domain.orders.pricing.values import NotApplied, PricedFreight, PricedLine, Reduction, WhyNot
from domain.orders.quoting import Obstacle, PointsUse, Quote, QuoteProblem
from domain.orders.seen import LONGEST_VALIDITY
from domain.points.earning.rules import Earning

described(
    WhyNot,
    "Why something that could reduce the price does not.",
    NOT_STARTED="It has not begun.",
    EXPIRED="It is over.",
    OUT_OF_SCOPE="None of the goods is among those that it is for.",
    BELOW_THRESHOLD="Something is missing to the amount from which on it applies.",
    EXCLUSIVE_WITH="It does not stand beside another one that applies.",
    NO_EFFECT="Nothing is left that it could reduce.",
)
described(
    Obstacle,
    "What keeps a quote from becoming an order.",
    NOTHING_SELECTED="No line of the cart is selected.",
    LINE_GONE="The cart has no such line.",
    UNAVAILABLE="It is not sold (any more), or its personalisation cannot be made any more.",
    OUT_OF_STOCK="There are not so many units.",
    OVER_LIMIT="A member may have only so many of the product, over all orders.",
    NO_ADDRESS="There is no such address, or no default one.",
    NOT_DELIVERED="The mall does not deliver there.",
    NO_PICK_UP="Orders are not handed out there.",
    ONLY_VIRTUAL="Nothing of it is sent or picked up: it is ordered as VIRTUAL, apart from others.",
    NOT_VIRTUAL="It has to be sent or picked up: it is ordered apart from what is VIRTUAL.",
)

_OBSTACLES = {
    Obstacle.NOTHING_SELECTED: Sentence(
        zh="请先选择要购买的商品。", en="Select something to order first."
    ),
    Obstacle.LINE_GONE: Sentence(
        zh="购物车中已没有这件商品，可能已经下单。",
        en="The item is no longer in the cart; it may have been ordered.",
    ),
    Obstacle.UNAVAILABLE: Sentence(
        zh="商品已下架或暂不可购买。", en="The item is no longer available."
    ),
    Obstacle.OUT_OF_STOCK: Sentence(
        zh="库存不足，仅剩 {available} 件。", en="Not enough in stock: {available} left."
    ),
    Obstacle.OVER_LIMIT: Sentence(
        zh="超出限购数量，您还可购买 {available} 件。",
        en="More than one member may have: {available} more are left for you.",
    ),
    Obstacle.NO_ADDRESS: Sentence(zh="请选择收货地址。", en="Choose where to deliver it."),
    Obstacle.NOT_DELIVERED: Sentence(
        zh="该地址暂不支持配送。", en="The mall does not deliver to this address."
    ),
    Obstacle.NO_PICK_UP: Sentence(
        zh="请选择可自提的门店。", en="Choose a store that hands orders out."
    ),
    Obstacle.ONLY_VIRTUAL: Sentence(
        zh="虚拟商品无需配送或自提，请与其他商品分开下单。",
        en="Virtual goods are not sent or picked up; please order them apart from others.",
    ),
    Obstacle.NOT_VIRTUAL: Sentence(
        zh="该商品需要配送或自提，请与虚拟商品分开下单。",
        en="This has to be sent or picked up; please order it apart from virtual goods.",
    ),
}


@strawberry.type(description="What one source takes off a price.")
class PriceReduction:
    source: str = strawberry.field(description="What it is, by a name that lasts: `freight:3`.")
    discount_class: DiscountClass = strawberry.field(description="Its stage.")
    title: str = strawberry.field(description="Its name, in the caller's language.")
    funder: Funder = strawberry.field(description="Who bears it.")
    amount_fen: Fen = strawberry.field(name="amount", description="What it takes off.")


@strawberry.type(
    description="What the order earns in points, by what is paid for its goods without the freight."
)
class QuotePoints:
    wanted: Points = strawberry.field(description="By the rules, before any cap.")
    granted: Points = strawberry.field(
        description="What it earns: they become active some days after receipt."
    )
    limited_by: Cap | None = strawberry.field(
        description="The cap that keeps it from what was wanted; null where all is granted."
    )
    bonuses: list[EarningBonus] = strawberry.field(
        description="What comes on top, and is counted in.", metadata=sized(2)
    )


@strawberry.type(description="A line with its price, every reduction, and what is left to pay.")
class QuoteLine:
    line_id: strawberry.ID = strawberry.field(description="The line of the cart.")
    units: int = strawberry.field(description="How many units.")
    unit_fen: Fen = strawberry.field(name="unitPrice", description="The list price of one unit.")
    personalisation_unit_fen: Fen = strawberry.field(
        name="personalisationUnitPrice", description="What the texts on one unit cost."
    )
    list_fen: Fen = strawberry.field(
        name="listTotal", description="The units before any reduction."
    )
    reductions: list[PriceReduction] = strawberry.field(
        description="What was taken off, in the order of the stages.", metadata=sized(2)
    )
    payable_fen: Fen = strawberry.field(name="payable", description="What is left to pay.")
    points: Points = strawberry.field(description="What it earns of the order's points.")
    is_returnable: bool = strawberry.field(
        description="Whether it is taken back where the shop is at no fault; what is made for its "
        "member is not, and of what is VIRTUAL nothing can come back."
    )


@strawberry.type(description="The freight with its price, every reduction, and what is left.")
class QuoteFreight:
    title: str = strawberry.field(description="The rule's name, in the caller's language.")
    list_fen: Fen = strawberry.field(name="listTotal", description="Before any reduction.")
    reductions: list[PriceReduction] = strawberry.field(
        description="What was taken off.", metadata=sized(2)
    )
    payable_fen: Fen = strawberry.field(name="payable", description="What is left to pay.")


@strawberry.type(description="Something that could reduce the price and does not.")
class ReductionNotApplied:
    source: str = strawberry.field(description="What it is, by a name that lasts.")
    title: str = strawberry.field(description="Its name, in the caller's language.")
    why: WhyNot = strawberry.field(description="Why it does not apply.")
    missing_fen: Fen | None = strawberry.field(
        name="missing", description="What is missing to its threshold; null for other reasons."
    )
    other_source: str | None = strawberry.field(
        description="What it does not stand beside; null for other reasons."
    )


@strawberry.type(description="Something that keeps a quote from becoming an order.")
class QuoteObstacle:
    obstacle: Obstacle = strawberry.field(description="What it is.")
    message: str = strawberry.field(
        description="A sentence for people, in the caller's language: for obstacles that a client "
        "does not know yet."
    )
    line_id: strawberry.ID | None = strawberry.field(
        description="The line of the cart, where it is about one."
    )
    available: int | None = strawberry.field(
        description="How many units there could be, where there are too many."
    )


@strawberry.type(description="What the caller's points pay of a quote.")
class QuotePointsUse:
    available: Points = strawberry.field(description="How many the caller has to spend.")
    most: Points = strawberry.field(description="How many of them it could use at the most.")
    most_discount_fen: Fen = strawberry.field(
        name="mostDiscount", description="What those would take off."
    )
    used: Points = strawberry.field(
        description="How many it uses: none more than it takes for what they take off."
    )
    discount_fen: Fen = strawberry.field(
        name="discount", description="What those take off, as a reduction of each line."
    )


@strawberry.type(description="What lines of the cart cost now, explained to the fen.")
class PriceQuote:
    lines: list[QuoteLine] = strawberry.field(
        description="The lines, at most 100; counts as 20 in a document's cost; none while the "
        "mall cannot price them.",
        metadata=sized(20),
    )
    freight: QuoteFreight | None = strawberry.field(
        description="The freight; null while there is nowhere to bring anything."
    )
    list_fen: Fen | None = strawberry.field(
        name="listTotal",
        description="The goods at list price; null, as all totals, while the mall cannot price "
        "them: where there is no line, or nowhere to bring anything.",
    )
    discount_fen: Fen | None = strawberry.field(
        name="discountTotal", description="What was taken off the goods."
    )
    payable_fen: Fen | None = strawberry.field(
        name="payable", description="What there is to pay, goods and freight together."
    )
    points_use: QuotePointsUse | None = strawberry.field(
        description="What the caller's points pay; null, as the totals, while nothing is priced."
    )
    points: QuotePoints | None = strawberry.field(
        description="What the order earns in points; null while the mall cannot price it."
    )
    not_applied: list[ReductionNotApplied] = strawberry.field(
        description="What could reduce the price and does not, and why.", metadata=sized(5)
    )
    obstacles: list[QuoteObstacle] = strawberry.field(
        description="What keeps it from becoming an order; nothing where there is a token.",
        metadata=sized(5),
    )
    token: str | None = strawberry.field(
        description="The quote, sealed for this member: `placeOrder` takes it. Null while there "
        "are obstacles. Where anything has changed by then, nothing is placed and the change told."
    )
    valid_until: datetime | None = strawberry.field(
        description="Until when an order can be placed from the token."
    )


class QuoteLineView(msgspec.Struct, frozen=True):
    """The struct behind `QuoteLine`."""

    line_id: str
    units: int
    unit_fen: int
    personalisation_unit_fen: int
    list_fen: int
    reductions: list["ReductionView"]
    payable_fen: int
    points: int
    is_returnable: bool


class QuotePointsView(msgspec.Struct, frozen=True):
    """The struct behind `QuotePoints`."""

    wanted: int
    granted: int
    limited_by: Cap | None
    bonuses: list[EarningBonusView]


class ReductionView(msgspec.Struct, frozen=True):
    """The struct behind `PriceReduction`."""

    source: str
    discount_class: DiscountClass
    title: str
    funder: Funder
    amount_fen: int


class QuoteFreightView(msgspec.Struct, frozen=True):
    """The struct behind `QuoteFreight`."""

    title: str
    list_fen: int
    reductions: list[ReductionView]
    payable_fen: int


class QuotePointsUseView(msgspec.Struct, frozen=True):
    """The struct behind `QuotePointsUse`."""

    available: int
    most: int
    most_discount_fen: int
    used: int
    discount_fen: int


class NotAppliedView(msgspec.Struct, frozen=True):
    """The struct behind `ReductionNotApplied`."""

    source: str
    title: str
    why: WhyNot
    missing_fen: int | None
    other_source: str | None


class ObstacleView(msgspec.Struct, frozen=True):
    """The struct behind `QuoteObstacle`."""

    obstacle: Obstacle
    message: str
    line_id: str | None
    available: int | None


class PriceQuoteView(msgspec.Struct, frozen=True):
    """The struct behind `PriceQuote`."""

    lines: list[QuoteLineView]
    freight: QuoteFreightView | None
    list_fen: int | None
    discount_fen: int | None
    payable_fen: int | None
    points_use: QuotePointsUseView | None
    points: QuotePointsView | None
    not_applied: list[NotAppliedView]
    obstacles: list[ObstacleView]
    token: str | None
    valid_until: datetime | None


def quote_view(quote: Quote, token: str | None, language: Language) -> PriceQuoteView:
    """A quote as its member is told it."""
    price, earning = quote.price, quote.earning
    priced = zip(quote.lines, price.lines, strict=True) if price else ()
    earned = [line.granted for line in earning.lines] if earning else []
    return PriceQuoteView(
        lines=[
            _line(facts, line, points, language)
            for (facts, line), points in zip(priced, earned, strict=True)
        ],
        freight=_freight(price.freight, language) if price else None,
        list_fen=price.list_fen if price else None,
        discount_fen=price.discount_fen if price else None,
        payable_fen=price.payable_fen if price else None,
        points_use=_points_use(quote.points_use) if quote.points_use else None,
        points=_points(earning, language) if earning else None,
        not_applied=[_not_applied(each, language) for each in price.not_applied] if price else [],
        obstacles=[_obstacle(each, language) for each in quote.problems],
        token=token,
        valid_until=quote.seen.made_at + LONGEST_VALIDITY if quote.seen else None,
    )


def _points_use(points: PointsUse) -> QuotePointsUseView:
    most, use = points.most, points.use
    return QuotePointsUseView(points.available, most.points, most.fen, use.points, use.fen)


def _points(earning: Earning, language: Language) -> QuotePointsView:
    return QuotePointsView(
        wanted=earning.wanted,
        granted=earning.granted,
        limited_by=earning.limited_by,
        bonuses=[bonus_view(each, language) for each in earning.bonuses],
    )


def _line(facts: LineFacts, line: PricedLine, points: int, language: Language) -> QuoteLineView:
    return QuoteLineView(
        line_id=public_id(CART_LINE, facts.line_id),
        units=line.goods.units,
        unit_fen=line.goods.unit_fen,
        personalisation_unit_fen=line.goods.personalisation_unit_fen,
        list_fen=line.list_fen,
        reductions=[_reduction(each, language) for each in line.reductions],
        payable_fen=line.payable_fen,
        points=points,
        is_returnable=not line.goods.is_personalised and not facts.is_virtual,
    )


def _freight(freight: PricedFreight, language: Language) -> QuoteFreightView:
    return QuoteFreightView(
        title=freight.title.told_in(language),
        list_fen=freight.list_fen,
        reductions=[_reduction(each, language) for each in freight.reductions],
        payable_fen=freight.payable_fen,
    )


def _reduction(reduction: Reduction, language: Language) -> ReductionView:
    return ReductionView(
        source=reduction.source,
        discount_class=reduction.discount_class,
        title=reduction.title.told_in(language),
        funder=reduction.funder,
        amount_fen=reduction.fen,
    )


def _not_applied(told: NotApplied, language: Language) -> NotAppliedView:
    return NotAppliedView(
        source=told.source,
        title=told.title.told_in(language),
        why=told.why,
        missing_fen=told.missing_fen,
        other_source=told.other_source,
    )


def _obstacle(problem: QuoteProblem, language: Language) -> ObstacleView:
    line_id = public_id(CART_LINE, problem.line_id) if problem.line_id else None
    message = _OBSTACLES[problem.obstacle].told_in(language, {"available": problem.available})
    return ObstacleView(problem.obstacle, message, line_id, problem.available)
