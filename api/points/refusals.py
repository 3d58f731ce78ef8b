"""What points refuse, as GraphQL types."""

import strawberry

from api.refusals import Refusal, refusal
from domain.kernel.language import Sentence
from domain.kernel.points import Points
from domain.points import errors


@refusal(
    errors.PointsShort,
    Sentence(
        zh="积分不足：需要 {needed} 分，可用 {available} 分。",
        en="Not enough points: {needed} needed, {available} available.",
    ),
    lambda refused, _: {
        "available": Points(refused.available),
        "needed": Points(refused.needed),
    },
)
@strawberry.type(description="The member has fewer points to spend; nothing was changed.")
class PointsShort(Refusal):
    available: Points = strawberry.field(description="How many there are to spend.")
    needed: Points = strawberry.field(description="How many it takes.")


@refusal(
    errors.PointsFrozen,
    Sentence(zh="积分账户已冻结，请联系客服。", en="The points are frozen; please contact us."),
)
@strawberry.type(description="The member's points are frozen; nothing was changed.")
class PointsFrozen(Refusal):
    pass


@refusal(
    errors.ReceiverUnavailable,
    Sentence(zh="对方暂时无法接收积分。", en="The other member cannot receive points now."),
)
@strawberry.type(description="The other member cannot have points now; nothing was changed.")
class ReceiverUnavailable(Refusal):
    pass
