"""What the demo brand sells, as plain values, the same for the same seed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from domain.kernel.ids import new_id
from domain.kernel.money import Money
from domain.stock.models import PlaceKind

_FOUNDED = datetime(2026, 3, 8, 2, tzinfo=UTC)
_BETWEEN_LAUNCHES = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category, the sizes its products come in, and what the smallest size costs."""

    title_zh: str
    title_en: str
    kinds: tuple[tuple[str, str], ...]
    sizes: tuple[str, str, str]
    yuan: int


@dataclass(frozen=True, slots=True)
class Series:
    """A line of products around one plant, and its colour on pictures."""

    title_zh: str
    title_en: str
    hue: int


@dataclass(frozen=True, slots=True)
class DemoVariant:
    """One size of a product."""

    id: UUID
    sku: str
    title: str
    price: Money


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product with its variants."""

    id: UUID
    category_id: UUID
    title_zh: str
    title_en: str
    image_key: str
    launched_at: datetime
    hue: int
    variants: tuple[DemoVariant, ...]


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """A place where units are."""

    id: UUID
    code: str
    kind: PlaceKind
    title_zh: str
    title_en: str
    most_units: int


@dataclass(frozen=True, slots=True)
class DemoCategory:
    """A category."""

    id: UUID
    title_zh: str
    title_en: str


SHELVES = (
    Shelf("洁面", "Cleansers", (("氨基酸洁面乳", "Amino Cleanser"), ("卸妆膏", "Cleansing Balm")),
          ("60g", "120g", "200g"), 89),
    Shelf("精华", "Serums", (("舒润精华液", "Soothing Serum"), ("焕亮精华油", "Radiance Oil")),
          ("15ml", "30ml", "50ml"), 269),
    Shelf("面霜", "Creams", (("凝时面霜", "Firming Cream"), ("水感凝露", "Water Gel")),
          ("15g", "30g", "50g"), 219),
    Shelf("防晒", "Sun care", (("轻盈防晒乳", "Light Sunscreen"),), ("30ml", "50ml", "90ml"), 129),
    Shelf("香氛", "Fragrance", (("淡香水", "Eau de Toilette"),), ("10ml", "30ml", "75ml"), 158),
)  # fmt: skip

SERIES = (
    Series("山茶", "Camellia", 350),
    Series("白茶", "White Tea", 75),
    Series("青梅", "Green Plum", 100),
    Series("冰川", "Glacier", 205),
    Series("雪绒花", "Edelweiss", 230),
    Series("月桂", "Laurel", 150),
)


PLACES = (
    ("WH-SH", PlaceKind.WAREHOUSE, "上海线上仓", "Online warehouse, Shanghai", 400),
    ("ST-JA", PlaceKind.STORE, "静安店", "Jing'an store", 24),
    ("ST-CD", PlaceKind.STORE, "成都太古里店", "Chengdu Taikoo Li store", 24),
)


def demo_places(seed: int) -> list[DemoPlace]:
    """The places of the demo brand, the same each time for the same seed."""
    random = Random(seed + 1)
    return [DemoPlace(new_id(_FOUNDED, random), *place) for place in PLACES]


def demo_range(seed: int) -> tuple[list[DemoCategory], list[DemoProduct]]:
    """Make the whole range: ids and prices are the same each time for the same seed."""
    random = Random(seed)
    categories = [
        DemoCategory(new_id(_FOUNDED, random), shelf.title_zh, shelf.title_en) for shelf in SHELVES
    ]
    lines = [
        (series, shelf_number, kind)
        for series in SERIES
        for shelf_number, shelf in enumerate(SHELVES)
        for kind in shelf.kinds
    ]
    products = [
        _product(number, series, kind, SHELVES[shelf], categories[shelf].id, random)
        for number, (series, shelf, kind) in enumerate(lines)
    ]
    return categories, products


def _product(
    number: int,
    series: Series,
    kind: tuple[str, str],
    shelf: Shelf,
    category_id: UUID,
    random: Random,
) -> DemoProduct:
    launched = _FOUNDED + number * _BETWEEN_LAUNCHES
    sku = f"YG-{number + 1:04d}"
    yuan = shelf.yuan + 10 * random.randrange(-2, 6)
    return DemoProduct(
        id=new_id(launched, random),
        category_id=category_id,
        title_zh=f"{series.title_zh}{kind[0]}",
        title_en=f"{series.title_en} {kind[1]}",
        image_key=f"products/{sku.lower()}.svg",
        launched_at=launched,
        hue=series.hue,
        variants=tuple(
            DemoVariant(
                new_id(launched, random),
                f"{sku}-{size.upper()}",
                size,
                Money(yuan * tenths // 10 * 100),
            )
            for size, tenths in zip(shelf.sizes, (10, 18, 27), strict=True)
        ),
    )
