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
    """A place, and the most units of a variant that are delivered to it."""

    code: str
    kind: PlaceKind
    title: Bilingual
    most_units: int


WAREHOUSE = DemoPlace(
    "WH-SH", PlaceKind.WAREHOUSE, Bilingual("上海线上仓", "Online warehouse, Shanghai"), 400
)
STORES = tuple(
    DemoPlace(code, PlaceKind.STORE, title, 24)
    for code, title in (
        ("ST-SH", Bilingual("上海静安店", "Jing'an, Shanghai")),
        ("ST-BJ", Bilingual("北京三里屯店", "Sanlitun, Beijing")),
        ("ST-CD", Bilingual("成都太古里店", "Taikoo Li, Chengdu")),
        ("ST-GZ", Bilingual("广州天河店", "Tianhe, Guangzhou")),
        ("ST-HZ", Bilingual("杭州湖滨店", "Lakeside, Hangzhou")),
    )
)
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
