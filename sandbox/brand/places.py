"""Where the demo brand has units, and how many of each variant were delivered there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

from domain.catalog.content import Bilingual
from domain.stores.models import PlaceKind
from sandbox.brand.numbering import Numbered, id_of

_SOLD_OUT_OF_A_HUNDRED = 4


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """A place, and the most units of a variant that are delivered to it.

    Those with an address hand orders out.
    """

    code: str
    kind: PlaceKind
    title: Bilingual
    most_units: int
    address: Bilingual | None = None


WAREHOUSE = DemoPlace(
    "WH-SH", PlaceKind.WAREHOUSE, Bilingual("上海线上仓", "Online warehouse, Shanghai"), 400
)
STORES = tuple(
    DemoPlace(code, PlaceKind.STORE, title, 24, address)
    for code, title, address in (
        ("ST-SH", Bilingual("上海静安店", "Jing'an, Shanghai"),
         Bilingual("上海市静安区南京西路 1266 号 2 层 218",
                   "218, Level 2, 1266 West Nanjing Road, Jing'an, Shanghai")),
        ("ST-BJ", Bilingual("北京三里屯店", "Sanlitun, Beijing"),
         Bilingual("北京市朝阳区三里屯路 19 号 S4-15",
                   "S4-15, 19 Sanlitun Road, Chaoyang, Beijing")),
        ("ST-CD", Bilingual("成都太古里店", "Taikoo Li, Chengdu"),
         Bilingual("四川省成都市锦江区中纱帽街 8 号 1306",
                   "1306, 8 Middle Shamao Street, Jinjiang, Chengdu, Sichuan")),
        ("ST-GZ", Bilingual("广州天河店", "Tianhe, Guangzhou"),
         Bilingual("广东省广州市天河区天河路 383 号 M12",
                   "M12, 383 Tianhe Road, Tianhe, Guangzhou, Guangdong")),
        ("ST-HZ", Bilingual("杭州湖滨店", "Lakeside, Hangzhou"),
         Bilingual("浙江省杭州市上城区延安路 258 号 B105",
                   "B105, 258 Yan'an Road, Shangcheng, Hangzhou, Zhejiang")),
    )
)  # fmt: skip
HOURS = Bilingual("每日 10:00–22:00", "Every day, 10:00–22:00")
PLACES = (WAREHOUSE, *STORES)


def place_ids(seed: int) -> list[UUID]:
    """The ids of the places, in their order."""
    return [id_of(seed, Numbered.PLACE, number) for number in range(len(PLACES))]


def deliveries(
    places: Sequence[int], variants: Sequence[UUID], random: Random
) -> Iterator[tuple[UUID, int, int]]:
    """For each variant at each of the places, by their numbers, the units that were delivered.

    Some variants are sold out everywhere, and some in some places: there is no delivery of them.
    """
    for variant in variants:
        if random.randrange(100) >= _SOLD_OUT_OF_A_HUNDRED:
            for place in places:
                most = PLACES[place].most_units
                units = random.randrange(-most // 8, most)
                if units > 0:
                    yield variant, place, units
