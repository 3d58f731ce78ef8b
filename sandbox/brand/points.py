"""What the demo brand gives for orders: a point per yuan, two for skincare, and a campaign."""

from datetime import datetime, timedelta
from typing import Any

from domain.kernel.actors import Staff
from domain.kernel.language import Bilingual
from domain.members.words import Channel
from domain.points.earning.programme import (
    ONE_POINT_PER_YUAN_BP,
    Bonus,
    Caps,
    GoodsRate,
    GoodsScope,
    Programme,
)
from domain.points.rules.validity import Validity, ValidityKind
from sandbox.brand.range import Names, age_of
from sandbox.brand.shelves import TRIALS

DOUBLED = "SKIN"
"""The shelf whose goods earn twice as many points."""
CAMPAIGN_LASTS = timedelta(days=30)


def programme(names: Names, at: datetime) -> Programme:
    """The brand's first rules, with a campaign that begins now."""
    return Programme(
        base_rate_bp=ONE_POINT_PER_YUAN_BP,
        rates=(
            GoodsRate(
                title=Bilingual("护肤双倍积分", "Double points on skincare"),
                goods=GoodsScope(category_ids=(names.shelves[DOUBLED],)),
                rate_bp=2 * ONE_POINT_PER_YUAN_BP,
            ),
            GoodsRate(
                title=Bilingual("内部试用不积分", "No points on staff trials"),
                goods=GoodsScope(category_ids=(names.shelves[TRIALS],)),
                rate_bp=0,
            ),
        ),
        bonuses=(
            Bonus(
                title=Bilingual("限时加赠两成", "A fifth more this month"),
                bonus_bp=2_000,
                starts_at=at,
                ends_at=at + CAMPAIGN_LASTS,
            ),
            Bonus(
                title=Bilingual("门店下单加赠一成", "A tenth more in our stores"),
                bonus_bp=1_000,
                channels=(Channel.PAD,),
            ),
        ),
        caps=Caps(order=20_000, day=50_000, month=200_000),
        validity=Validity(ValidityKind.YEAR_END, cut=1001),
    )


def programme_row(names: Names, by: Staff, at: datetime) -> dict[str, Any]:
    """The first version of the rules, in force since the brand began."""
    began_at = at - age_of(0)
    return {
        "number": 1,
        "programme": programme(names, at),
        "valid_from": began_at,
        "actor": by.key,
        "actor_name": by.name,
        "reason": "开业积分规则",
        "published_at": began_at,
    }
