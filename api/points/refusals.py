"""What points refuse, as data."""

import strawberry

from api.points.staff_types import AdjustmentStatus
from api.refusals import Refusal, refusal
from domain.kernel.language import Sentence
from domain.kernel.points import Points
from domain.points import errors
from domain.points.adjusting import errors as adjusting
from domain.points.giving import errors as giving


@refusal(
    errors.PointsShort,
    Sentence(
        zh="积分不足：需要 {needed} 分，可用 {available} 分。",
        en="Not enough points: {needed} are needed, and {available} can be spent.",
    ),
    lambda refused, _: {"available": Points(refused.available), "needed": Points(refused.needed)},
)
@strawberry.type(description="The member has fewer points to spend; nothing was done.")
class PointsShort(Refusal):
    available: Points = strawberry.field(description="How many they can spend.")
    needed: Points = strawberry.field(description="How many are needed.")


@refusal(
    errors.PointsFrozen,
    Sentence(zh="积分账户已冻结，请联系客服。", en="These points are frozen; please speak to us."),
)
@strawberry.type(description="The account is frozen: nothing is spent or given of it for now.")
class PointsFrozen(Refusal):
    pass


@refusal(
    errors.ReceiverUnavailable,
    Sentence(
        zh="对方暂时无法接收积分。", en="The other member cannot receive points at the moment."
    ),
)
@strawberry.type(description="Who should get points cannot have any now; nothing was done.")
class ReceiverUnavailable(Refusal):
    pass


@refusal(
    adjusting.AdjustmentUnavailable,
    Sentence(zh="没有这条积分调整。", en="There is no such adjustment of points."),
)
@strawberry.type(description="There is no such adjustment.")
class AdjustmentUnavailable(Refusal):
    pass


@refusal(
    adjusting.AdjustmentDecided,
    Sentence(
        zh="该积分调整已处理，请刷新。",
        en="That adjustment of points was decided already; please look again.",
    ),
)
@strawberry.type(description="The adjustment waits for nobody any more; nothing was done.")
class AdjustmentDecided(Refusal):
    status: AdjustmentStatus = strawberry.field(description="What has become of it.")


@refusal(
    adjusting.OwnAdjustment,
    Sentence(
        zh="不能审批自己提交的积分调整，请由其他同事处理。",
        en="You asked for it yourself; somebody else has to decide.",
    ),
)
@strawberry.type(description="Who asked for an adjustment cannot decide about it.")
class OwnAdjustment(Refusal):
    pass


@refusal(
    giving.TransfersOff,
    Sentence(zh="本商城不支持转赠积分。", en="Points cannot be given to others in this mall."),
)
@strawberry.type(description="In this mall members do not give points to each other.")
class TransfersOff(Refusal):
    pass


@refusal(
    giving.ReceiveCodeUnusable,
    Sentence(
        zh="收分码无效或已过期，请对方重新出示。",
        en="That code is no longer good; please ask for a new one.",
    ),
)
@strawberry.type(description="The code is none, is too old, or is the caller's own.")
class ReceiveCodeUnusable(Refusal):
    pass


@refusal(
    giving.TransferLimited,
    Sentence(
        zh="已达今日转赠上限，今日还可转赠 {left} 分。",
        en="That is more than can be given in a day; {left} points are left for today.",
    ),
    lambda refused, _: {"left": Points(refused.left)},
)
@strawberry.type(description="It is more than a member can give in a day; nothing was given.")
class TransferLimited(Refusal):
    left: Points = strawberry.field(description="How many can still be given today.")
