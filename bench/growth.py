"""Reads of a small and of a large catalogue in turns: what a hundred times the products cost."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from api.trusted.registry import TrustedDocument, trusted_documents
from bench import load, rounds
from bench.benchmark import Column, Effort, Outcome
from bench.ground import Ground, fill, ground
from bench.rounds import Round
from bench.server import Server, mall_api
from domain.catalog.views.shape import ProductSort
from domain.catalog.views.structs import CATEGORY, PRODUCT
from domain.kernel.ids import public_id
from domain.kernel.money import LARGEST_FEN
from domain.kernel.settings import Profile
from sandbox.brand.numbering import Numbered, id_of
from sandbox.brand.range import names
from sandbox.brand.seeding import Wish

SMALL, LARGE = 1_000, 100_000
_PAGE = 20
_SHOWN = 12
"""The number of a product that is on sale in a mall of any size."""
_SHELF = "SKIN"

COLUMNS = (
    Column("shape", "shape"),
    Column("found", "found"),
    Column("small us", "small_us"),
    Column("large us", "large_us"),
    Column("large, postgres us", "large_postgres_us"),
    Column("large / small", "growth", 2),
    Column("SQL", "statements"),
    Column("small p50 ms", "small_p50_ms", 2),
    Column("large p50 ms", "large_p50_ms", 2),
)
NOTES = (
    "us: processor time per request, user and system, of the server with all of PostgreSQL.",
    "large / small: of the same round. All figures are medians.",
)


@dataclass(frozen=True, slots=True)
class Mall:
    """A mall with so many products, on ground of its own."""

    products: int
    base: Ground
    server: Server


@dataclass(slots=True)
class Shape:
    """A request, how many products it finds in any mall, and what it cost in each of two."""

    name: str
    request: bytes
    found: int
    small: list[Round] = field(default_factory=list[Round])
    large: list[Round] = field(default_factory=list[Round])


def run(effort: Effort) -> Outcome:
    """Measure the same requests on a small and on a large mall."""
    with load.load_process() as gun, mall(SMALL) as small, mall(LARGE) as large:
        return measure(gun, small, large, effort, list(shapes()))


@contextmanager
def mall(products: int) -> Generator[Mall]:
    """Serve a mall with so many products of the demo brand, to the text of any document."""
    with ground() as base:
        fill(base, Wish(products=products, members=0))
        with mall_api(base, Profile.DEVELOPMENT) as server:
            yield Mall(products, base, server)


def measure(
    gun: load.Gun, small: Mall, large: Mall, effort: Effort, asked: Sequence[Shape]
) -> Outcome:
    """Measure each request in turns. Raises `LoadProblem` where one finds other than it should."""
    for shape in asked:
        for each in (small, large):
            found = _count(rounds.answer(each.server, shape.request))
            if found != shape.found:
                raise load.LoadProblem(f"{shape.name}: {found} of {shape.found} products")
            rounds.warmed(gun, each.server, shape.request, effort)
    for _ in range(effort.rounds):
        for shape in asked:
            for each, measured in ((small, shape.small), (large, shape.large)):
                measured.append(rounds.measured(each.base, gun, each.server, shape.request, effort))
    sent = [(large.server, shape.request) for shape in asked]
    counted = rounds.statements_of(large.base, gun, sent)
    rows = [
        _row(shape, statements, small, large, effort)
        for shape, statements in zip(asked, counted, strict=True)
    ]
    title = f"growth: {small.products:,} products beside {large.products:,}"
    return Outcome(title, COLUMNS, rows, NOTES)


def shapes() -> Generator[Shape]:
    """All requests whose cost might grow: lists, searches from each end, and detail."""
    documents = {each.name: each for each in trusted_documents().values()}
    listed = documents["miniprogram/ProductList"]
    detailed = documents["miniprogram/ProductDetail"]
    searched = documents["miniprogram/ProductSearch"]
    seed = Wish().seed
    shelf = public_id(CATEGORY, names(seed).shelves[_SHELF])
    shown = id_of(seed, Numbered.PRODUCT, _SHOWN)
    page = {"first": _PAGE}
    yield Shape("newest", rounds.by_id(listed, page), _PAGE)
    yield Shape("a shelf", rounds.by_id(listed, {**page, "categoryId": shelf}), _PAGE)
    by_price = {**page, "sort": "PRICE_ASCENDING"}
    yield Shape("by price", rounds.by_id(searched, by_price), _PAGE)
    for name, search, found in (
        ("a common word", "精华", _PAGE),
        ("an English word", "serum", _PAGE),
        ("two common words", "苏州 精华", _PAGE),
        ("a rare word", f"yg-{_SHOWN + 1:06d}", 1),
        ("nothing", "无此商品", 0),
    ):
        yield Shape(name, rounds.by_id(searched, {**page, "filter": {"search": search}}), found)
    for name, search, code, found in (
        ("a word on a shelf", "苏州", "BODY", _PAGE),
        ("a word elsewhere", "精华", "TOOLS", 0),
    ):
        wanted = {"search": search, "categoryId": public_id(CATEGORY, names(seed).shelves[code])}
        yield Shape(name, rounds.by_id(searched, {**page, "filter": wanted}), found)
    # Walks from the other end would meet these late; and a page may begin among equal prices.
    dear, dearest = {"filter": {"search": "精华"}}, {"filter": {"search": "礼盒"}}
    cheapest = {"filter": {"search": "贴片"}, "sort": "PRICE_DESCENDING"}
    place = f"{public_id(ProductSort.PRICE_ASCENDING, shown)}.28900"
    for name, wanted in (
        ("a word by price", dear),
        ("the dearest", dearest),
        ("the cheapest", cheapest),
        ("a later page", {**dear, "after": place}),
        ("a word with a least price", {"filter": {"search": "yg", "leastPrice": 15_000}}),
    ):
        yield Shape(name, rounds.by_id(searched, {**by_price, **wanted}), _PAGE)
    yield from _newest_within_prices(searched)
    end = f"{public_id(ProductSort.PRICE_ASCENDING, shown)}.{LARGEST_FEN}"
    behind = {**by_price, "filter": {"search": "yg"}, "after": end}
    yield Shape("behind the last page", rounds.by_id(searched, behind), 0)
    yield Shape("detail", rounds.by_id(detailed, {"id": public_id(PRODUCT, shown)}), 1)


def _newest_within_prices(searched: TrustedDocument) -> Generator[Shape]:
    """Searches whose walk from the newest on would be long, or might be."""
    for name, search, prices, found in (
        ("newest, a price nobody has", "yg", {"leastPrice": 15_050, "mostPrice": 15_060}, 0),
        ("newest, a price none of it has", "精华", {"mostPrice": 8_900}, 0),
        ("newest, a price few of it have", "yg", {"leastPrice": 46_900}, _PAGE),
    ):
        variables = {"first": _PAGE, "filter": {"search": search, **prices}}
        yield Shape(name, rounds.by_id(searched, variables), found)


def _count(data: dict[str, Any]) -> int:
    if "product" in data:
        return 1 if data["product"] else 0
    return len(data["products"]["edges"])


def _row(
    shape: Shape, statements: int, small: Mall, large: Mall, effort: Effort
) -> dict[str, object]:
    pairs = list(zip(shape.small, shape.large, strict=True))
    return {
        "shape": shape.name,
        "found": shape.found,
        "small_products": small.products,
        "large_products": large.products,
        "connections": effort.connections,
        "small_us": median(each.both_us for each in shape.small),
        "large_us": median(each.both_us for each in shape.large),
        "large_postgres_us": median(each.postgres_us for each in shape.large),
        "growth": median(rounds.ratio(more.both_us, less.both_us) for less, more in pairs),
        "statements": statements,
        "small_p50_ms": median(each.p50_ms for each in shape.small),
        "large_p50_ms": median(each.p50_ms for each in shape.large),
        "small_rounds": shape.small,
        "large_rounds": shape.large,
    }
