"""What the demo brand asks for delivery: less near its warehouse, nothing from a value on."""

from datetime import datetime
from typing import Any

from domain.freight.rules import FreightRule
from domain.kernel.actors import Staff
from domain.kernel.language import Bilingual

RULES = (
    FreightRule(
        title=Bilingual("江浙沪", "Shanghai, Jiangsu and Zhejiang"),
        region_codes=("31", "32", "33"),
        first_fen=600,
        step_fen=100,
        free_from_fen=9_900,
    ),
    FreightRule(
        title=Bilingual(
            "内蒙古、海南、甘肃、青海、宁夏", "Inner Mongolia, Hainan and the north-west"
        ),
        region_codes=("15", "46", "62", "63", "64"),
        first_fen=1_500,
        step_fen=800,
        free_from_fen=19_900,
    ),
    FreightRule(
        title=Bilingual("西藏、新疆", "Tibet and Xinjiang"),
        region_codes=("54", "65"),
        first_fen=2_500,
        step_grams=500,
        step_fen=1_000,
    ),
    FreightRule(
        title=Bilingual("港澳台地区", "Hong Kong, Macao and Taiwan"),
        region_codes=("71", "81", "82"),
        is_delivered=False,
    ),
    FreightRule(
        title=Bilingual("其他地区", "Everywhere else"),
        first_fen=1_000,
        step_fen=300,
        free_from_fen=9_900,
    ),
)


def version_row(by: Staff, at: datetime) -> dict[str, Any]:
    """The first version of the rules."""
    return {
        "number": 1,
        "rules": RULES,
        "actor": by.key,
        "actor_name": by.name,
        "reason": "开业运费",
        "arranged_at": at,
    }
