"""What can be wrong with a row of a table of parcels."""

from collections.abc import Mapping

from domain.kernel.errors import Problem, ProblemKind, Refused
from domain.kernel.language import Sentence
from domain.kernel.problems import NOT_FOUND
from domain.orders.shipping.errors import (
    OBSTACLES_TOLD,
    OrderNotShippable,
    ShippingObstacle,
    UnitsNotLeft,
)
from domain.orders.shipping.importing.table import Column

NOT_AN_ORDER_NUMBER = ProblemKind(
    "not_an_order_number",
    Sentence(
        zh="订单号为 18 位数字；请检查是否录错或被表格软件改写。",
        en="An order number is eighteen digits; it was mistyped, or changed by a spreadsheet.",
    ),
)
NOT_A_CARRIER = ProblemKind(
    "not_a_carrier", Sentence(zh="不认识此快递公司。", en="There is no such carrier.")
)
UNITS_NOT_LEFT = ProblemKind(
    "units_not_left",
    Sentence(zh="仅剩 {left} 件未发货。", en="Only {left} units are left to send."),
)
TOO_MANY_PARCELS = ProblemKind(
    "too_many_parcels_of_order",
    Sentence(zh="一个订单最多 {most} 个包裹。", en="An order has at most {most} parcels."),
)
PARCEL_HELD_BACK = ProblemKind(
    "parcel_held_back",
    Sentence(
        zh="同一包裹的第 {line} 行有误，整个包裹未发出。",
        en="Row {line} of the same parcel is wrong, so nothing of the parcel was sent.",
    ),
)
_OBSTACLES: Mapping[ShippingObstacle, ProblemKind] = {
    obstacle: ProblemKind(f"order_{obstacle}", sentence)
    for obstacle, sentence in OBSTACLES_TOLD.items()
}


def problem_of(refused: Refused) -> Problem:
    """What is wrong with a parcel that was not sent, where a person has to look."""
    if isinstance(refused, OrderNotShippable):
        return _OBSTACLES[refused.obstacle].at(Column.ORDER_NUMBER)
    if isinstance(refused, UnitsNotLeft):
        return UNITS_NOT_LEFT.at(Column.UNITS, left=refused.left)
    return NOT_FOUND.at(Column.ORDER_NUMBER)
